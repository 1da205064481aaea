package io.gatehouse.membership;

import io.gatehouse.transport.LoopCounters;
import io.gatehouse.transport.Transport;
import io.netty.channel.EventLoop;
import java.util.Map;
import java.util.function.Consumer;

/**
 * This node's seat in the gossip ring. Every method may be called from any thread; listeners are
 * called on the ring's own thread and must not block.
 */
public interface Ring extends AutoCloseable {

  /**
   * Binds UDP and TCP, publishes a first view that holds this node, and joins through the seeds in
   * the background, for as long as it takes. Blocks for the bind and its files; not to be called on
   * {@code loop}.
   *
   * @param transport the one that {@code loop} belongs to
   * @param loop runs everything the ring does; the caller stops it after {@link #close}
   * @throws IllegalStateException if the address cannot be bound or the key file not be read; the
   *     message says which
   * @throws IllegalArgumentException if the tags are too large
   */
  static Ring start(RingConfig config, Transport transport, EventLoop loop) {
    return GossipRing.start(config, transport, loop);
  }

  /** The latest view; never null, and holds this node itself once the ring has started. */
  ClusterView view();

  /** Calls {@code listener} with the present view now and with every later one. */
  void onChange(Consumer<ClusterView> listener);

  /**
   * Replaces what this node says of itself and gossips it.
   *
   * @throws IllegalArgumentException if the tags are too large when encoded
   */
  void updateTags(Map<String, String> tags);

  /**
   * Gossips an event to every member; the listeners of this node hear it too. Best effort: an event
   * is lost to whoever is cut off for longer than the ring remembers it.
   */
  void broadcast(UserEvent event);

  /** Calls {@code listener} once for each event from now on, this node's own included. */
  void onEvent(Consumer<UserEvent> listener);

  /**
   * Exchanges {@code state} with the other nodes in every push/pull from now on.
   *
   * @throws IllegalStateException if a state is shared already
   */
  void share(SharedState state);

  /**
   * Smoothed round-trip time to each member that has answered a probe of this node over UDP, by
   * name, in nanoseconds. Immutable; members that are gone are not in it.
   */
  Map<String, Long> roundTrips();

  /**
   * Says goodbye, so that others see LEFT and not DEAD; returns when it has been gossiped, or after
   * {@link Timing#leaveTimeoutNanos}. The sockets stay open until {@link #close}. Not to be called
   * by a listener.
   */
  void leave();

  /**
   * How well this node itself keeps up, as Lifeguard scores it: 0 is well; {@link
   * Guard#maxLocalHealth} is when acks come too late or not at all, and others have to contradict
   * what it says.
   */
  default int localHealth() {
    return (int) counters().sum(RingCounter.LOCAL_HEALTH);
  }

  /** The ring's keys, which may be changed while it runs. */
  KeyRing keyRing();

  /** What the ring counts: one shard, the ring's loop. */
  LoopCounters<RingCounter> counters();

  /** Closes sockets and timers without a goodbye. */
  @Override
  void close();
}
