package io.gatehouse.membership;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tables for the arithmetic; the values follow from the formulas of memberlist and Lifeguard. */
final class FormulasTest {
  private static final long SECOND = 1_000_000_000;

  @ParameterizedTest
  @CsvSource({
    "3, 5, 3000",
    "3, 10, 3000",
    "3, 50, 5094",
    "3, 100, 6000",
    "3, 500, 8094",
    "4, 1, 4000",
    "4, 1000, 12000",
    "4, 5000, 14792",
  })
  void aSuspicionLastsLongerInALargerRing(int mult, int n, long millis) {
    assertThat(Formulas.suspicionMinNanos(mult, n, SECOND)).isEqualTo(millis * 1_000_000);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 3, 30000",
    "1, 3, 16000",
    "2, 3, 7810",
    "3, 3, 2000",
    "4, 3, 2000",
    "0, 0, 2000",
  })
  void aSuspicionShrinksAsOthersConfirm(int confirmations, int expected, long millis) {
    assertThat(Formulas.suspicionNanos(confirmations, expected, 2 * SECOND, 30 * SECOND))
        .isEqualTo(millis * 1_000_000);
  }

  @ParameterizedTest
  @CsvSource({"4, 1, 0", "4, 3, 0", "4, 4, 2", "4, 100, 2", "2, 100, 0", "1, 100, 0", "6, 5, 0"})
  void confirmationsAreExpectedOnlyWhereThereAreOthersToGiveThem(int mult, int n, int expected) {
    assertThat(Formulas.expectedConfirmations(mult, n)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"3, 0, 0", "3, 1, 3", "3, 9, 3", "3, 10, 6", "3, 99, 6", "4, 100, 12", "4, 5000, 16"})
  void aMessageIsSentMoreOftenInALargerRing(int mult, int n, int limit) {
    assertThat(Formulas.retransmitLimit(mult, n)).isEqualTo(limit);
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "32, 1", "33, 2", "64, 2", "65, 3", "128, 3", "129, 4", "5000, 9"})
  void exchangesAreRarerAboveThirtyTwoMembers(int n, int times) {
    assertThat(Formulas.pushPullNanos(SECOND, n)).isEqualTo(times * SECOND);
  }

  @ParameterizedTest
  @CsvSource({
    "1, 0, 2",
    "1, 1, 2",
    "1, 7, 8",
    "9, 7, 10",
    "1, 4294967295, 4294967295",
  })
  void aRefutationBeatsTheAccusation(long own, long accused, long incarnation) {
    assertThat(Formulas.refutingIncarnation(own, accused)).isEqualTo(incarnation);
  }
}
