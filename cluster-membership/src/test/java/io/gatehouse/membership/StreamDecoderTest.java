package io.gatehouse.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatehouse.testkit.SeededCases;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Streams: in one piece, in many, cut off, and hostile. */
final class StreamDecoderTest {
  private final Map<RingCounter, Long> counted = new EnumMap<>(RingCounter.class);

  private StreamDecoder decoder(Limits limits) {
    return new StreamDecoder(limits, counter -> counted.merge(counter, 1L, Long::sum));
  }

  private static @Nullable Message feedInPieces(
      StreamDecoder decoder, byte[] bytes, SplittableRandom random)
      throws MalformedMessageException {
    int at = 0;
    while (at < bytes.length) {
      int end = Math.min(bytes.length, at + random.nextInt(1, 200));
      Message message = decoder.feed(Arrays.copyOfRange(bytes, at, end));
      at = end;
      if (message != null) {
        assertThat(at).as("whole only at its end").isEqualTo(bytes.length);
        return message;
      }
    }
    return null;
  }

  @Test
  void aStateComesBackHoweverItIsCut() {
    SeededCases.check(
        300,
        random -> {
          var state = RandomMessages.pushPull(random);
          byte[] bytes = MessageEncoder.encode(state);
          assertThat(decoder(Limits.DEFAULT).feed(bytes)).isEqualTo(state);
          assertThat(feedInPieces(decoder(Limits.DEFAULT), bytes, random)).isEqualTo(state);
          byte[] cut = Arrays.copyOf(bytes, random.nextInt(bytes.length));
          assertThat(feedInPieces(decoder(Limits.DEFAULT), cut, random)).isNull();
          assertThat(counted).isEmpty();
        });
  }

  /** Captured as the packets of {@link PacketCodecTest}, its 592 bytes of Serf state cut to 2. */
  @Test
  void readsAStateAsTheAgentSendsIt() throws Exception {
    byte[] state =
        HexFormat.of()
            .parseHex(
                "0683a44a6f696ec3a54e6f64657301ac5573657253746174654c656ecd0002"
                    + "87a441646472a47f000009ab496e6361726e6174696f6e01a44d657461aeff81a4726f6c65"
                    + "a66f7261636c65a44e616d65a86f7261636c652d31a4506f7274cd97fba553746174650"
                    + "0a356736ea60105020205050286");
    assertThat(decoder(Limits.DEFAULT).feed(state))
        .isEqualTo(
            new Message.PushPull(
                true,
                List.of(
                    new Message.Entry(
                        "oracle-1",
                        new InetSocketAddress("127.0.0.9", 0x97fb),
                        new Meta(Tags.encode(Map.of("role", "oracle"))),
                        1,
                        NodeState.ALIVE,
                        new Versions(1, 5, 2, 2, 5, 5))),
                new UserData(new byte[] {0x02, (byte) 0x86})));
  }

  @Test
  void pingsAcksAndErrorsTravelOnStreamsToo() throws Exception {
    var ping = new Message.Ping(7, "b", new InetSocketAddress("127.0.0.1", 7946), "a");
    var error = new Message.Failure("no");
    var ack = new Message.Ack(7);
    for (Message message : List.of(ping, error, ack)) {
      assertThat(decoder(Limits.DEFAULT).feed(MessageEncoder.encode(message))).isEqualTo(message);
    }
  }

  @Test
  void anEntryThatMakesNoSenseIsLeftOut() throws Exception {
    byte[] header =
        HexFormat.of().parseHex("0683a44a6f696ec3a54e6f64657301ac5573657253746174654c656e00");
    byte[] entry = HexFormat.of().parseHex("81a44e616d65a161");
    var decoder = decoder(Limits.DEFAULT);
    assertThat(decoder.feed(header)).isNull();
    assertThat(decoder.feed(entry)).isEqualTo(new Message.PushPull(true, List.of(), UserData.NONE));
    assertThat(counted).containsOnlyKeys(RingCounter.DROPPED_MALFORMED);
  }

  @ParameterizedTest
  @CsvSource({
    "63, DROPPED_UNKNOWN_TYPE",
    "06c0, STREAM_MALFORMED",
    "06df7fffffff, STREAM_MALFORMED",
    "0681a54e6f646573ce7fffffff, LIMIT_STATE_BYTES",
    "0681a54e6f646573cd2001, LIMIT_STATE_BYTES",
    "0681ac5573657253746174654c656ece7fffffff, LIMIT_STATE_BYTES",
    "0681a54e6f646573ff, STREAM_MALFORMED",
    "0681a54e6f64657301c0, STREAM_MALFORMED",
  })
  void refusesWhatItCannotUseAndSaysWhy(String stream, RingCounter reason) {
    assertThatThrownBy(() -> decoder(Limits.DEFAULT).feed(HexFormat.of().parseHex(stream)))
        .isInstanceOf(MalformedMessageException.class);
    assertThat(counted).containsOnlyKeys(reason);
  }

  @Test
  void refusesAStateThatGrowsBeyondTheLimit() {
    var limits = new Limits(1400, 512, 8192, 4096, 4, 4, 4, SerfLimits.DEFAULT);
    byte[] header = HexFormat.of().parseHex("0681a54e6f646573cd1000");
    byte[] junk = new byte[4096];
    assertThatThrownBy(
            () -> {
              var decoder = decoder(limits);
              decoder.feed(header);
              decoder.feed(junk);
            })
        .isInstanceOf(MalformedMessageException.class);
    assertThat(counted).containsOnlyKeys(RingCounter.LIMIT_STATE_BYTES);
  }

  @Test
  void refusesAnItemThatNeverEnds() {
    // An unknown field whose value claims to be large.
    byte[] start = HexFormat.of().parseHex("0681a158db00100000");
    var decoder = decoder(Limits.DEFAULT);
    assertThatThrownBy(
            () -> {
              decoder.feed(start);
              for (int i = 0; i < 100; i++) {
                decoder.feed(new byte[1000]);
              }
            })
        .isInstanceOf(MalformedMessageException.class);
    assertThat(counted).containsOnlyKeys(RingCounter.STREAM_MALFORMED);
  }

  @Test
  void noBytesMakeItThrowAnythingElse() {
    SeededCases.check(
        2000,
        random -> {
          byte[] almost = MessageEncoder.encode(RandomMessages.pushPull(random));
          for (int flips = random.nextInt(1, 6); flips > 0; flips--) {
            almost[random.nextInt(almost.length)] = (byte) random.nextInt(256);
          }
          byte[] noise = new byte[random.nextInt(1, 300)];
          random.nextBytes(noise);
          noise[0] = 6;
          for (byte[] stream : List.of(almost, noise)) {
            var decoder = decoder(Limits.DEFAULT);
            int at = 0;
            try {
              while (at < stream.length) {
                int end = Math.min(stream.length, at + random.nextInt(1, 500));
                if (decoder.feed(Arrays.copyOfRange(stream, at, end)) != null) {
                  break;
                }
                at = end;
              }
            } catch (MalformedMessageException expected) {
              assertThat(counted).isNotEmpty();
            }
          }
        });
  }
}
