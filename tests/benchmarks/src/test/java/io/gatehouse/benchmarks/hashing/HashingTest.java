package io.gatehouse.benchmarks.hashing;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.l4.MaglevHashing;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class HashingTest {
  private static final int ENTRIES = 1009;
  private static final Fleet WHOLE = new Fleet(20, List.of());
  private static final Fleet REDUCED = new Fleet(20, List.of(3, 17, 0));

  static Stream<Hashing> all() {
    return Stream.concat(Stream.of(new MaglevHashing()), Hashing.others().stream());
  }

  @ParameterizedTest
  @MethodSource("all")
  void everyBackendThatIsAliveOwnsSomethingAndNoOther(Hashing hashing) {
    for (var fleet : List.of(WHOLE, REDUCED)) {
      assertThat(Arrays.stream(hashing.owners(fleet, ENTRIES)).distinct().sorted().toArray())
          .isEqualTo(fleet.alive().toArray());
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void mostEntriesOfSurvivorsStay(Hashing hashing) {
    int[] before = hashing.owners(WHOLE, ENTRIES);
    int[] after = hashing.owners(REDUCED, ENTRIES);
    long moved =
        IntStream.range(0, ENTRIES)
            .filter(i -> !REDUCED.failed().contains(before[i]) && before[i] != after[i])
            .count();
    switch (hashing.name()) {
      case "karger", "rendezvous" -> assertThat(moved).isZero();
      default -> assertThat(moved).isBetween(1L, ENTRIES / 4L);
    }
  }

  /** As numbers are added, a key stays or jumps to the new one. */
  @Test
  void aKeyOnlyEverJumpsToTheLastNumber() {
    for (int entry = 0; entry < 1000; entry++) {
      for (int count = 2; count < 40; count++) {
        int before = JumpHashing.jump(Mix.hash(entry), count - 1);
        assertThat(JumpHashing.jump(Mix.hash(entry), count)).isIn(before, count - 1);
      }
    }
  }
}
