package io.gatehouse.health;

import java.util.List;

/**
 * What a node watches.
 *
 * @param node its name, as the ring has it
 */
public record HealthConfig(String node, List<PoolHealth> pools) {
  public HealthConfig {
    pools = List.copyOf(pools);
  }
}
