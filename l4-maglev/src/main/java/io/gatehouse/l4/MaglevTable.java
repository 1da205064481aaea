package io.gatehouse.l4;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;

/**
 * Maglev's lookup table: a consistent hash that spreads almost perfectly evenly and looks up with
 * one array access [1, section 3.4].
 *
 * <p>Every backend has its own permutation of the M entries, {@code offset + j * skip mod M}, which
 * is one because M is prime. Backends take turns; at its turn a backend claims the next free entry
 * of its permutation, until none is free. A change of one backend then moves few entries of the
 * others. Offset and skip come from two XXH64 hashes of the backend's name with different seeds, so
 * they depend on nothing but the name. Turns are taken in the order of the names, for the order
 * shows in the table and nodes must agree.
 *
 * <p>Weights follow Katran's second version [2]: at each turn a backend's weight is added to its
 * account, and it claims an entry when the account reaches the greatest weight. Equal weights give
 * the table of the paper.
 *
 * <p>Immutable, and safe to share between threads. Two bytes per entry: the default table fits into
 * a second-level cache.
 *
 * <p>[1] Eisenbud et al., Maglev: A Fast and Reliable Software Network Load Balancer, NSDI 2016.
 * <br>
 * [2] Katran, MaglevHashV2.
 */
final class MaglevTable {

  /** A backend and its share of the turns; weight 0 owns nothing. */
  record Backend(String name, int weight) {}

  /** Largest M: far above the 655373 that the paper uses for large fleets. */
  static final int MAX_SIZE = 10_000_000;

  /** As many as an entry of two bytes can name. */
  static final int MAX_BACKENDS = Character.MAX_VALUE;

  private static final long OFFSET_SEED = 0x6f66667365740001L;
  private static final long SKIP_SEED = 0x736b697000000002L;
  private static final int NONE = -1;

  private final List<Backend> backends;
  private final char[] entries;

  private MaglevTable(List<Backend> backends, char[] entries) {
    this.backends = backends;
    this.entries = entries;
  }

  /**
   * Builds the table.
   *
   * @param backends in any order
   * @param size M
   * @throws IllegalArgumentException if M is not prime or not greater than the number of backends,
   *     if a name appears twice, or there are too many backends
   */
  static MaglevTable build(List<Backend> backends, int size) {
    requireTableSize(size);
    var sorted = backends.stream().sorted((a, b) -> a.name().compareTo(b.name())).toList();
    requireFit(sorted, size);
    var turns = sorted.stream().filter(b -> b.weight() > 0).toList();
    if (turns.isEmpty()) {
      return new MaglevTable(sorted, new char[0]);
    }
    int[] offset = new int[sorted.size()];
    int[] skip = new int[sorted.size()];
    int[] weight = new int[sorted.size()];
    for (int i = 0; i < offset.length; i++) {
      byte[] name = sorted.get(i).name().getBytes(StandardCharsets.UTF_8);
      offset[i] = (int) Long.remainderUnsigned(Hash64.hash(name, OFFSET_SEED), size);
      skip[i] = (int) Long.remainderUnsigned(Hash64.hash(name, SKIP_SEED), size - 1) + 1;
      weight[i] = sorted.get(i).weight();
    }
    return new MaglevTable(sorted, fill(offset, skip, weight, size));
  }

  /**
   * Lets the backends take turns until every entry is claimed. Backends that do not claim at their
   * turn still take one, as in Katran.
   *
   * @param offset first entry of each backend's permutation
   * @param skip step of each backend's permutation, 1 to M - 1
   * @param weight of each backend; at least one is positive
   */
  static char[] fill(int[] offset, int[] skip, int[] weight, int size) {
    var entries = new char[size];
    // One bit per entry: what the walk over a permutation reads stays in the nearest cache, while
    // the table itself is written once per entry.
    var taken = new long[(size + Long.SIZE - 1) / Long.SIZE];
    int[] next = offset.clone();
    int[] account = new int[offset.length];
    int greatest = Arrays.stream(weight).max().orElseThrow();
    int claimed = 0;
    while (true) {
      for (int i = 0; i < offset.length; i++) {
        account[i] += weight[i];
        if (account[i] < greatest || weight[i] == 0) {
          continue;
        }
        account[i] -= greatest;
        int entry = firstFree(taken, next[i], skip[i], size);
        taken[entry >> 6] |= 1L << entry;
        entries[entry] = (char) i;
        next[i] = step(entry, skip[i], size);
        if (++claimed == size) {
          return entries;
        }
      }
    }
  }

  /** Walks a permutation to its next free entry; there is one. */
  private static int firstFree(long[] taken, int from, int skip, int size) {
    int entry = from;
    while ((taken[entry >> 6] & 1L << entry) != 0) {
      entry = step(entry, skip, size);
    }
    return entry;
  }

  /** {@code entry + skip mod size}: both are below the size, so one subtraction does. */
  private static int step(int entry, int skip, int size) {
    int next = entry + skip;
    return next >= size ? next - size : next;
  }

  /**
   * @throws IllegalArgumentException unless {@code size} is a prime that a table may have
   */
  static void requireTableSize(int size) {
    if (size < 2 || size > MAX_SIZE || !isPrime(size)) {
      throw new IllegalArgumentException(
          "table size: %d (expected: a prime, 2 to %d)".formatted(size, MAX_SIZE));
    }
  }

  private static boolean isPrime(int n) {
    for (int divisor = 2; divisor <= n / divisor; divisor++) {
      if (n % divisor == 0) {
        return false;
      }
    }
    return true;
  }

  private static void requireFit(List<Backend> backends, int size) {
    if (backends.size() >= size || backends.size() > MAX_BACKENDS) {
      throw new IllegalArgumentException(
          "backends: %d (expected: fewer than the table size %d, at most %d)"
              .formatted(backends.size(), size, MAX_BACKENDS));
    }
    var names = new HashSet<String>();
    for (Backend backend : backends) {
      if (!names.add(backend.name())) {
        throw new IllegalArgumentException(
            "backend %s: appears twice (expected: distinct names)".formatted(backend.name()));
      }
    }
  }

  /** The backends in the order that indices name: sorted by name. */
  List<Backend> backends() {
    return backends;
  }

  /** Number of entries: M, or 0 if no backend has a weight. */
  int size() {
    return entries.length;
  }

  /** The entry that a hash falls on. Not to be called on an empty table. */
  int entry(long hash) {
    return (int) Long.remainderUnsigned(hash, entries.length);
  }

  /** The index of the backend that owns an entry. */
  int owner(int entry) {
    return entries[entry];
  }

  /** The index of the backend that a hash falls on; -1 if the table is empty. */
  int lookup(long hash) {
    return entries.length == 0 ? NONE : entries[entry(hash)];
  }

  /** How many entries each backend owns. */
  int[] counts() {
    var counts = new int[backends.size()];
    for (char owner : entries) {
      counts[owner]++;
    }
    return counts;
  }
}
