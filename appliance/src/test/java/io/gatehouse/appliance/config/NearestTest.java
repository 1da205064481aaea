package io.gatehouse.appliance.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestTest {
  private static final List<String> KEYS = List.of("listen", "port", "timeouts", "pool");

  @ParameterizedTest
  @CsvSource({
    "listn, listen",
    "lisetn, listen",
    "Listen, listen",
    "prot, port",
    "timeout, timeouts",
    "pol, pool",
    "poool, pool"
  })
  void findsWhatWasMeant(String word, String meant) {
    assertThat(Nearest.find(word, KEYS)).isEqualTo(meant);
  }

  @ParameterizedTest
  @CsvSource({"certificate", "x", "hash"})
  void findsNothingFarAway(String word) {
    assertThat(Nearest.find(word, KEYS)).isNull();
    assertThat(Nearest.hint(word, KEYS))
        .isEqualTo("it can be one of: listen, port, timeouts, pool");
  }

  @Test
  void boundsItsWork() {
    String long65 = "x".repeat(65);
    assertThat(Nearest.find(long65, List.of(long65))).isNull();
    assertThat(Nearest.slips("ab", long65)).isEqualTo(Integer.MAX_VALUE);
  }

  @Test
  void countsSlips() {
    assertThat(Nearest.slips("", "abc")).isEqualTo(3);
    assertThat(Nearest.slips("abc", "abc")).isZero();
    assertThat(Nearest.slips("abc", "acb")).isOne();
    assertThat(Nearest.slips("kitten", "sitting")).isEqualTo(3);
  }
}
