package io.gatehouse.l4;

import io.gatehouse.health.Endpoint;
import io.gatehouse.health.EndpointHealth;
import io.gatehouse.l4.MaglevTable.Backend;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Where the connections to one pool of a service go: the Maglev table over all members of the pool,
 * and which of them take new work now. Immutable once built; published in an {@link L4Snapshot}.
 *
 * <p>Health does not change the table, nor does slow start or a full endpoint. A connection whose
 * endpoint does not take it probes onward from its entry to the next one whose owner does, so a
 * flapping endpoint moves only its own connections, and nodes that see health a little differently
 * still agree on all others.
 */
final class ServiceTable {
  private static final int NONE = -1;

  private final MaglevTable maglev;
  private final List<EndpointHealth> endpoints;
  private final TablePolicy policy;
  private final PoolStats pool;
  private final LongSupplier clock;
  private final EndpointStats[] stats;
  private final Map<Long, Integer> indexById;
  private final BitSet takingWork;
  private final int takingCount;
  private final BitSet ramping;
  private final long[] rampStartNanos;
  private final long[] rampHash;

  /** Set once, before the table is published. */
  private long holdBackFromNanos;

  private ServiceTable(
      MaglevTable maglev,
      List<EndpointHealth> sorted,
      TablePolicy policy,
      PoolStats pool,
      LongSupplier clock) {
    this.maglev = maglev;
    this.endpoints = sorted;
    this.policy = policy;
    this.pool = pool;
    this.clock = clock;
    int size = sorted.size();
    stats = new EndpointStats[size];
    indexById = HashMap.newHashMap(size);
    takingWork = new BitSet(size);
    ramping = new BitSet(size);
    rampStartNanos = new long[size];
    rampHash = new long[size];
    for (int i = 0; i < size; i++) {
      var health = sorted.get(i);
      stats[i] = pool.of(health.endpoint().name());
      indexById.put(stats[i].id(), i);
      takingWork.set(i, health.takesWork() && health.endpoint().weight() > 0);
    }
    takingCount = takingWork.cardinality();
  }

  /**
   * Builds the first table over a pool; no endpoint of it starts slowly, for they all start.
   *
   * @param stats of the pool's endpoints
   * @param clock that slow start goes by
   * @throws IllegalArgumentException as {@link MaglevTable#build} does
   */
  static ServiceTable build(
      List<EndpointHealth> pool, TablePolicy policy, PoolStats stats, LongSupplier clock) {
    var sorted = sorted(pool);
    var maglev = MaglevTable.build(backends(sorted), policy.tableSize());
    return new ServiceTable(maglev, sorted, policy, stats, clock);
  }

  /** A table for the pool's present state; the Maglev table is built anew only if it must be. */
  ServiceTable updated(List<EndpointHealth> present) {
    var sorted = sorted(present);
    var backends = backends(sorted);
    var table =
        new ServiceTable(
            backends.equals(maglev.backends())
                ? maglev
                : MaglevTable.build(backends, policy.tableSize()),
            sorted,
            policy,
            pool,
            clock);
    if (policy.slowStartNanos() > 0) {
      table.rampAfter(this, clock.getAsLong());
    }
    pool.retain(
        sorted.stream().map(health -> health.endpoint().name()).collect(Collectors.toSet()));
    return table;
  }

  /** Endpoints that take work and did not before begin to ramp; those that did go on. */
  private void rampAfter(ServiceTable before, long nowNanos) {
    Map<String, Integer> indexBefore = new HashMap<>();
    for (int i = 0; i < before.endpoints.size(); i++) {
      indexBefore.put(before.endpoints.get(i).endpoint().name(), i);
    }
    for (int i = takingWork.nextSetBit(0); i >= 0; i = takingWork.nextSetBit(i + 1)) {
      String name = endpoints.get(i).endpoint().name();
      int old = indexBefore.getOrDefault(name, NONE);
      boolean comesBack = old == NONE || !before.takingWork.get(old);
      if (comesBack || before.isRamping(old, nowNanos)) {
        ramping.set(i);
        rampStartNanos[i] = comesBack ? nowNanos : before.rampStartNanos[old];
        rampHash[i] = SlowStart.hash(name);
      }
    }
    holdBackFromNanos = firstFullShareNanos(nowNanos);
  }

  /**
   * When the first endpoint has its whole share. Until then the whole fleet has just come back, all
   * at once or one after another: there is nobody to hold back for, and all take everything.
   */
  private long firstFullShareNanos(long nowNanos) {
    if (ramping.cardinality() < takingCount) {
      return nowNanos;
    }
    long longestNanos = 0;
    for (int i = ramping.nextSetBit(0); i >= 0; i = ramping.nextSetBit(i + 1)) {
      longestNanos = Math.max(longestNanos, nowNanos - rampStartNanos[i]);
    }
    return nowNanos + policy.slowStartNanos() - longestNanos;
  }

  private boolean isRamping(int index, long nowNanos) {
    return ramping.get(index) && nowNanos - rampStartNanos[index] < policy.slowStartNanos();
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

  /** What is known of the pool's endpoints. */
  PoolStats stats() {
    return pool;
  }

  /** The index of the endpoint with this id; -1 if the pool has none. */
  int indexOf(long endpointId) {
    return indexById.getOrDefault(endpointId, NONE);
  }

  /** What has been counted of the endpoint with this index. */
  EndpointStats statsOf(int index) {
    return stats[index];
  }

  /** How many endpoints take new work. */
  int takingWork() {
    return takingCount;
  }

  /** The share of its own flows that an endpoint takes while it starts slowly; else 1. */
  double share(int index) {
    if (!ramping.get(index)) {
      return 1;
    }
    long nowNanos = clock.getAsLong();
    return nowNanos - holdBackFromNanos < 0
        ? 1
        : SlowStart.share(nowNanos - rampStartNanos[index], policy.slowStartNanos());
  }

  /** The endpoints for a connection, best first. At most {@code most} are given. */
  Candidates candidates(long hash, int most) {
    return new Candidates(hash, most);
  }

  private boolean isFull(int index) {
    int most = policy.maxConnectionsPerNode();
    return most != Integer.MAX_VALUE && stats[index].active() >= most;
  }

  private boolean holdsBack(int index, long hash) {
    return ramping.get(index) && !SlowStart.takes(hash, rampHash[index], share(index));
  }

  /**
   * Yields the owner of the connection's entry, then those met when probing onward; never one that
   * takes no work or is full, never one twice. Endpoints that start slowly and would rather not
   * take this connection come last. All calls together walk at most once around the table. Owned by
   * the connection's loop.
   */
  final class Candidates {
    private final long hash;
    private final int most;
    private final int owner;
    private int entry;
    private int walked;
    private int first = NONE;
    private @Nullable BitSet seen;
    private int seenCount;
    private int[] heldBack = {};
    private int heldBackGiven;
    private int next = NONE;
    private int last = NONE;
    private int count;
    private int passedFull;
    private int passedSlow;

    private Candidates(long hash, int most) {
      this.hash = hash;
      this.most = most;
      if (takingCount == 0) {
        owner = NONE;
        walked = maglev.size();
      } else {
        entry = maglev.entry(hash);
        owner = maglev.owner(entry);
      }
    }

    /** Whether the first endpoint is the one that the table names. Call before {@link #next}. */
    boolean ownerTakesWork() {
      return hasNext() && next == owner;
    }

    boolean hasNext() {
      if (next == NONE && count < most) {
        next = find();
      }
      return next != NONE;
    }

    /** The next endpoint to try. Call only if {@link #hasNext}. */
    Endpoint next() {
      if (!hasNext()) {
        throw new NoSuchElementException("no further candidate");
      }
      last = next;
      next = NONE;
      count++;
      return endpoints.get(last).endpoint();
    }

    /** What is known of the endpoint that {@link #next} gave last. */
    EndpointStats stats() {
      return stats[last];
    }

    /** How many endpoints have been passed over because they were full. */
    int passedFull() {
      return passedFull;
    }

    /** How many endpoints have been passed over because they start slowly. */
    int passedSlow() {
      return passedSlow;
    }

    private int find() {
      while (walked < maglev.size() && seenCount < takingCount) {
        int met = maglev.owner(entry);
        entry = entry + 1 == maglev.size() ? 0 : entry + 1;
        walked++;
        if (takingWork.get(met) && see(met) && takes(met)) {
          return met;
        }
      }
      // A backend of a tiny weight beside great ones can own no entry at all: take it directly.
      for (int i = takingWork.nextSetBit(0); seenCount < takingCount && i >= 0; ) {
        if (see(i) && takes(i)) {
          return i;
        }
        i = takingWork.nextSetBit(i + 1);
      }
      while (heldBackGiven < heldBack.length) {
        int slow = heldBack[heldBackGiven++];
        if (!isFull(slow)) {
          return slow;
        }
        passedFull++;
      }
      return NONE;
    }

    private boolean takes(int index) {
      if (isFull(index)) {
        passedFull++;
        return false;
      }
      if (holdsBack(index, hash)) {
        passedSlow++;
        heldBack = Arrays.copyOf(heldBack, heldBack.length + 1);
        heldBack[heldBack.length - 1] = index;
        return false;
      }
      return true;
    }

    /** Marks an endpoint as met; false if it was. Most connections meet one and need no set. */
    private boolean see(int index) {
      if (first == NONE) {
        first = index;
        seenCount = 1;
        return true;
      }
      if (seen == null) {
        seen = new BitSet(endpoints.size());
        seen.set(first);
      }
      if (seen.get(index)) {
        return false;
      }
      seen.set(index);
      seenCount++;
      return true;
    }
  }
}
