package io.gatehouse.benchmarks;

import io.gatehouse.benchmarks.hashing.Fleet;
import io.gatehouse.benchmarks.hashing.Hashing;
import io.gatehouse.l4.MaglevHashing;
import java.io.PrintStream;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Prints, as CSV, what happens to the entries of 1,000 backends when some of them fail: which share
 * of all entries changes its owner although the owner had not failed, and how much the busiest and
 * the idlest backend own in relation to the mean.
 */
public final class HashingReport {
  private static final int BACKENDS = 1000;
  private static final List<Integer> FAILED = List.of(1, 5, 10, 20, 50, 100);

  private final PrintStream out;

  private HashingReport(PrintStream out) {
    this.out = out;
  }

  /**
   * Takes the number of entries and the number of rounds; each round lets other backends fail.
   *
   * @throws IllegalArgumentException if there are not two numbers
   */
  public static void main(String[] arguments) {
    if (arguments.length != 2) {
      throw new IllegalArgumentException(
          "arguments: %d (expected: ENTRIES ROUNDS)".formatted(arguments.length));
    }
    var report = new HashingReport(System.out);
    report.print(Integer.parseInt(arguments[0]), Integer.parseInt(arguments[1]));
  }

  private void print(int entries, int rounds) {
    out.println("hashing,entries,round,failed,moved_percent,most_over_mean,least_over_mean");
    Stream.concat(Stream.of(new MaglevHashing()), Hashing.others().stream())
        .forEach(hashing -> print(hashing, entries, rounds));
  }

  private void print(Hashing hashing, int entries, int rounds) {
    int[] before = hashing.owners(new Fleet(BACKENDS, List.of()), entries);
    for (int round = 1; round <= rounds; round++) {
      print(hashing, round, List.of(), before, before);
      var shuffled = IntStream.range(0, BACKENDS).boxed().collect(Collectors.toList());
      Collections.shuffle(shuffled, new Random(round));
      for (int failed : FAILED) {
        var lost = shuffled.subList(0, failed);
        print(hashing, round, lost, before, hashing.owners(new Fleet(BACKENDS, lost), entries));
      }
    }
  }

  private void print(Hashing hashing, int round, List<Integer> lost, int[] before, int[] after) {
    var counts = new int[BACKENDS];
    var failed = new boolean[BACKENDS];
    lost.forEach(backend -> failed[backend] = true);
    int moved = 0;
    for (int entry = 0; entry < after.length; entry++) {
      counts[after[entry]]++;
      if (after[entry] != before[entry] && !failed[before[entry]]) {
        moved++;
      }
    }
    var alive =
        IntStream.range(0, BACKENDS)
            .filter(backend -> !failed[backend])
            .map(backend -> counts[backend])
            .summaryStatistics();
    out.printf(
        Locale.ROOT,
        "%s,%d,%d,%d,%.4f,%.4f,%.4f%n",
        hashing.name(),
        after.length,
        round,
        lost.size(),
        100.0 * moved / after.length,
        alive.getMax() / alive.getAverage(),
        alive.getMin() / alive.getAverage());
  }
}
