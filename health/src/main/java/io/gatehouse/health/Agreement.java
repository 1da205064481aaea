package io.gatehouse.health;

import java.util.Set;

/**
 * How the nodes that watch a pool share the work and the views.
 *
 * @param watchers names of the nodes that watch it, as they are called in the ring; empty: this
 *     node is on its own
 * @param sharedProbes how many of them probe each endpoint, the others going by what they say; 0:
 *     all do
 * @param quorum whose word counts against this node's own probes
 */
public record Agreement(Set<String> watchers, int sharedProbes, Quorum quorum) {
  /** Nobody else is asked. */
  public static final Agreement ALONE = new Agreement(Set.of(), 0, new Quorum.Majority());

  public Agreement {
    watchers = Set.copyOf(watchers);
    if (sharedProbes < 0) {
      throw new IllegalArgumentException(
          "sharedProbes: %d (expected: >= 0)".formatted(sharedProbes));
    }
  }

  /** Whether an endpoint is probed by some of the nodes only. */
  boolean shares() {
    return sharedProbes > 0 && !watchers.isEmpty();
  }
}
