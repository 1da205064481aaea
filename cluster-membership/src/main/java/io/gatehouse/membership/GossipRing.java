package io.gatehouse.membership;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import io.gatehouse.transport.LoopCounters;
import io.gatehouse.transport.Transport;
import io.netty.channel.EventLoop;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands calls from any thread over to the ring's loop, to which the driver belongs. What the loop
 * has to say is the {@link Audience}'s.
 */
final class GossipRing implements Ring {
  private static final Logger log = LoggerFactory.getLogger(GossipRing.class);

  private final RingConfig config;
  private final EventLoop loop;
  private final Sockets sockets;
  private final KeyRing keyRing;
  private final RingDriver driver;
  private final LoopCounters<RingCounter> counters = new LoopCounters<>(RingCounter.class, 1);
  private final Audience audience = new Audience(counters.shard(0));
  private final CompletableFuture<Void> goodbye = new CompletableFuture<>();

  private GossipRing(
      RingConfig config, Transport transport, EventLoop loop, Sockets sockets, KeyRing keyRing) {
    this.config = config;
    this.loop = loop;
    this.sockets = sockets;
    this.keyRing = keyRing;
    this.driver =
        new RingDriver(
            config,
            transport,
            loop,
            sockets,
            keyRing,
            MemoryFile.of(config).read(),
            counters.shard(0),
            audience,
            () -> goodbye.complete(null));
  }

  static GossipRing start(RingConfig config, Transport transport, EventLoop loop) {
    Tags.encode(config.tags(), config.limits().metaBytes());
    KeyRing keyRing = KeyRing.open(config.security().keys());
    var sockets = Sockets.bind(config.bind(), transport, loop);
    var ring = new GossipRing(config, transport, loop, sockets, keyRing);
    loop.submit(ring.driver::start).syncUninterruptibly();
    return ring;
  }

  @Override
  public ClusterView view() {
    return audience.view();
  }

  @Override
  public void onChange(Consumer<ClusterView> listener) {
    loop.execute(() -> audience.addViewListener(listener));
  }

  @Override
  public void updateTags(Map<String, String> tags) {
    var meta = new Meta(Tags.encode(tags, config.limits().metaBytes()));
    loop.execute(() -> driver.handle(new Event.MetaUpdated(meta)));
  }

  @Override
  public void broadcast(UserEvent event) {
    loop.execute(() -> driver.handle(new Event.Told(event)));
  }

  @Override
  public void onEvent(Consumer<UserEvent> listener) {
    loop.execute(() -> audience.addEventListener(listener));
  }

  @Override
  public void share(SharedState state) {
    audience.share(state);
  }

  @Override
  public Map<String, Long> roundTrips() {
    return audience.roundTrips();
  }

  @Override
  public void leave() {
    assert !loop.inEventLoop() : "leave() waits for the loop";
    try {
      loop.execute(() -> driver.handle(new Event.Leaving()));
      goodbye.get(config.timing().leaveTimeoutNanos(), NANOSECONDS);
    } catch (TimeoutException e) {
      log.atWarn().log("goodbye not gossiped in time");
    } catch (RejectedExecutionException e) {
      log.atWarn().log("no goodbye: the loop has stopped");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      throw new IllegalStateException("the goodbye never fails", e);
    }
  }

  @Override
  public KeyRing keyRing() {
    return keyRing;
  }

  @Override
  public LoopCounters<RingCounter> counters() {
    return counters;
  }

  @Override
  public void close() {
    goodbye.complete(null);
    if (loop.inEventLoop()) {
      driver.close();
    } else if (!loop.isShutdown()) {
      try {
        loop.submit(driver::close).awaitUninterruptibly();
        sockets.awaitClosed();
      } catch (RejectedExecutionException e) {
        log.atDebug().log("the loop has stopped, and its sockets with it");
      }
    }
  }
}
