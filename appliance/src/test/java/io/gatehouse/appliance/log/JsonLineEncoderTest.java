package io.gatehouse.appliance.log;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.slf4j.event.KeyValuePair;

class JsonLineEncoderTest {

  private static LoggingEvent event(String message) {
    var context = new LoggerContext();
    var event = new LoggingEvent();
    event.setLoggerName(context.getLogger("io.gatehouse.l4.L4Tier").getName());
    event.setLevel(Level.WARN);
    event.setMessage(message);
    event.setTimeStamp(0);
    return event;
  }

  private static String encode(LoggingEvent event) {
    return new String(new JsonLineEncoder().encode(event), StandardCharsets.UTF_8);
  }

  @Test
  void writesOneLineWithTheKeyValuesAsFields() {
    var event = event("endpoint is down");
    event.addKeyValuePair(new KeyValuePair("endpoint", "l7-a"));
    event.addKeyValuePair(new KeyValuePair("failures", 3));
    assertThat(encode(event))
        .isEqualTo(
            "{\"time\":\"1970-01-01T00:00:00Z\",\"level\":\"WARN\",\"logger\":\"L4Tier\","
                + "\"message\":\"endpoint is down\",\"endpoint\":\"l7-a\",\"failures\":3}\n");
  }

  @Test
  void keepsAMultiLineMessageOnOneLine() {
    assertThat(encode(event("a\nb"))).containsOnlyOnce("\n").contains("a\\nb");
  }
}
