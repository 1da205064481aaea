package io.gatehouse.membership;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.testkit.SeededCases;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Packets: round trips, what a real agent sent, and whatever else may come.
 *
 * <p>The golden packets were captured from Serf 0.8.2 (memberlist 0.2.2) with {@code tshark -i lo
 * -f "net 127.0.1.0/24 and udp" -T fields -e udp.payload} while three agents, started with {@code
 * serf agent -node=s1 -bind=127.0.1.1:17946 -rpc-addr=127.0.1.1:17373 -profile=local
 * -disable-compression} and so on, joined, and one of them was killed.
 */
final class PacketCodecTest {
  private static final InetSocketAddress S1 = new InetSocketAddress("127.0.1.1", 17946);
  private static final InetSocketAddress S2 = new InetSocketAddress("127.0.1.2", 17946);
  private static final InetSocketAddress S3 = new InetSocketAddress("127.0.1.3", 17946);
  private static final Versions SERF = new Versions(1, 5, 2, 2, 5, 5);
  private static final Meta NO_TAGS = new Meta(Tags.encode(Map.of()));

  private final Map<RingCounter, Long> counted = new EnumMap<>(RingCounter.class);
  private final PacketDecoder decoder =
      new PacketDecoder(counter -> counted.merge(counter, 1L, Long::sum));

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text);
  }

  private void assertGolden(String packet, Message message) {
    assertThat(decoder.decode(hex(packet))).containsExactly(message);
    assertThat(HexFormat.of().formatHex(MessageEncoder.encode(message))).isEqualTo(packet);
    assertThat(counted).isEmpty();
  }

  @Test
  void readsAndWritesAPingAsTheAgentDoes() {
    assertGolden(
        "0085a44e6f6465a27332a55365714e6f01aa536f7572636541646472a47f000101aa536f757263654e6f6465"
            + "a27331aa536f75726365506f7274cd461a",
        new Message.Ping(1, "s2", S1, "s1"));
  }

  @Test
  void readsAndWritesAnIndirectPingAsTheAgentDoes() {
    assertGolden(
        "0188a44e61636bc3a44e6f6465a27333a4506f7274cd461aa55365714e6f05aa536f7572636541646472a47f"
            + "000102aa536f757263654e6f6465a27332aa536f75726365506f7274cd461aa6546172676574a47f00"
            + "0103",
        new Message.IndirectPing(5, "s3", S3, true, S2, "s2"));
  }

  @Test
  void readsAndWritesANackAsTheAgentDoes() {
    assertGolden("0b81a55365714e6f05", new Message.Nack(5));
  }

  @Test
  void readsAndWritesASuspectAsTheAgentDoes() {
    assertGolden(
        "0383a446726f6da27332ab496e6361726e6174696f6e01a44e6f6465a27333",
        new Message.Suspect(1, "s3", "s2"));
  }

  @Test
  void readsAndWritesADeadAsTheAgentDoes() {
    assertGolden(
        "0583a446726f6da27332ab496e6361726e6174696f6e01a44e6f6465a27333",
        new Message.Dead(1, "s3", "s2"));
  }

  @Test
  void readsAndWritesAnAliveAsTheAgentDoes() {
    assertGolden(
        "0486a441646472a47f000102ab496e6361726e6174696f6e01a44d657461a2ff80a44e6f6465a27332a4506f"
            + "7274cd461aa356736ea6010502020505",
        new Message.Alive(1, "s2", S2, NO_TAGS, SERF));
  }

  @Test
  void readsAnAckWithTheAgentsCoordinates() {
    String ack =
        "0282a75061796c6f6164da00820184aa41646a7573746d656e74cb0000000000000000a54572726f72cb3ff8"
            + "000000000000a6486569676874cb3ee4f8b588e368f1a356656398cb0000000000000000cb00000000"
            + "00000000cb0000000000000000cb0000000000000000cb0000000000000000cb0000000000000000cb"
            + "0000000000000000cb0000000000000000a55365714e6f01";
    assertThat(decoder.decode(hex(ack))).containsExactly(new Message.Ack(1));
  }

  @Test
  void readsAndWritesACheckedCompoundAsTheAgentDoes() {
    String packet =
        "0c5040cffb0702003c003c0486a441646472a47f000102ab496e6361726e6174696f6e01a44d657461a2ff80"
            + "a44e6f6465a27332a4506f7274cd461aa356736ea60105020205050486a441646472a47f000101ab49"
            + "6e6361726e6174696f6e01a44d657461a2ff80a44e6f6465a27331a4506f7274cd461aa356736ea601"
            + "0502020505";
    var second = new Message.Alive(1, "s2", S2, NO_TAGS, SERF);
    var first = new Message.Alive(1, "s1", S1, NO_TAGS, SERF);
    assertThat(decoder.decode(hex(packet))).containsExactly(second, first);
    byte[] ours =
        MessageEncoder.packet(List.of(MessageEncoder.encode(second), MessageEncoder.encode(first)));
    assertThat(HexFormat.of().formatHex(ours)).isEqualTo(packet);
  }

  @Test
  void takesASerfUserMessageForOne() {
    assertThat(decoder.decode(hex("0cc0e7010b080182a54c54696d6501a44e6f6465a27332")))
        .containsExactly(new Message.User(new UserData(hex("0182a54c54696d6501a44e6f6465a27332"))));
  }

  @Test
  void everyMessageComesBackAsItWasSent() {
    SeededCases.check(
        500,
        random -> {
          var sent = new ArrayList<Message>();
          var encoded = new ArrayList<byte[]>();
          for (int i = random.nextInt(1, 12); i > 0; i--) {
            Message message = RandomMessages.next(random);
            sent.add(message);
            encoded.add(MessageEncoder.encode(message));
          }
          assertThat(decoder.decode(MessageEncoder.packet(encoded))).isEqualTo(sent);
          assertThat(counted).isEmpty();
        });
  }

  @ParameterizedTest
  @CsvSource({
    "'', DROPPED_EMPTY",
    "0c000000000b81a55365714e6f05, DROPPED_CHECKSUM",
    "0981a3427566a0, DROPPED_COMPRESSED",
    "0a00000000, DROPPED_ENCRYPTED",
    "01c1d2e3f405162738495a6b7c8d9e, DROPPED_ENCRYPTED",
    "63, DROPPED_UNKNOWN_TYPE",
    "06, DROPPED_UNKNOWN_TYPE",
    "07, DROPPED_MALFORMED",
    "070100, DROPPED_MALFORMED",
    "070100050b, DROPPED_TRUNCATED",
    "0701001007010000, DROPPED_TRUNCATED",
    "0b81a55365714e6fff, DROPPED_MALFORMED",
    "0bdf7fffffff, DROPPED_MALFORMED",
    "0383a446726f6ddb7fffffff, DROPPED_MALFORMED",
    "0383a446726f6dda00ff, DROPPED_MALFORMED",
    "0381a44e6f6465a0, DROPPED_MALFORMED",
    "0381a44e6f6465a2c328, DROPPED_MALFORMED",
    "0486a441646472a37f0001ab496e6361726e6174696f6e01a44d657461a0a44e6f6465a27332a4506f7274cd461aa356736ea0,"
        + " DROPPED_MALFORMED",
  })
  void dropsWhatItCannotUseAndSaysWhy(String packet, RingCounter reason) {
    assertThat(decoder.decode(hex(packet))).isEmpty();
    assertThat(counted).containsOnlyKeys(reason);
  }

  @Test
  void goesOnlySoDeepIntoCompounds() {
    byte[] packet = MessageEncoder.encode(new Message.Nack(5));
    for (int depth = 0; depth < 4; depth++) {
      packet = MessageEncoder.compound(List.of(packet));
    }
    assertThat(decoder.decode(packet)).isEmpty();
    assertThat(counted).containsOnlyKeys(RingCounter.DROPPED_NESTED);
  }

  @Test
  void noBytesMakeItThrow() {
    SeededCases.check(
        3000,
        random -> {
          byte[] noise = new byte[random.nextInt(200)];
          random.nextBytes(noise);
          decoder.decode(noise);
          byte[] almost = MessageEncoder.encode(RandomMessages.next(random));
          for (int flips = random.nextInt(1, 4); flips > 0; flips--) {
            almost[random.nextInt(almost.length)] = (byte) random.nextInt(256);
          }
          decoder.decode(almost);
          decoder.decode(Arrays.copyOf(almost, random.nextInt(almost.length + 1)));
          decoder.decode(MessageEncoder.compound(List.of(almost, noise)));
        });
    assertThat(counted).containsKey(RingCounter.DROPPED_MALFORMED);
  }

  @Test
  void aClaimedLengthAllocatesNothing() {
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    List<byte[]> hostile =
        List.of(
            hex("0383a446726f6ddb7fffffff"),
            hex("0381a44e6f6465db7fffffff"),
            hex("0481a44d657461db7fffffff"),
            hex("0481a3566e73dd7fffffff"),
            hex("0481a356736edd7fffffff"),
            hex("03dfffffffff"),
            hex("0381a158dd7fffffff"),
            hex("0381a158c97fffffff00"));
    hostile.forEach(decoder::decode);
    long before = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < 100; i++) {
      hostile.forEach(decoder::decode);
    }
    long perPacket = (threads.getCurrentThreadAllocatedBytes() - before) / (100L * hostile.size());
    assertThat(perPacket).isLessThan(64 << 10);
  }

  @Test
  void tagsComeBackAndOddMetadataGivesNone() {
    var tags = Map.of("role", "l7", "zone", "ü", "empty", "");
    assertThat(Tags.decode(Tags.encode(tags))).isEqualTo(tags);
    assertThat(Tags.decode(new byte[0])).isEmpty();
    assertThat(Tags.decode(new byte[] {'w', 'e', 'b'})).isEqualTo(Map.of("role", "web"));
    assertThat(Tags.decode(hex("ffdf7fffffff"))).isEmpty();
    assertThat(Tags.decode(hex("ff81a3"))).isEmpty();
    SeededCases.check(
        2000,
        random -> {
          byte[] noise = new byte[random.nextInt(1, 100)];
          random.nextBytes(noise);
          noise[0] = (byte) 255;
          Tags.decode(noise);
        });
  }
}
