package io.gatehouse.membership;

import static io.gatehouse.membership.Scenario.SECOND;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Kinds of trouble, each drawn anew for every seed. All of it ends, after which a ring must heal.
 */
enum FaultKind {
  LOSS {
    @Override
    Network network(SplittableRandom random) {
      return Network.lossy(random.nextDouble(0.05, 0.2));
    }
  },
  DELAY_DUPLICATION_AND_REORDERING {
    @Override
    Network network(SplittableRandom random) {
      return Network.BAD;
    }
  },
  ASYMMETRIC_CUT {
    @Override
    List<Incident> incidents(SplittableRandom random, int nodes) {
      Nodes side = side(random, nodes);
      return List.of(new Incident.Cut(BEGIN, end(random), side, new Nodes(0, nodes - 1)));
    }
  },
  PARTITION {
    @Override
    List<Incident> incidents(SplittableRandom random, int nodes) {
      return List.of(new Incident.Partition(BEGIN, end(random), side(random, nodes)));
    }
  },
  HALF_DETACHED {
    @Override
    List<Incident> incidents(SplittableRandom random, int nodes) {
      double loss = random.nextDouble(0.4, 0.9);
      return List.of(new Incident.HalfDetached(BEGIN, end(random), random.nextInt(nodes), loss));
    }
  },
  SLOW_MEMBERS {
    @Override
    List<Incident> incidents(SplittableRandom random, int nodes) {
      var incidents = new ArrayList<Incident>();
      long end = end(random);
      for (int i = random.nextInt(1, nodes / 4 + 1); i > 0; i--) {
        incidents.add(
            new Incident.Slow(BEGIN, end, i, SECOND, 20 * SECOND, SECOND / 2, 10 * SECOND));
      }
      return incidents;
    }
  },
  PAUSE {
    @Override
    List<Incident> incidents(SplittableRandom random, int nodes) {
      return List.of(new Incident.Pause(BEGIN, end(random), random.nextInt(nodes)));
    }
  },
  CRASH_WITH_DISK {
    @Override
    List<Incident> incidents(SplittableRandom random, int nodes) {
      return List.of(new Incident.Crash(BEGIN, end(random), random.nextInt(nodes), true));
    }
  },
  CRASH_WITHOUT_DISK {
    @Override
    List<Incident> incidents(SplittableRandom random, int nodes) {
      return List.of(new Incident.Crash(BEGIN, end(random), random.nextInt(nodes), false));
    }
  },
  MASS_RESTART_WITHOUT_DISK {
    @Override
    List<Incident> incidents(SplittableRandom random, int nodes) {
      var incidents = new ArrayList<Incident>();
      for (int i = 0; i < nodes; i++) {
        long gone = BEGIN + random.nextLong(SECOND);
        incidents.add(
            new Incident.Crash(gone, gone + random.nextLong(SECOND, 5 * SECOND), i, false));
      }
      return incidents;
    }
  };

  static final long BEGIN = 5 * SECOND;

  /** When the last of it is over. */
  static final long OVER = BEGIN + 90 * SECOND;

  Network network(SplittableRandom random) {
    return random.nextBoolean() ? Network.GOOD : Network.lossy(0.02);
  }

  List<Incident> incidents(SplittableRandom random, int nodes) {
    return List.of();
  }

  private static long end(SplittableRandom random) {
    return random.nextLong(BEGIN + SECOND, OVER);
  }

  private static Nodes side(SplittableRandom random, int nodes) {
    int first = random.nextInt(nodes / 2);
    return new Nodes(first, random.nextInt(first, first + nodes / 2));
  }
}
