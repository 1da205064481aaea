package io.gatehouse.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PassedNamesTest {
  private static final int MAX_ARG_STRLEN = 128 * 1024;

  @Test
  void areOneVariableWhereTheyFitIt() {
    assertThat(PassedNames.write(List.of("http", "flow", "flow")))
        .isEqualTo(Map.of("LISTEN_FDNAMES", "http:flow:flow"));
    assertThat(PassedNames.read(Map.of("LISTEN_FDNAMES", "http:flow:flow")))
        .containsExactly("http", "flow", "flow");
    assertThat(PassedNames.read(Map.of())).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 100, 255})
  void asManyAsThereMayBeComeBackInTheirOrder(int length) {
    int count = PassedNames.MAX_BYTES / (length + 1);
    var names =
        IntStream.range(0, count)
            .mapToObj(i -> "x".repeat(length - 1) + (char) ('a' + i % 26))
            .toList();
    var variables = PassedNames.write(names);
    variables.forEach(
        (name, value) ->
            assertThat(name.length() + 1 + value.length() + 1).isLessThanOrEqualTo(MAX_ARG_STRLEN));
    assertThat(PassedNames.variables()).containsAll(variables.keySet());
    assertThat(PassedNames.read(variables)).isEqualTo(names);
  }

  @Test
  void moreAreRefused() {
    var names = Collections.nCopies(PassedNames.MAX_BYTES / 8 + 1, "1234567");
    assertThatThrownBy(() -> PassedNames.write(names))
        .hasMessage(
            "descriptor names: %d bytes (expected: at most %d)",
            8 * names.size(), PassedNames.MAX_BYTES);
  }
}
