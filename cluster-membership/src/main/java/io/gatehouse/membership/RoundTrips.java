package io.gatehouse.membership;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Round-trip times to the members, smoothed as TCP smooths them (RFC 6298, section 2). Written on
 * the ring's loop, read by any thread.
 */
final class RoundTrips {
  private static final int SMOOTHING = 8;

  private final Map<String, Long> smoothedNanos = new ConcurrentHashMap<>();

  void measured(String node, long nanos) {
    smoothedNanos.merge(node, nanos, (old, fresh) -> old + (fresh - old) / SMOOTHING);
  }

  /** Forgets those who are not here any more. */
  void retain(ClusterView view) {
    smoothedNanos
        .keySet()
        .removeIf(
            node -> {
              Member member = view.members().get(node);
              return member == null
                  || member.state() == NodeState.DEAD
                  || member.state() == NodeState.LEFT;
            });
  }

  Map<String, Long> snapshot() {
    return Map.copyOf(smoothedNanos);
  }
}
