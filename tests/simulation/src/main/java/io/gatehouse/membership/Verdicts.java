package io.gatehouse.membership;

import java.util.Arrays;

/** Watches a trial, and says what came of it. Used by the ring's thread. */
final class Verdicts implements Watcher {
  private static final double NANOS = 1e9;

  private final Trial trial;
  private final long startNanos;
  private final double[] suspected;
  private final double[] declared;
  private final double[] spread;
  private final int[] know;
  private long falseDeaths;
  private long slowDeaths;

  Verdicts(Trial trial, long startNanos) {
    this.trial = trial;
    this.startNanos = startNanos;
    int victims = trial.victims();
    suspected = nothingYet(victims);
    declared = nothingYet(victims);
    spread = nothingYet(victims);
    know = new int[victims];
  }

  private static double[] nothingYet(int victims) {
    var times = new double[victims];
    Arrays.fill(times, Double.NaN);
    return times;
  }

  @Override
  public void changed(long atNanos, int observer, int subject, NodeState state) {
    if (!trial.isHealthy(observer)) {
      return;
    }
    if (trial.isVictim(subject)) {
      victim(subject - (trial.nodes() - trial.victims()), state, (atNanos - startNanos) / NANOS);
    } else if (state == NodeState.DEAD) {
      if (trial.isSlow(subject)) {
        slowDeaths++;
      } else {
        falseDeaths++;
      }
    }
  }

  private void victim(int victim, NodeState state, double seconds) {
    if (Double.isNaN(suspected[victim])) {
      suspected[victim] = seconds;
    }
    if (state == NodeState.DEAD) {
      if (Double.isNaN(declared[victim])) {
        declared[victim] = seconds;
      }
      know[victim]++;
      if (know[victim] == trial.nodes() - trial.slow() - trial.victims()) {
        spread[victim] = seconds;
      }
    }
  }

  Outcome outcome(SimulatedRing ring) {
    double memberSeconds = (double) (trial.nodes() - trial.victims()) * trial.seconds();
    long bytes = ring.traffic().packetBytes() + ring.traffic().streamBytes();
    return new Outcome(
        mean(suspected),
        mean(declared),
        mean(spread),
        falseDeaths,
        slowDeaths,
        ring.traffic().packets() / memberSeconds,
        bytes / memberSeconds);
  }

  private static double mean(double[] times) {
    return Arrays.stream(times).average().orElse(Double.NaN);
  }
}
