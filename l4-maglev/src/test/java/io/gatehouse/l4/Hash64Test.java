package io.gatehouse.l4;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Hash64Test {

  /** From the reference implementation: {@code printf '%s' TEXT | xxhsum -H64}. */
  @ParameterizedTest
  @CsvSource({
    "'', ef46db3751d8e999",
    "a, d24ec4f1a98c6e5b",
    "abc, 44bc2cf5ad770999",
    "Nobody inspects the spammish repetition, fbcea83c8a378bf1",
  })
  void agreesWithTheReferenceImplementation(String text, String expected) {
    assertThat(Long.toHexString(Hash64.hash(text.getBytes(US_ASCII), 0))).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"a", "abcd", "abcdefgh", "01234567890123456789012345678901234567890"})
  void theSeedChangesEveryHash(String text) {
    var bytes = text.getBytes(US_ASCII);
    assertThat(Hash64.hash(bytes, 1)).isNotEqualTo(Hash64.hash(bytes, 2));
  }
}
