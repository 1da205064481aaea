package io.gatehouse.health;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The verdicts of one moment. Immutable; a later snapshot has a greater generation.
 *
 * @param generation counts the snapshots this node has published
 * @param pools by pool name; the endpoints in the order of the configuration
 * @param panicking pools of which so few endpoints look healthy that the views are doubted
 */
public record HealthSnapshot(
    long generation, Map<String, List<EndpointHealth>> pools, Set<String> panicking) {

  /** Before anything is known. */
  public static final HealthSnapshot EMPTY = new HealthSnapshot(0, Map.of());

  public HealthSnapshot {
    pools = Map.copyOf(pools);
    panicking = Set.copyOf(panicking);
  }

  /** Without a pool in doubt. */
  public HealthSnapshot(long generation, Map<String, List<EndpointHealth>> pools) {
    this(generation, pools, Set.of());
  }

  /** The endpoints of a pool; empty if the pool is not known. */
  public List<EndpointHealth> pool(String name) {
    return pools.getOrDefault(name, List.of());
  }
}
