package io.gatehouse.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatehouse.testkit.SeededCases;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Streams in their wrappings: in one piece, in many, wrong, and hostile. */
final class StreamOpenerTest {
  private static final int BUDGET = 100_000;
  private static final byte[] PING = MessageEncoder.encode(new Message.Ping(7, "b", null, ""));

  private final Map<RingCounter, Long> counted = new EnumMap<>(RingCounter.class);
  private final ByteBudget budget = new ByteBudget(BUDGET);

  private static Wire wire(String label, GossipKey... keys) {
    RingKeys ringKeys =
        keys.length == 0 ? new RingKeys.None() : new RingKeys.Fixed(List.of(keys), "test");
    return new Wire(KeyRing.open(ringKeys), Label.of(label));
  }

  private StreamOpener opener(Wire wire) {
    return new StreamOpener(
        wire, Limits.DEFAULT, budget, counter -> counted.merge(counter, 1L, Long::sum));
  }

  private static @Nullable Message feedInPieces(
      StreamOpener opener, byte[] bytes, SplittableRandom random) throws MalformedMessageException {
    Message message = null;
    for (int at = 0; at < bytes.length && message == null; ) {
      int end = Math.min(bytes.length, at + random.nextInt(1, 200));
      message = opener.feed(Arrays.copyOfRange(bytes, at, end));
      at = end;
    }
    return message;
  }

  private void assertRefused(RingCounter reason, ThrowingCallable feed) {
    counted.clear();
    assertThatThrownBy(feed).isInstanceOf(MalformedMessageException.class);
    assertThat(counted).containsOnlyKeys(reason);
  }

  private void assertBudgetIsWhole() {
    assertThat(budget.take(BUDGET)).isTrue();
    budget.giveBack(BUDGET);
  }

  @Test
  void aStateComesBackHoweverItIsWrappedAndCut() {
    SeededCases.check(
        300,
        random -> {
          var state = RandomMessages.pushPull(random);
          byte[] bytes = MessageEncoder.encode(state);
          if (random.nextBoolean()) {
            bytes = LzwPacker.message(bytes);
          }
          String label = random.nextBoolean() ? "" : "ring-1";
          Wire wire = random.nextBoolean() ? wire(label) : wire(label, AgentVectors.KEY_16);
          byte[] stream = wire.sealStream(bytes);
          var whole = opener(wire);
          assertThat(whole.feed(stream)).isInstanceOf(Message.PushPull.class);
          whole.close();
          var pieces = opener(wire(label, wire.keys().keys().toArray(new GossipKey[0])));
          var message = feedInPieces(pieces, stream, random);
          assertThat(message).isInstanceOf(Message.PushPull.class);
          pieces.close();
          var cut = opener(wire(label, wire.keys().keys().toArray(new GossipKey[0])));
          byte[] half = Arrays.copyOf(stream, random.nextInt(stream.length));
          assertThat(feedInPieces(cut, half, random)).isNull();
          cut.close();
          assertThat(counted).isEmpty();
        });
  }

  @Test
  void anEncryptedRingLooksAtNothingElse() {
    Wire ring = wire("", AgentVectors.KEY_16);
    assertRefused(RingCounter.DROPPED_PLAINTEXT, () -> opener(ring).feed(PING));
    assertRefused(RingCounter.DROPPED_PLAINTEXT, () -> opener(ring).feed(LzwPacker.message(PING)));
    byte[] foreign = wire("", AgentVectors.KEY_32).sealStream(PING);
    assertRefused(RingCounter.DROPPED_KEY, () -> opener(ring).feed(foreign));
    byte[] good = ring.sealStream(PING);
    byte[] otherLength = good.clone();
    otherLength[4]++;
    byte[] longer = Arrays.copyOf(otherLength, otherLength.length + 1);
    assertRefused(RingCounter.DROPPED_KEY, () -> opener(ring).feed(longer));
    assertThat(assertFed(ring, good)).isInstanceOf(Message.Ping.class);
    assertRefused(RingCounter.DROPPED_REPLAYED, () -> opener(ring).feed(good));
    assertRefused(RingCounter.DROPPED_ENCRYPTED, () -> opener(wire("")).feed(good));
  }

  private @Nullable Message assertFed(Wire wire, byte[] stream) {
    try {
      return opener(wire).feed(stream);
    } catch (MalformedMessageException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void anotherLabelIsRefused() {
    Wire ring = wire("ring-1");
    assertRefused(RingCounter.DROPPED_LABEL, () -> opener(ring).feed(PING));
    assertRefused(
        RingCounter.DROPPED_LABEL, () -> opener(ring).feed(wire("ring-2").sealStream(PING)));
    assertRefused(RingCounter.DROPPED_LABEL, () -> opener(wire("")).feed(ring.sealStream(PING)));
    assertRefused(
        RingCounter.DROPPED_LABEL, () -> opener(ring).feed(new byte[] {(byte) 244, 0, 9}));
  }

  @Test
  void lengthsThatCannotBeAreRefusedAtOnce() {
    Wire ring = wire("", AgentVectors.KEY_16);
    byte[] huge = ByteBuffer.allocate(5).put((byte) 10).putInt(-1).array();
    assertRefused(RingCounter.LIMIT_STATE_BYTES, () -> opener(ring).feed(huge));
    byte[] tiny = ByteBuffer.allocate(5).put((byte) 10).putInt(28).array();
    assertRefused(RingCounter.STREAM_MALFORMED, () -> opener(ring).feed(tiny));
    byte[] compressed = {9, (byte) 0x82, (byte) 0xa4, 'A', 'l', 'g', 'o', 0, (byte) 0xa3};
    byte[] packed = Arrays.copyOf(compressed, compressed.length + 8);
    System.arraycopy(
        new byte[] {'B', 'u', 'f', (byte) 0xdb, 0x7f, 0, 0, 0}, 0, packed, compressed.length, 8);
    assertRefused(RingCounter.DROPPED_COMPRESSED, () -> opener(wire("")).feed(packed));
  }

  @Test
  void whatUnpacksToTooMuchOrIsCutOffIsRefused() {
    byte[] bomb = LzwPacker.message(new byte[Limits.DEFAULT.stateBytes() + 1]);
    assertThat(bomb.length).isLessThan(20_000);
    assertRefused(RingCounter.DROPPED_COMPRESSED, () -> opener(wire("")).feed(bomb));
    byte[] cut = LzwPacker.message(Arrays.copyOf(PING, PING.length - 2));
    assertRefused(RingCounter.STREAM_MALFORMED, () -> opener(wire("")).feed(cut));
  }

  @Test
  void allStreamsTogetherHoldNoMoreThanTheBudget() throws Exception {
    Wire ring = wire("", AgentVectors.KEY_16);
    byte[] head = ByteBuffer.allocate(5).put((byte) 10).putInt(1 << 20).array();
    var first = opener(ring);
    first.feed(head);
    first.feed(new byte[BUDGET - 100]);
    var second = opener(ring);
    second.feed(head);
    assertRefused(RingCounter.LIMIT_STREAM_BUFFERS, () -> second.feed(new byte[100]));
    second.close();
    first.close();
    assertBudgetIsWhole();
  }

  @Test
  void whatIsHeldIsGivenBackOnceItIsRead() throws Exception {
    for (Wire ring : List.of(wire("x"), wire("x", AgentVectors.KEY_16))) {
      for (byte[] message : List.of(PING, LzwPacker.message(PING))) {
        var opener = opener(ring);
        for (byte each : ring.sealStream(message)) {
          opener.feed(new byte[] {each});
        }
        opener.close();
        assertBudgetIsWhole();
      }
    }
  }

  @Test
  void noBytesMakeItThrowAnythingElse() {
    SeededCases.check(
        2000,
        random -> {
          Wire ring = random.nextBoolean() ? wire("") : wire("x", AgentVectors.KEY_16);
          byte[] almost = MessageEncoder.encode(RandomMessages.pushPull(random));
          if (random.nextBoolean()) {
            almost = LzwPacker.message(almost);
          }
          almost = ring.sealStream(almost);
          for (int flips = random.nextInt(1, 6); flips > 0; flips--) {
            almost[random.nextInt(almost.length)] = (byte) random.nextInt(256);
          }
          var opener = opener(ring);
          try {
            feedInPieces(opener, almost, random);
          } catch (MalformedMessageException expected) {
            assertThat(counted).isNotEmpty();
          }
          opener.close();
          assertBudgetIsWhole();
        });
  }
}
