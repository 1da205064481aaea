package io.gatehouse.membership;

import java.util.List;
import java.util.SplittableRandom;

/** Lets the incidents of a scenario begin and end. Used by the ring's thread. */
final class Director {
  private final SimulatedRing ring;
  private final SplittableRandom random;

  Director(SimulatedRing ring, SplittableRandom random) {
    this.ring = ring;
    this.random = random;
  }

  void plan(List<Incident> incidents) {
    for (Incident incident : incidents) {
      plan(incident);
    }
  }

  private void plan(Incident incident) {
    switch (incident) {
      case Incident.Cut(var from, var until, _, _) -> weather(incident, from, until);
      case Incident.Partition(var from, var until, _) -> weather(incident, from, until);
      case Incident.HalfDetached(var from, var until, _, _) -> weather(incident, from, until);
      case Incident.Slow slow -> ring.at(slow.fromNanos(), () -> work(slow));
      case Incident.Pause(var from, var until, var node) -> {
        ring.at(from, () -> ring.node(node).stop());
        ring.at(until, () -> ring.node(node).goOn());
      }
      case Incident.Crash(var from, var until, var node, var disk) -> {
        ring.at(from, () -> ring.crash(node));
        if (until > from) {
          ring.at(until, () -> ring.restart(node, disk));
        }
      }
    }
  }

  private void weather(Incident incident, long from, long until) {
    ring.at(
        from,
        () -> {
          ring.history().change(ring.nowNanos(), "begins: " + incident);
          ring.weather().begins(incident);
        });
    ring.at(
        until,
        () -> {
          ring.history().change(ring.nowNanos(), "ends: " + incident);
          ring.weather().ends(incident);
        });
  }

  private void work(Incident.Slow slow) {
    if (ring.nowNanos() < slow.untilNanos()) {
      long nanos = random.nextLong(slow.minWorkingNanos(), slow.maxWorkingNanos() + 1);
      ring.at(ring.nowNanos() + nanos, () -> block(slow));
    }
  }

  private void block(Incident.Slow slow) {
    if (ring.nowNanos() < slow.untilNanos()) {
      long nanos = random.nextLong(slow.minBlockedNanos(), slow.maxBlockedNanos() + 1);
      ring.node(slow.node()).block();
      long end = Math.min(slow.untilNanos(), ring.nowNanos() + nanos);
      ring.at(
          end,
          () -> {
            ring.node(slow.node()).unblock();
            work(slow);
          });
    }
  }
}
