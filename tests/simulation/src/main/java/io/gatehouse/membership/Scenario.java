package io.gatehouse.membership;

import java.util.List;

/**
 * A ring and what happens to it. With the seed of its randomness it is the whole input of a {@link
 * SimulatedRing}: the same two give the same run, event for event.
 *
 * @param nodes how many
 * @param seeds the first so many nodes are everybody's seeds
 * @param formed whether the nodes know each other from the start; else they join through the seeds
 * @param network what it does to every packet
 * @param driftPpm clocks run fast or slow by up to this many millionths
 * @param incidents what goes wrong besides
 */
record Scenario(
    int nodes,
    int seeds,
    boolean formed,
    Timing timing,
    Network network,
    int driftPpm,
    List<Incident> incidents) {
  static final long MILLI = 1_000_000;
  static final long SECOND = 1000 * MILLI;

  /** A crystal is off by less; a virtual machine's clock may not be. */
  static final int USUAL_DRIFT_PPM = 100;

  Scenario {
    incidents = List.copyOf(incidents);
    if (seeds < 1 || seeds > Math.min(nodes, RingConfig.MAX_SEEDS)) {
      throw new IllegalArgumentException("seeds: %d (expected: 1 to nodes)".formatted(seeds));
    }
  }

  static Scenario formed(int nodes, Timing timing, Network network, List<Incident> incidents) {
    return new Scenario(
        nodes, Math.min(3, nodes), true, timing, network, USUAL_DRIFT_PPM, incidents);
  }

  static Scenario joining(int nodes, Timing timing, Network network, List<Incident> incidents) {
    return new Scenario(
        nodes, Math.min(3, nodes), false, timing, network, USUAL_DRIFT_PPM, incidents);
  }
}
