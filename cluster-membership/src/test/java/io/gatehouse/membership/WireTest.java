package io.gatehouse.membership;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.testkit.SeededCases;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What packets are wrapped in: taken off where it is right, refused with the reason where not. */
final class WireTest {
  private static final byte[] PACKET =
      MessageEncoder.packet(List.of(MessageEncoder.encode(new Message.Nack(5))));

  private static Wire wire(String label, GossipKey... keys) {
    RingKeys ringKeys =
        keys.length == 0 ? new RingKeys.None() : new RingKeys.Fixed(List.of(keys), "test");
    return new Wire(KeyRing.open(ringKeys), Label.of(label));
  }

  private static RingCounter refusal(Wire wire, byte[] packet) {
    return switch (wire.openPacket(packet)) {
      case Wire.Opened.Refused(var reason) -> reason;
      case Wire.Opened.Plain(var plain) -> throw new AssertionError("opened: " + plain.length);
    };
  }

  private static byte[] opened(Wire wire, byte[] packet) {
    return switch (wire.openPacket(packet)) {
      case Wire.Opened.Refused(var reason) -> throw new AssertionError(reason);
      case Wire.Opened.Plain(var plain) -> plain;
    };
  }

  @Test
  void packetsComeBackAsTheyWereSent() {
    SeededCases.check(
        100,
        random -> {
          String label = "x".repeat(random.nextInt(256));
          GossipKey[] keys = {AgentVectors.KEY_32};
          Wire sender = random.nextBoolean() ? wire(label) : wire(label, keys);
          Wire receiver = sender.keys().encrypts() ? wire(label, keys) : wire(label);
          byte[] sent = new byte[random.nextInt(1400)];
          random.nextBytes(sent);
          byte[] packet = sender.sealPacket(sent);
          assertThat(opened(receiver, packet)).isEqualTo(sent);
          var security =
              new RingSecurity(
                  sender.keys().encrypts()
                      ? new RingKeys.Fixed(List.of(keys), "test")
                      : new RingKeys.None(),
                  label);
          assertThat(packet).hasSize(sent.length + security.packetOverheadBytes());
        });
  }

  @Test
  void anEncryptedRingRefusesPlaintextWrongKeysAndReplays() {
    Wire ring = wire("", AgentVectors.KEY_16);
    assertThat(refusal(ring, PACKET)).isEqualTo(RingCounter.DROPPED_PLAINTEXT);
    byte[] ping = MessageEncoder.encode(new Message.Ping(1, "b", null, ""));
    assertThat(refusal(ring, ping)).isEqualTo(RingCounter.DROPPED_PLAINTEXT);
    assertThat(refusal(ring, new byte[0])).isEqualTo(RingCounter.DROPPED_PLAINTEXT);
    byte[] foreign = wire("", AgentVectors.KEY_32).sealPacket(PACKET);
    assertThat(refusal(ring, foreign)).isEqualTo(RingCounter.DROPPED_KEY);
    byte[] good = wire("", AgentVectors.KEY_16).sealPacket(PACKET);
    assertThat(opened(ring, good)).isEqualTo(PACKET);
    assertThat(refusal(ring, good)).isEqualTo(RingCounter.DROPPED_REPLAYED);
  }

  @Test
  void anotherLabelIsRefusedWhateverTheKey() {
    Wire ring = wire("ring-1", AgentVectors.KEY_16);
    for (Wire other :
        List.of(
            wire("", AgentVectors.KEY_16),
            wire("ring-2", AgentVectors.KEY_16),
            wire("ring-10", AgentVectors.KEY_16))) {
      assertThat(refusal(ring, other.sealPacket(PACKET))).isEqualTo(RingCounter.DROPPED_LABEL);
      assertThat(refusal(other, ring.sealPacket(PACKET))).isEqualTo(RingCounter.DROPPED_LABEL);
    }
    byte[] labeled = ring.sealPacket(PACKET);
    for (int cut = 1; cut < 8; cut++) {
      assertThat(refusal(ring, Arrays.copyOf(labeled, cut))).isEqualTo(RingCounter.DROPPED_LABEL);
    }
    assertThat(refusal(ring, new byte[] {(byte) 244, 0, 1})).isEqualTo(RingCounter.DROPPED_LABEL);
  }

  @Test
  void theLabelIsAuthenticated() {
    byte[] sealed = wire("ring-1", AgentVectors.KEY_16).sealPacket(PACKET);
    sealed[7] = '2';
    assertThat(refusal(wire("ring-2", AgentVectors.KEY_16), sealed))
        .isEqualTo(RingCounter.DROPPED_KEY);
  }

  @Test
  void replaysAreKnownForAsManyPacketsAsTheWindowHolds() {
    var random = new SplittableRandom(1);
    var window = new ReplayWindow(64);
    var sealed = new byte[1000][];
    for (int i = 0; i < sealed.length; i++) {
      sealed[i] = new byte[Sealing.OVERHEAD_BYTES];
      random.nextBytes(sealed[i]);
      assertThat(window.isNew(sealed[i])).isTrue();
      for (int back = 0; back < Math.min(64, i); back++) {
        assertThat(window.isNew(sealed[i - back])).as("%d before %d", back, i).isFalse();
      }
    }
    assertThat(window.isNew(sealed[0])).as("long forgotten").isTrue();
  }

  @Test
  void compressionIsTakenOffOnceAndWithinBounds() {
    var counted = new EnumMap<RingCounter, Integer>(RingCounter.class);
    var decoder = new PacketDecoder(counter -> counted.merge(counter, 1, Integer::sum));
    byte[] nack = MessageEncoder.encode(new Message.Nack(5));
    byte[] once = LzwPacker.message(MessageEncoder.compound(List.of(nack, nack)));
    assertThat(decoder.decode(once)).containsExactly(new Message.Nack(5), new Message.Nack(5));
    assertThat(decoder.decode(LzwPacker.message(once))).isEmpty();
    assertThat(counted).containsOnlyKeys(RingCounter.DROPPED_NESTED);
    counted.clear();
    assertThat(decoder.decode(LzwPacker.message(new byte[(1 << 16) + 1]))).isEmpty();
    assertThat(decoder.decode(Arrays.copyOf(once, once.length - 3))).isEmpty();
    assertThat(counted)
        .containsOnlyKeys(RingCounter.DROPPED_COMPRESSED, RingCounter.DROPPED_TRUNCATED);
  }
}
