package io.gatehouse.appliance.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.testkit.SeededCases;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.junit.jupiter.api.Test;

class IsoTimeTest {
  private static final DateTimeFormatter REFERENCE =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

  @Test
  void agreesWithTheJdkForAnyMoment() {
    var time = new IsoTime();
    SeededCases.check(
        2_000,
        random -> {
          long nanos = random.nextLong(0, 4_000_000_000L * 1_000_000_000L);
          Instant moment = Instant.ofEpochSecond(nanos / 1_000_000_000L, nanos % 1_000_000_000L);
          assertThat(time.at(nanos)).hasToString(REFERENCE.format(moment));
          assertThat(time.at(nanos + 1_000)).hasSize(27);
        });
  }
}
