package io.gatehouse.benchmarks.hashing;

import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Backends numbered from 0, some of which may have failed. Immutable.
 *
 * @param size with those that have failed
 * @param failed their numbers, in the order in which they failed
 */
public record Fleet(int size, List<Integer> failed) {

  /** Copies. */
  public Fleet {
    failed = List.copyOf(failed);
  }

  /** The numbers of those that have not failed, in ascending order. */
  public IntStream alive() {
    var dead = new BitSet(size);
    failed.forEach(dead::set);
    return IntStream.range(0, size).filter(backend -> !dead.get(backend));
  }

  /** What a backend is known by, whatever its number. */
  public String name(int backend) {
    return "edge-" + backend;
  }
}
