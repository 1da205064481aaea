package io.gatehouse.l7.upstream;

import io.gatehouse.health.EndpointHealth;
import io.gatehouse.l7.PoolConfig;
import java.util.List;

/**
 * A pool as one snapshot sees it. Immutable.
 *
 * @param health every endpoint's verdict, in the order of the configuration
 * @param endpoints every endpoint, in the same order
 * @param takers those that take new work, in the same order
 * @param equalWeights whether all takers have the same weight
 */
public record PoolView(
    PoolConfig config,
    List<EndpointHealth> health,
    List<UpstreamEndpoint> endpoints,
    List<UpstreamEndpoint> takers,
    boolean equalWeights) {

  /** Sorts out who takes work. */
  public static PoolView of(
      PoolConfig config, List<EndpointHealth> health, List<UpstreamEndpoint> endpoints) {
    var takers = new java.util.ArrayList<UpstreamEndpoint>();
    for (int i = 0; i < health.size(); i++) {
      var state = health.get(i);
      boolean takes = state.takesWork() && state.endpoint().weight() > 0;
      endpoints.get(i).noteWork(takes);
      if (takes) {
        takers.add(endpoints.get(i));
      }
    }
    boolean equal = takers.stream().mapToInt(UpstreamEndpoint::weight).distinct().count() <= 1;
    return new PoolView(
        config, List.copyOf(health), List.copyOf(endpoints), List.copyOf(takers), equal);
  }
}
