package io.gatehouse.membership;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What becomes of a packet on its way, by the scenario's network and by the incidents of the
 * moment. Used by the ring's thread.
 */
final class Weather {
  /** As Linux has them: the first wait for a lost SYN and for lost data, doubled each time. */
  private static final long SYN_RETRY_NANOS = 1_000_000_000;

  private static final long DATA_RETRY_NANOS = 200_000_000;
  private static final int MOST_RETRIES = 5;

  private final Network network;
  private final SplittableRandom random;
  private final List<Incident> now = new ArrayList<>();

  Weather(Scenario scenario, SplittableRandom random) {
    this.network = scenario.network();
    this.random = random;
  }

  void begins(Incident incident) {
    now.add(incident);
  }

  void ends(Incident incident) {
    now.remove(incident);
  }

  /** How many copies of a packet arrive. */
  int copies(int from, int to) {
    if (lost(from, to)) {
      return 0;
    }
    return network.duplication() > 0 && random.nextDouble() < network.duplication() ? 2 : 1;
  }

  /** How long one copy takes. */
  long delayNanos() {
    long delay = random.nextLong(network.minDelayNanos(), network.maxDelayNanos() + 1);
    boolean late = network.reordering() > 0 && random.nextDouble() < network.reordering();
    return late ? delay + random.nextLong(network.lateNanos()) : delay;
  }

  /** A handshake and a first segment; negative if they do not get through. */
  long connectNanos(int from, int to) {
    long there = segmentNanos(from, to, SYN_RETRY_NANOS);
    long back = segmentNanos(to, from, SYN_RETRY_NANOS);
    long data = segmentNanos(from, to, DATA_RETRY_NANOS);
    return there < 0 || back < 0 || data < 0 ? -1 : there + back + data;
  }

  /** One more segment; negative if it does not get through. */
  long answerNanos(int from, int to) {
    return segmentNanos(from, to, DATA_RETRY_NANOS);
  }

  private long segmentNanos(int from, int to, long retryNanos) {
    long nanos = delayNanos();
    long wait = retryNanos;
    for (int retries = 0; lost(from, to); retries++) {
      if (retries == MOST_RETRIES) {
        return -1;
      }
      nanos += wait;
      wait *= 2;
    }
    return nanos;
  }

  private boolean lost(int from, int to) {
    if (network.loss() > 0 && random.nextDouble() < network.loss()) {
      return true;
    }
    for (Incident incident : now) {
      if (stops(incident, from, to)) {
        return true;
      }
    }
    return false;
  }

  private boolean stops(Incident incident, int from, int to) {
    return switch (incident) {
      case Incident.Cut(_, _, var senders, var receivers) ->
          senders.contains(from) && receivers.contains(to);
      case Incident.Partition(_, _, var side) -> side.contains(from) != side.contains(to);
      case Incident.HalfDetached(_, _, var node, var loss) ->
          (from == node || to == node) && random.nextDouble() < loss;
      case Incident.Slow _, Incident.Pause _, Incident.Crash _ -> false;
    };
  }
}
