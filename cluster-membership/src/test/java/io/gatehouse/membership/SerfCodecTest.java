package io.gatehouse.membership;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatehouse.testkit.SeededCases;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Serf's messages and state: round trips, limits, and whatever else may come. */
final class SerfCodecTest {
  private static UserEvent event(SplittableRandom random) {
    byte[] payload = new byte[random.nextInt(400)];
    random.nextBytes(payload);
    return new UserEvent("event-" + random.nextInt(100), payload, random.nextBoolean());
  }

  private static SerfMessage message(SplittableRandom random) {
    long time = random.nextBoolean() ? random.nextInt(100) : random.nextLong(1L << 62);
    return switch (random.nextInt(4)) {
      case 0 -> new SerfMessage.Join(time, "node-ü" + random.nextInt(9));
      case 1 -> new SerfMessage.Leave(time, "node-" + random.nextInt(9));
      case 2 -> new SerfMessage.Event(time, event(random));
      default ->
          new SerfMessage.Relay(
              RandomMessages.address(random), new UserData("rest".getBytes(UTF_8)));
    };
  }

  private static SerfState state(SplittableRandom random) {
    Map<String, Long> times = new HashMap<>();
    for (int i = random.nextInt(2000); i > 0; i--) {
      times.put("node-" + i, random.nextLong(1L << 40));
    }
    var events = new ArrayList<SerfState.EventsAt>();
    for (int i = random.nextInt(10); i > 0; i--) {
      Set<UserEvent> told = new LinkedHashSet<>();
      for (int j = random.nextInt(4); j > 0; j--) {
        UserEvent event = event(random);
        told.add(new UserEvent(event.name(), event.payload(), false));
      }
      events.add(new SerfState.EventsAt(i, told));
    }
    return new SerfState(3, times, List.of("node-1"), 4, events, 5, new byte[0]);
  }

  @Test
  void messagesComeBackAsTheyWereSent() {
    SeededCases.check(
        500,
        random -> {
          var message = message(random);
          assertThat(SerfDecoder.decode(SerfEncoder.encode(message))).isEqualTo(message);
        });
  }

  @Test
  void queriesAndTheirAnswersComeBackAsTheyWereSent() throws Exception {
    var random = new SplittableRandom(1);
    var query =
        new SerfMessage.Query(
            9,
            0xffff_ffffL,
            RandomMessages.address(random),
            List.of(new byte[] {0, (byte) 0x91, (byte) 0xa1, 'a'}),
            3,
            2,
            "deploy",
            "now".getBytes(UTF_8));
    assertThat(SerfDecoder.decode(SerfEncoder.encode(query)))
        .usingRecursiveComparison()
        .isEqualTo(query);
    var response = new SerfMessage.Response(9, 8, "a", true, "yes".getBytes(UTF_8));
    assertThat(SerfDecoder.decode(SerfEncoder.encode(response)))
        .usingRecursiveComparison()
        .isEqualTo(response);
  }

  @Test
  void statesComeBackAsTheyWereSent() {
    SeededCases.check(
        50,
        random -> {
          var state = state(random);
          assertThat(SerfDecoder.decodeState(SerfEncoder.encode(state), Limits.DEFAULT))
              .usingRecursiveComparison()
              .isEqualTo(state);
        });
  }

  @Test
  void noBytesMakeItThrowAnythingElse() {
    SeededCases.check(
        3000,
        random -> {
          byte[] almost =
              random.nextBoolean()
                  ? SerfEncoder.encode(message(random)).bytes()
                  : SerfEncoder.encode(state(random)).bytes();
          for (int flips = random.nextInt(1, 6); flips > 0; flips--) {
            almost[random.nextInt(almost.length)] = (byte) random.nextInt(256);
          }
          decodeAll(new UserData(almost));
        });
  }

  static void decodeAll(UserData data) {
    try {
      SerfMessage message = SerfDecoder.decode(data);
      if (message instanceof SerfMessage.Query query) {
        QueryFilters.match(query.filters(), "a", Map.of("role", "l7"));
        KeyQueries.request(query);
      }
    } catch (MalformedMessageException expected) {
      assertThat(expected).hasMessageNotContaining("null");
    }
    try {
      SerfDecoder.decodeState(data, Limits.DEFAULT);
    } catch (MalformedMessageException expected) {
      assertThat(expected.getMessage()).isNotEmpty();
    }
  }

  @Test
  void anEventThatIsTooLargeIsRefusedByItsSenderWithTheLimit() {
    assertThatThrownBy(() -> new UserEvent("name", new byte[509], false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("513")
        .hasMessageContaining("at most 512");
    assertThat(new UserEvent("name", new byte[508], false).bytes()).isEqualTo(512);
    assertThatThrownBy(() -> new UserEvent("", new byte[1], false)).hasMessageContaining("no name");
  }

  @Test
  void anEventOfAnotherThatIsTooLargeForUsIsLeftOutOfAState() throws Exception {
    byte[] large = new byte[1000];
    byte[] state =
        Msgpack.encode(
            SerfMessage.PUSH_PULL,
            p -> {
              p.packMapHeader(1);
              Msgpack.packKey(p, "Events");
              p.packArrayHeader(2);
              p.packNil();
              p.packMapHeader(2);
              Msgpack.packLong(p, "LTime", 7);
              Msgpack.packKey(p, "Events");
              p.packArrayHeader(2);
              for (byte[] payload : List.of(large, new byte[1])) {
                p.packMapHeader(2);
                Msgpack.packString(p, "Name", "deploy");
                Msgpack.packRaw(p, "Payload", payload);
              }
            });
    var events = SerfDecoder.decodeState(new UserData(state), Limits.DEFAULT).events();
    assertThat(events)
        .containsExactly(
            new SerfState.EventsAt(7, Set.of(new UserEvent("deploy", new byte[1], false))));
  }

  @Test
  void filtersHoldByNameAndByTag() {
    byte[] nodes =
        Msgpack.encode(
            0,
            p -> {
              p.packArrayHeader(2);
              Msgpack.packKey(p, "a");
              Msgpack.packKey(p, "b");
            });
    var tags = Map.of("role", "l4,l7");
    assertThat(QueryFilters.match(List.of(), "c", tags)).isTrue();
    assertThat(QueryFilters.match(List.of(nodes), "b", tags)).isTrue();
    assertThat(QueryFilters.match(List.of(nodes), "c", tags)).isFalse();
    assertThat(QueryFilters.match(List.of(tag("role", "l7")), "a", tags)).isTrue();
    assertThat(QueryFilters.match(List.of(tag("role", "^l4,l7$")), "a", tags)).isTrue();
    assertThat(QueryFilters.match(List.of(tag("role", "^l7")), "a", tags)).isFalse();
    assertThat(QueryFilters.match(List.of(tag("role", "l7$")), "a", tags)).isTrue();
    assertThat(QueryFilters.match(List.of(tag("role", "^$")), "a", tags)).isFalse();
    assertThat(QueryFilters.match(List.of(tag("zone", "^$")), "a", tags)).isTrue();
    assertThat(QueryFilters.match(List.of(tag("role", "(l4|l7)")), "a", tags)).isFalse();
    assertThat(QueryFilters.match(List.of(new byte[0]), "a", tags)).isFalse();
    assertThat(QueryFilters.match(List.of(nodes, tag("role", "x")), "a", tags)).isFalse();
  }

  private static byte[] tag(String tag, String expression) {
    return Msgpack.encode(
        1,
        p -> {
          p.packMapHeader(2);
          Msgpack.packString(p, "Tag", tag);
          Msgpack.packString(p, "Expr", expression);
        });
  }

  @Test
  void aListOfKeysIsCutToWhatAnAnswerMayHoldAndSaysSo() {
    List<String> keys = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      keys.add("%044d".formatted(i));
    }
    byte[] cut = KeyQueries.response(KeyRequest.Answer.ok(keys), 900);
    assertThat(cut.length).isBetween(800, 900);
    assertThat(new String(cut, UTF_8)).contains("the first 1").contains(" of 60 keys");
    byte[] whole = KeyQueries.response(KeyRequest.Answer.ok(keys.subList(0, 3)), 900);
    assertThat(new String(whole, UTF_8)).doesNotContain("first");
  }
}
