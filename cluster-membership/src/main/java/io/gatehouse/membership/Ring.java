package io.gatehouse.membership;

import java.util.Map;
import java.util.function.Consumer;

/**
 * This node's seat in the gossip ring. Every method may be called from any thread; listeners are
 * called on the ring's own thread and must not block.
 */
public interface Ring extends AutoCloseable {

  /** The latest view; never null, and holds this node itself once the ring has started. */
  ClusterView view();

  /** Calls {@code listener} with the present view now and with every later one. */
  void onChange(Consumer<ClusterView> listener);

  /** Replaces what this node says of itself and gossips it. */
  void updateTags(Map<String, String> tags);

  /** Says goodbye, so that others see LEFT and not DEAD; returns when it has been gossiped. */
  void leave();

  /** Closes sockets and timers without a goodbye. */
  @Override
  void close();
}
