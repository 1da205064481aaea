package io.gatehouse.health;

import java.net.InetSocketAddress;

/**
 * Where work can be sent: a backend of a pool, or an L7 node as the L4 tier sees it.
 *
 * @param name stable and unique in its pool; order, hashing and metrics go by it
 * @param address resolved; in what is configured it may be a name, of which each address then is an
 *     endpoint of its own, called {@code NAME/ADDRESS}
 * @param weight share of the work relative to the others, 0 to 1000; 0 takes none
 */
public record Endpoint(String name, InetSocketAddress address, int weight) {

  /** Largest weight. */
  public static final int MAX_WEIGHT = 1000;

  public Endpoint {
    if (weight < 0 || weight > MAX_WEIGHT) {
      throw new IllegalArgumentException(
          "weight: %d (expected: 0 to %d)".formatted(weight, MAX_WEIGHT));
    }
  }

  /** Whether the address is a name that is to be resolved. */
  public boolean isNamed() {
    return address.isUnresolved();
  }
}
