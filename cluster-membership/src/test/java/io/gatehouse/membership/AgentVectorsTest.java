package io.gatehouse.membership;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever a real agent wraps its messages in comes off. */
final class AgentVectorsTest {
  private final Map<RingCounter, Long> counted = new EnumMap<>(RingCounter.class);

  static Stream<Arguments> cases() {
    return Stream.of(
        Arguments.of("plain", new RingKeys.None()),
        Arguments.of("compressed", new RingKeys.None()),
        Arguments.of("encrypted-16", new RingKeys.Fixed(List.of(AgentVectors.KEY_16), "test")),
        Arguments.of(
            "encrypted-32-compressed",
            new RingKeys.Fixed(List.of(AgentVectors.KEY_16, AgentVectors.KEY_32), "test")));
  }

  private void count(RingCounter counter) {
    counted.merge(counter, 1L, Long::sum);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void readsEachPacketOfTheAgent(String name, RingKeys keys) throws Exception {
    var wire = new Wire(KeyRing.open(keys), Label.NONE);
    var decoder = new PacketDecoder(this::count);
    var messages = new ArrayList<Message>();
    for (byte[] packet : AgentVectors.of(name, "udp")) {
      if (wire.openPacket(packet) instanceof Wire.Opened.Plain(var plain)) {
        var decoded = decoder.decode(plain);
        assertThat(decoded).isNotEmpty();
        messages.addAll(decoded);
      }
    }
    assertThat(counted).isEmpty();
    assertThat(messages)
        .hasAtLeastOneElementOfType(Message.Ping.class)
        .hasAtLeastOneElementOfType(Message.Ack.class)
        .hasAtLeastOneElementOfType(Message.Alive.class)
        .hasAtLeastOneElementOfType(Message.User.class);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void readsEachStreamOfTheAgent(String name, RingKeys keys) throws Exception {
    var wire = new Wire(KeyRing.open(keys), Label.NONE);
    for (byte[] stream : AgentVectors.of(name, "tcp")) {
      var opener = new StreamOpener(wire, Limits.DEFAULT, new ByteBudget(1 << 20), this::count);
      assertThat(opener.feed(stream))
          .isInstanceOfSatisfying(
              Message.PushPull.class,
              state -> {
                assertThat(state.entries())
                    .extracting(Message.Entry::node)
                    .containsAnyOf("s1", "s2");
                assertThat(state.entries())
                    .extracting(entry -> Tags.decode(entry.meta().bytes()))
                    .contains(Map.of("role", "oracle"));
              });
    }
    assertThat(counted).isEmpty();
  }
}
