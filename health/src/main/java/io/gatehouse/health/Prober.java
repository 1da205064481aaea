package io.gatehouse.health;

import io.gatehouse.transport.LoopCounters;
import io.gatehouse.transport.Transport;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes probes, at most {@link #MAX_CONCURRENT} connections at once; more wait in line, which is
 * bounded by the number of endpoints, since each has one probe under way at most. Owned by its
 * loop.
 */
final class Prober {
  private static final Logger log = LoggerFactory.getLogger(Prober.class);

  /** Descriptors that probes may hold at once. */
  static final int MAX_CONCURRENT = 256;

  /**
   * A v2 header with the LOCAL command: the connection is the sender's own, as a health check's is
   * (PROXY protocol specification, section 2.2). Signature, version 2 and LOCAL, family UNSPEC,
   * length 0.
   */
  private static final byte[] PROXY_V2_LOCAL = {
    '\r', '\n', '\r', '\n', 0, '\r', '\n', 'Q', 'U', 'I', 'T', '\n', 0x20, 0x00, 0x00, 0x00
  };

  private static final byte[] NO_HEADER = {};

  private final EventLoop loop;
  private final Transport transport;
  private final LoopCounters.Shard<HealthCounter> counters;
  private final Supplier<byte[]> localHeader;
  private final int maxConcurrent;
  private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
  private final ChannelGroup open;
  private final ProbePipeline pipelines = new ProbePipeline();
  private int slotsTaken;
  private boolean shortOfResources;
  private boolean closed;

  /** The header that nobody has signed. */
  static byte[] plainLocalHeader() {
    return PROXY_V2_LOCAL.clone();
  }

  /**
   * @param localHeader the PROXY header of a probe whose check has one
   */
  Prober(
      Transport transport,
      EventLoop loop,
      LoopCounters.Shard<HealthCounter> counters,
      Supplier<byte[]> localHeader,
      int maxConcurrent) {
    this.localHeader = localHeader;
    this.transport = transport;
    this.loop = loop;
    this.counters = counters;
    this.maxConcurrent = maxConcurrent;
    this.open = new DefaultChannelGroup(loop);
  }

  /** Probes an address; {@code result} is called once, on the loop, unless the prober is closed. */
  void probe(InetSocketAddress address, HealthCheck check, Consumer<ProbeResult> result) {
    assert loop.inEventLoop();
    if (slotsTaken >= maxConcurrent) {
      defer(() -> start(address, check, result));
    } else {
      start(address, check, result);
    }
  }

  private void defer(Runnable start) {
    if (waiting.isEmpty()) {
      log.atWarn()
          .addKeyValue("max_concurrent_probes", maxConcurrent)
          .log("probes wait for others to end; verdicts come late");
    }
    counters.increment(HealthCounter.PROBES_DEFERRED);
    waiting.add(start);
  }

  /** Drops every probe. */
  void close() {
    assert loop.inEventLoop();
    closed = true;
    waiting.clear();
    open.close().addListener(_ -> pipelines.close());
  }

  private void start(InetSocketAddress address, HealthCheck check, Consumer<ProbeResult> result) {
    slotsTaken++;
    counters.increment(HealthCounter.PROBES_STARTED);
    var attempt = new Attempt(address, check, outcome -> ended(address, outcome, result));
    var connect =
        new Bootstrap()
            .group(loop)
            .channel(transport.socketChannel())
            .disableResolver() // a lookup would block the loop
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 0) // the handler's deadline covers it
            .option(ChannelOption.TCP_NODELAY, true)
            .handler(attempt)
            .connect(address);
    if (connect.channel().isOpen()) { // not when no channel could be made
      open.add(connect.channel());
    }
    connect.addListener(
        done -> {
          if (done.isSuccess()) {
            connect.channel().closeFuture().addListener(_ -> released());
          } else {
            onLoop(() -> failed(attempt, done.cause()));
          }
        });
  }

  private void failed(Attempt attempt, Throwable cause) {
    attempt.failed(cause);
    released();
  }

  /** One probe, from the making of its channel on. Owned by the loop. */
  private final class Attempt extends ChannelInitializer<Channel> {
    private final InetSocketAddress address;
    private final HealthCheck check;
    private final Consumer<ProbeResult> result;
    private @Nullable ProbeHandler handler;
    private boolean cannotBeMade;

    private Attempt(InetSocketAddress address, HealthCheck check, Consumer<ProbeResult> result) {
      this.address = address;
      this.check = check;
      this.result = result;
    }

    @Override
    protected void initChannel(Channel channel) {
      byte[] header = check.proxyProtocol() ? localHeader.get() : NO_HEADER;
      try {
        handler = pipelines.fill(channel, check, header, address, result);
      } catch (IOException e) {
        cannotBeMade = true;
        channel.close();
        result.accept(new ProbeResult.Inconclusive(String.valueOf(e.getMessage())));
      }
    }

    private void failed(Throwable cause) {
      if (handler != null) {
        handler.connectFailed(cause);
      } else if (!cannotBeMade) {
        result.accept(ConnectFailure.classify(cause));
      }
    }
  }

  private void ended(InetSocketAddress address, ProbeResult outcome, Consumer<ProbeResult> result) {
    if (closed) {
      return;
    }
    counters.increment(outcome.counter());
    if (outcome instanceof ProbeResult.Inconclusive(String cause) && !shortOfResources) {
      log.atWarn()
          .addKeyValue("address", address)
          .addKeyValue("cause", cause)
          .log("a probe could not be made; verdicts stand");
    }
    shortOfResources = outcome instanceof ProbeResult.Inconclusive;
    result.accept(outcome);
  }

  private void released() {
    slotsTaken--;
    var next = waiting.poll();
    if (next != null) {
      next.run();
    }
  }

  /** A channel that could not be made tells so on a thread of Netty's own. */
  private void onLoop(Runnable task) {
    if (loop.inEventLoop()) {
      task.run();
    } else if (!loop.isShuttingDown()) {
      loop.execute(task);
    }
  }
}
