package io.gatehouse.membership;

import io.gatehouse.transport.LoopCounters;
import io.gatehouse.transport.Transport;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The façade's side of the ring: hands calls from any thread over to the ring's loop, and views
 * from the loop to any thread. {@code listeners} and {@code self} belong to the loop's thread;
 * {@code view} is written by it and read by all.
 */
final class GossipRing implements Ring {
  private static final Logger log = LoggerFactory.getLogger(GossipRing.class);

  private final RingConfig config;
  private final EventLoop loop;
  private final Sockets sockets;
  private final LoopCounters<RingCounter> counters = new LoopCounters<>(RingCounter.class, 1);
  private final List<Consumer<ClusterView>> listeners = new ArrayList<>();
  private volatile ClusterView view = ClusterView.EMPTY;

  private GossipRing(RingConfig config, EventLoop loop, Sockets sockets) {
    this.config = config;
    this.loop = loop;
    this.sockets = sockets;
  }

  static GossipRing start(RingConfig config, Transport transport, EventLoop loop) {
    Tags.encode(config.tags(), config.limits().metaBytes());
    var sockets = Sockets.bind(config.bind(), transport, loop);
    var ring = new GossipRing(config, loop, sockets);
    loop.submit(() -> ring.publish(NodeState.ALIVE, 1, config.tags())).syncUninterruptibly();
    return ring;
  }

  private void publish(NodeState state, long incarnation, Map<String, String> tags) {
    assert loop.inEventLoop();
    var self = new Member(config.node(), sockets.address(), state, incarnation, tags);
    var next = new ClusterView(view.generation() + 1, Map.of(self.name(), self));
    view = next;
    for (var listener : listeners) {
      tell(listener, next);
    }
  }

  private static void tell(Consumer<ClusterView> listener, ClusterView view) {
    try {
      listener.accept(view);
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("a membership listener failed");
    }
  }

  @Override
  public ClusterView view() {
    return view;
  }

  @Override
  public void onChange(Consumer<ClusterView> listener) {
    loop.execute(
        () -> {
          listeners.add(listener);
          tell(listener, view);
        });
  }

  @Override
  public void updateTags(Map<String, String> tags) {
    var copy = Map.copyOf(tags);
    Tags.encode(copy, config.limits().metaBytes());
    loop.execute(() -> publish(NodeState.ALIVE, self().incarnation() + 1, copy));
  }

  @Override
  public void leave() {
    loop.submit(() -> publish(NodeState.LEFT, self().incarnation(), self().tags()))
        .syncUninterruptibly();
  }

  private Member self() {
    return java.util.Objects.requireNonNull(view.members().get(config.node()));
  }

  @Override
  public LoopCounters<RingCounter> counters() {
    return counters;
  }

  @Override
  public void close() {
    sockets.close();
  }
}
