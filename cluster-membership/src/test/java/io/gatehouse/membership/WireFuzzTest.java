package io.gatehouse.membership;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.gatehouse.testkit.FuzzSearch;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Everything that reads what a peer sends, under Jazzer; the inputs are an agent's packets. */
class WireFuzzTest {
  private static final int MAX_UNPACKED = 1 << 20;
  private static final Consumer<RingCounter> IGNORED = counter -> {};
  private static final Limits LIMITS =
      new Limits(1400, 512, 64, 1 << 16, 4, 16, 4, SerfLimits.DEFAULT);

  private static Wire wire(boolean encrypted, String label) {
    RingKeys keys =
        encrypted ? new RingKeys.Fixed(List.of(AgentVectors.KEY_16), "test") : new RingKeys.None();
    return new Wire(KeyRing.open(keys), Label.of(label));
  }

  @FuzzTest
  void readsOrRefusesAnyPacket(byte[] packet) {
    new PacketDecoder(IGNORED).decode(packet);
  }

  @FuzzTest
  void readsOrRefusesAnyStream(byte[] stream) {
    for (int piece : new int[] {Math.max(1, stream.length), 7}) {
      read(wire(false, ""), stream, piece);
    }
  }

  private static void read(Wire wire, byte[] stream, int piece) {
    var budget = new ByteBudget(1 << 18);
    var opener = new StreamOpener(wire, LIMITS, budget, IGNORED);
    try {
      for (int at = 0; at < stream.length; at += piece) {
        byte[] chunk = Arrays.copyOfRange(stream, at, Math.min(stream.length, at + piece));
        if (opener.feed(chunk) != null) {
          break;
        }
      }
    } catch (MalformedMessageException refused) {
      assertThat(refused.getMessage()).isNotNull();
    }
    opener.close();
    assertThat(budget.take(1 << 18)).as("all memory is given back").isTrue();
  }

  @FuzzTest
  void unpacksOrRefusesAnyBytes(byte[] packed) {
    try {
      assertThat(Lzw.unpack(packed, MAX_UNPACKED)).hasSizeLessThanOrEqualTo(MAX_UNPACKED);
    } catch (MalformedMessageException refused) {
      assertThat(refused.getMessage()).isNotNull();
    }
  }

  @FuzzTest
  void opensOrRefusesAnyBytes(byte[] bytes) {
    for (String label : List.of("", "ring-1")) {
      for (boolean encrypted : new boolean[] {false, true}) {
        wire(encrypted, label).openPacket(bytes);
        read(wire(encrypted, label), bytes, 11);
      }
    }
  }

  /** What is within the encryption is reached by sealing it first. */
  @FuzzTest
  void opensWhatItSealsAndReadsOrRefusesIt(byte[] plain) {
    Wire wire = wire(true, "ring-1");
    switch (wire.openPacket(wire.sealPacket(plain))) {
      case Wire.Opened.Refused(var reason) -> throw new AssertionError(reason);
      case Wire.Opened.Plain(var opened) -> {
        assertThat(opened).isEqualTo(plain);
        new PacketDecoder(IGNORED).decode(opened);
      }
    }
    read(wire, wire.sealStream(plain), 1000);
  }

  @FuzzTest
  void readsOrRefusesAnyTags(byte[] meta) {
    assertThat(Tags.decode(meta)).isNotNull();
  }

  @TestFactory
  Stream<DynamicTest> search() {
    return FuzzSearch.of(WireFuzzTest.class);
  }
}
