package io.gatehouse.benchmarks.hashing;

import java.util.ArrayList;
import java.util.stream.IntStream;

/**
 * Jump hash: knows backends by number only, and can only lose the last one. When another fails, the
 * last takes its number, which is the least that can be moved.
 *
 * @see <a href="https://arxiv.org/abs/1406.2294">Lamping and Veach, A fast, minimal memory,
 *     consistent hash algorithm, 2014</a>
 */
final class JumpHashing implements Hashing {
  private static final long MULTIPLIER = 2_862_933_555_777_941_757L;

  @Override
  public String name() {
    return "jump";
  }

  @Override
  public int[] owners(Fleet fleet, int entries) {
    var numbers = new ArrayList<>(IntStream.range(0, fleet.size()).boxed().toList());
    for (int lost : fleet.failed()) {
      int at = numbers.indexOf(lost);
      int last = numbers.removeLast();
      if (at < numbers.size()) {
        numbers.set(at, last);
      }
    }
    return IntStream.range(0, entries)
        .map(entry -> numbers.get(jump(Mix.hash(entry), numbers.size())))
        .toArray();
  }

  /** The number, below {@code count}, that a key stays at or jumps to as numbers are added. */
  static int jump(long key, int count) {
    long state = key;
    long at = -1;
    long next = 0;
    while (next < count) {
      at = next;
      state = state * MULTIPLIER + 1;
      next = (long) ((at + 1) * ((double) (1L << 31) / ((state >>> 33) + 1)));
    }
    return (int) at;
  }
}
