package io.gatehouse.appliance.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuantityTest {
  private static final Type<Long> DURATION = Scalars.duration("0s", "24h");
  private static final Type<Long> SIZE = Scalars.size("0B", "1024GiB");

  @ParameterizedTest
  @CsvSource({
    "0s, 0",
    "1ms, 1000000",
    "250ms, 250000000",
    "30s, 30000000000",
    "30 s, 30000000000",
    "5m, 300000000000",
    "24h, 86400000000000"
  })
  void readsDurations(String text, long nanos) {
    assertThat(read(DURATION, text)).isEqualTo(nanos);
  }

  @ParameterizedTest
  @CsvSource({
    "0B, 0",
    "1kB, 1000",
    "64KiB, 65536",
    "1MB, 1000000",
    "1MiB, 1048576",
    "1GB, 1000000000",
    "1GiB, 1073741824",
    "1024GiB, 1099511627776"
  })
  void readsSizes(String text, long bytes) {
    assertThat(read(SIZE, text)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @CsvSource({
    "30, missing-unit",
    "-1s, wrong-type",
    "1.5s, wrong-type",
    "1m30s, wrong-type",
    "s, wrong-type",
    "1S, wrong-unit",
    "1sec, wrong-unit",
    "25h, out-of-range",
    "999999999999h, out-of-range",
    "9999999999999s, wrong-type"
  })
  void refusesDurations(String text, String code) {
    assertThat(read(DURATION, text)).isEqualTo(code);
  }

  @ParameterizedTest
  @CsvSource({
    "30, missing-unit",
    "64K, wrong-unit",
    "64KB, wrong-unit",
    "64kib, wrong-unit",
    "1TiB, wrong-unit",
    "1025GiB, out-of-range",
    "0x10B, wrong-type"
  })
  void refusesSizes(String text, String code) {
    assertThat(read(SIZE, text)).isEqualTo(code);
  }

  @Test
  void showsTheLargestUnitThatLeavesItWhole() {
    assertThat(Quantity.DURATION.show(3_600_000_000_000L)).isEqualTo("1h");
    assertThat(Quantity.DURATION.show(90_000_000_000L)).isEqualTo("90s");
    assertThat(Quantity.DURATION.show(1_500_000_000L)).isEqualTo("1500ms");
    assertThat(Quantity.SIZE.show(65_536)).isEqualTo("64KiB");
    assertThat(Quantity.SIZE.show(1_000_000)).isEqualTo("1MB");
    assertThat(Quantity.SIZE.show(1_001)).isEqualTo("1001B");
  }

  @Test
  void offersNearUnits() {
    assertThat(hint(SIZE, "64KB")).isEqualTo("did you mean 'kB'?");
    assertThat(hint(DURATION, "10sec")).isEqualTo("it can be one of: ms, s, m, h");
    assertThat(hint(DURATION, "10")).isEqualTo("write one of: 10ms, 10s, 10m, 10h");
  }

  /** The value, or the code of what is wrong. */
  private static Object read(Type<Long> type, String text) {
    var findings = new Findings(SourceText.of("test.yaml", text));
    Long value = bind(type, text, findings);
    return value == null ? findings.inOrder().getFirst().code() : value;
  }

  private static String hint(Type<Long> type, String text) {
    var findings = new Findings(SourceText.of("test.yaml", text));
    assertThat(bind(type, text, findings)).isNull();
    return findings.inOrder().getFirst().hint();
  }

  private static @Nullable Long bind(Type<Long> type, String text, Findings findings) {
    var node = new YamlNode.Scalar(YamlNode.Position.START, text, true);
    return type.bind(node, Scope.of(findings, new Origins()).at("key"));
  }
}
