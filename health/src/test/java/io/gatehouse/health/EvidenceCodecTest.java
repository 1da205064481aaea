package io.gatehouse.health;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatehouse.health.EvidenceState.MalformedStateException;
import io.gatehouse.membership.UserEvent;
import io.gatehouse.testkit.SeededCases;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Evidence on the wire: lines of text in events, a table in the shared state. */
class EvidenceCodecTest {

  static Evidence random(SplittableRandom random) {
    String[] names = {"app", "l7/https/web", "größe %", "a b", "[2001:db8::1]:8080", "x"};
    return new Evidence(
        "node-" + random.nextInt(5),
        new EndpointKey(names[random.nextInt(6)], names[random.nextInt(6)]),
        Verdict.values()[random.nextInt(Verdict.values().length)],
        random.nextInt(101),
        random.nextBoolean() ? "connection refused" : "HTTP 503 (expected 200-399)",
        random.nextLong(4_000_000_000_000L),
        random.nextLong(4_000_000_000_000L),
        random.nextLong(1L << 40));
  }

  @Test
  void aLineIsForPeopleToo() {
    var evidence =
        new Evidence(
            "l7-1",
            new EndpointKey("app", "192.0.2.30:8080"),
            Verdict.DOWN,
            100,
            "connection refused",
            1_795_905_310_123L,
            1_795_900_000_000L,
            42);
    assertThat(EvidenceText.line(evidence))
        .isEqualTo(
            "down app 192.0.2.30:8080 l7-1 2026-11-28T22:35:10.123Z 1795900000000.42 100"
                + " connection refused");
  }

  @Test
  void whatIsWrittenIsRead() {
    SeededCases.check(
        500,
        random -> {
          var table = new ArrayList<Evidence>();
          for (int i = random.nextInt(20); i >= 0; i--) {
            table.add(random(random));
          }
          var lines = String.join("\n", table.stream().map(EvidenceText::line).toList());
          assertThat(EvidenceText.read(lines.getBytes(UTF_8))).isEqualTo(table);
          assertThat(EvidenceState.read(EvidenceState.write(table, 1 << 20))).isEqualTo(table);
          int room = random.nextInt(100, 1000);
          byte[] cut = EvidenceState.write(table, room);
          assertThat(cut).hasSizeLessThanOrEqualTo(room);
          var some = EvidenceState.read(cut);
          assertThat(some).isEqualTo(table.subList(0, some.size()));
        });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "down app b1 l7-1 2026-11-28T22:35:10Z 1.2",
        "dead app b1 l7-1 2026-11-28T22:35:10Z 1.2 100 x",
        "down app b1 l7-1 yesterday 1.2 100 x",
        "down app b1 l7-1 2026-11-28T22:35:10Z 1-2 100 x",
        "down app b1 l7-1 2026-11-28T22:35:10Z 1.2 101 x",
        "down app b1 l7-1 2026-11-28T22:35:10Z -1.2 100 x",
        "down app% b1 l7-1 2026-11-28T22:35:10Z 1.2 100 x",
        "down  b1 l7-1 2026-11-28T22:35:10Z 1.2 100 x",
        "down app b1 l7-1 +999999999-12-31T23:59:59Z 1.2 100 x",
      })
  void aLineThatIsNoneIsLeftOut(String line) {
    assertThat(EvidenceText.read(line.getBytes(UTF_8))).isEmpty();
  }

  @Test
  void aTableCutAnywhereIsRefusedWhole() {
    var random = new SplittableRandom(7);
    byte[] whole = EvidenceState.write(List.of(random(random), random(random)), 1 << 20);
    for (int length = 0; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> EvidenceState.read(cut)).isInstanceOf(MalformedStateException.class);
    }
  }

  @Test
  void theOutboxPacksSeveralLinesAndSaysTheLatestOnly() {
    var outbox = new EvidenceOutbox();
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < 10; i++) {
        outbox.add(
            new Evidence(
                "l7-1",
                new EndpointKey("app", "b" + i),
                Verdict.DOWN,
                100,
                "connection refused",
                0,
                1,
                round * 10L + i));
      }
    }
    var said = new ArrayList<Evidence>();
    int events = 0;
    while (!outbox.isEmpty()) {
      for (var event : outbox.take(1)) {
        events++;
        assertThat(event.name().length() + event.payload().length)
            .isLessThanOrEqualTo(UserEvent.MAX_BYTES);
        said.addAll(EvidenceText.read(event.payload()));
      }
    }
    assertThat(said)
        .extracting(Evidence::sequence)
        .containsExactly(20L, 21L, 22L, 23L, 24L, 25L, 26L, 27L, 28L, 29L);
    assertThat(events).isBetween(2, 3);
  }

  @Test
  void aHintIsReadAsItWasWritten() {
    var hint = new Hint(new EndpointKey("app", "a b%"), "l7-1", "upstream connect failed");
    var event = hint.event();
    assertThat(event).isNotNull();
    assertThat(Hint.read(event.payload())).isEqualTo(hint);
    assertThat(Hint.read("app".getBytes(UTF_8))).isNull();
  }

  @Test
  void hintsAreRationed() {
    var gate = new HintGate();
    var key = new EndpointKey("app", "b1");
    assertThat(gate.admits(key, 0)).isTrue();
    assertThat(gate.admits(key, 999_999_999)).isFalse();
    assertThat(gate.admits(key, 1_000_000_000)).isTrue();
    int admitted = 0;
    for (int i = 0; i < 100; i++) {
      admitted += gate.admits(new EndpointKey("app", "c" + i), 1_000_000_001) ? 1 : 0;
    }
    assertThat(admitted).isEqualTo(HintGate.MAX_PER_SECOND - 1);
  }
}
