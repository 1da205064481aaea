package io.gatehouse.membership;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Who may shorten a suspicion, and by how much. */
final class SuspicionTest {
  private static final long SECOND = 1_000_000_000;

  @Test
  void eachOtherNodeConfirmsOnceUntilEnoughHave() {
    var suspicion = new Suspicion("first", 2, 4 * SECOND, 24 * SECOND, 100);
    assertThat(suspicion.deadlineNanos()).isEqualTo(100 + 24 * SECOND);
    assertThat(suspicion.confirm("first")).isFalse();
    assertThat(suspicion.confirm("second")).isTrue();
    assertThat(suspicion.confirm("second")).isFalse();
    assertThat(suspicion.deadlineNanos()).isBetween(100 + 4 * SECOND, 100 + 24 * SECOND - 1);
    assertThat(suspicion.confirm("third")).isTrue();
    assertThat(suspicion.deadlineNanos()).isEqualTo(100 + 4 * SECOND);
    assertThat(suspicion.confirm("fourth")).isFalse();
  }

  @Test
  void nothingToExpectGivesTheShortestTime() {
    var suspicion = new Suspicion("first", 0, 4 * SECOND, 24 * SECOND, -5);
    assertThat(suspicion.deadlineNanos()).isEqualTo(4 * SECOND - 5);
    assertThat(suspicion.confirm("second")).isFalse();
  }
}
