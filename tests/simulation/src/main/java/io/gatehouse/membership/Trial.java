package io.gatehouse.membership;

import static io.gatehouse.membership.Scenario.SECOND;

import java.util.ArrayList;
import java.util.List;

/**
 * One cell of the table: a formed ring, some of whose members are slow all the time, and some of
 * whose members die at once after a while.
 *
 * @param nodes how many, slow ones and victims included
 * @param loss share of packets lost
 * @param slow members that are slow: blocked for 1 to 20 s, then working for 1 to 10 s, and so on
 * @param victims members that die
 * @param seconds how long the ring is watched from the deaths on
 */
record Trial(Protocol protocol, int nodes, double loss, int slow, int victims, int seconds) {
  private static final long SETTLED = 10 * SECOND;
  private static final long MIN_BLOCKED = SECOND;
  private static final long MAX_BLOCKED = 20 * SECOND;
  private static final long MIN_WORKING = SECOND;
  private static final long MAX_WORKING = 10 * SECOND;

  /** The seeds come first, then the slow ones; victims are the last. */
  private static final int SEEDS = 3;

  /** Runs it. */
  Outcome run(long seed) {
    var ring = new SimulatedRing(scenario(), seed);
    ring.run(SETTLED);
    ring.traffic().clear();
    var verdicts = new Verdicts(this, ring.nowNanos());
    ring.watch(verdicts);
    for (int i = nodes - victims; i < nodes; i++) {
      ring.crash(i);
    }
    ring.run(seconds * SECOND);
    return verdicts.outcome(ring);
  }

  private Scenario scenario() {
    var incidents = new ArrayList<Incident>();
    for (int i = 0; i < slow; i++) {
      incidents.add(
          new Incident.Slow(
              0,
              Long.MAX_VALUE / 2,
              SEEDS + i,
              MIN_BLOCKED,
              MAX_BLOCKED,
              MIN_WORKING,
              MAX_WORKING));
    }
    return Scenario.formed(nodes, protocol.timing(), Network.lossy(loss), List.copyOf(incidents));
  }

  boolean isSlow(int node) {
    return node >= SEEDS && node < SEEDS + slow;
  }

  boolean isVictim(int node) {
    return node >= nodes - victims;
  }

  boolean isHealthy(int node) {
    return !isSlow(node) && !isVictim(node);
  }
}
