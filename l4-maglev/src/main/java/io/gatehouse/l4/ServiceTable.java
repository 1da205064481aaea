package io.gatehouse.l4;

import io.gatehouse.health.Endpoint;
import io.gatehouse.health.EndpointHealth;
import io.gatehouse.l4.MaglevTable.Backend;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;

/**
 * Where one service's connections go: the Maglev table over all members of the pool, and which of
 * them take new work now. Immutable once built; published in an {@link L4Snapshot}.
 *
 * <p>Health does not change the table. A connection whose endpoint is down probes onward from its
 * entry to the next one whose owner takes work, so a flapping endpoint moves only its own
 * connections, and nodes that see health a little differently still agree on all others.
 */
final class ServiceTable {
  private final MaglevTable maglev;
  private final List<EndpointHealth> endpoints;
  private final BitSet takingWork;

  private ServiceTable(MaglevTable maglev, List<EndpointHealth> sorted) {
    this.maglev = maglev;
    this.endpoints = sorted;
    this.takingWork = new BitSet(sorted.size());
    for (int i = 0; i < sorted.size(); i++) {
      var health = sorted.get(i);
      takingWork.set(i, health.verdict().takesNewWork() && health.endpoint().weight() > 0);
    }
  }

  /**
   * Builds the table over a pool.
   *
   * @throws IllegalArgumentException as {@link MaglevTable#build} does
   */
  static ServiceTable build(List<EndpointHealth> pool, int tableSize) {
    var sorted = sorted(pool);
    return new ServiceTable(MaglevTable.build(backends(sorted), tableSize), sorted);
  }

  /** A table for the pool's present state; the Maglev table is built anew only if it must be. */
  ServiceTable updated(List<EndpointHealth> pool, int tableSize) {
    var sorted = sorted(pool);
    var backends = backends(sorted);
    return backends.equals(maglev.backends())
        ? new ServiceTable(maglev, sorted)
        : new ServiceTable(MaglevTable.build(backends, tableSize), sorted);
  }

  private static List<EndpointHealth> sorted(List<EndpointHealth> pool) {
    return pool.stream()
        .sorted(Comparator.comparing((EndpointHealth e) -> e.endpoint().name()))
        .toList();
  }

  private static List<Backend> backends(List<EndpointHealth> sorted) {
    return sorted.stream()
        .map(EndpointHealth::endpoint)
        .map(e -> new Backend(e.name(), e.weight()))
        .toList();
  }

  MaglevTable maglev() {
    return maglev;
  }

  /** Sorted by name, as the indices of the Maglev table are. */
  List<EndpointHealth> endpoints() {
    return endpoints;
  }

  /** How many endpoints take new work. */
  int takingWork() {
    return takingWork.cardinality();
  }

  /** The endpoints for a connection, best first. At most {@code most} are given. */
  Candidates candidates(long hash, int most) {
    return new Candidates(hash, Math.min(most, takingWork.cardinality()));
  }

  /**
   * Yields the owner of the connection's entry, then those met when probing onward; never one that
   * takes no work, never one twice. Each call walks at most once around the table.
   */
  final class Candidates {
    private final int[] given;
    private int count;
    private int entry;
    private final boolean ownerTakesWork;

    private Candidates(long hash, int most) {
      given = new int[most];
      entry = most == 0 ? 0 : maglev.entry(hash);
      ownerTakesWork = most > 0 && takingWork.get(maglev.owner(entry));
    }

    /** Whether the endpoint that the table names for this connection takes new work. */
    boolean ownerTakesWork() {
      return ownerTakesWork;
    }

    boolean hasNext() {
      return count < given.length;
    }

    /** The next endpoint to try. Call only if {@link #hasNext}. */
    Endpoint next() {
      for (int walked = 0; walked < maglev.size(); walked++) {
        int owner = maglev.owner(entry);
        entry = entry + 1 == maglev.size() ? 0 : entry + 1;
        if (takingWork.get(owner) && !wasGiven(owner)) {
          given[count++] = owner;
          return endpoints.get(owner).endpoint();
        }
      }
      // A backend of a tiny weight beside great ones can own no entry at all: take it directly.
      int rest = takingWork.nextSetBit(0);
      while (wasGiven(rest)) {
        rest = takingWork.nextSetBit(rest + 1);
      }
      given[count++] = rest;
      return endpoints.get(rest).endpoint();
    }

    private boolean wasGiven(int owner) {
      for (int i = 0; i < count; i++) {
        if (given[i] == owner) {
          return true;
        }
      }
      return false;
    }
  }
}
