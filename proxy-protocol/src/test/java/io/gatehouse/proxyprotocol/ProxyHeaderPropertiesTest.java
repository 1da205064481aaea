package io.gatehouse.proxyprotocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatehouse.proxyprotocol.ProxyHeader.Version;
import io.gatehouse.testkit.SeededCases;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What holds of every header and of any bytes at all. */
class ProxyHeaderPropertiesTest {
  private static final byte[] BEHIND = Wire.text("GET / HTTP/1.1\r\n");

  @Test
  void everyLegalHeaderComesBackEqualAndLeavesTheStreamBehindItAlone() {
    SeededCases.check(
        3000,
        random -> {
          var header = new RandomHeaders(random).any();
          var encoded = Wire.encode(header);
          assertThat(encoded).hasSize(ProxyHeaderEncoder.encodedLength(header));
          var in = Unpooled.wrappedBuffer(Wire.concat(encoded, BEHIND));
          assertThat(new ProxyHeaderDecoder().decode(in))
              .isEqualTo(new Decoding.Complete(header, encoded.length));
          assertThat(in.readableBytes()).isEqualTo(BEHIND.length);
        });
  }

  @Test
  void everyHeaderIsEncodedIntoMemoryOfTheCallersAlike() {
    SeededCases.check(
        500,
        random -> {
          var header = new RandomHeaders(random).any();
          var encoded = Wire.encode(header);
          int at = random.nextInt(20);
          var into =
              random.nextBoolean()
                  ? ByteBuffer.allocate(at + encoded.length + 3)
                  : ByteBuffer.allocateDirect(at + encoded.length + 3);
          assertThat(ProxyHeaderEncoder.encode(header, into.position(at)))
              .isEqualTo(encoded.length);
          assertThat(into.position()).isEqualTo(at + encoded.length);
          var written = new byte[encoded.length];
          into.get(at, written);
          assertThat(written).isEqualTo(encoded);
          assertThatThrownBy(
                  () -> ProxyHeaderEncoder.encode(header, ByteBuffer.allocate(encoded.length - 1)))
              .hasMessageContaining("the room in the buffer");
        });
  }

  @Test
  void aHeaderSplitAnywhereNeedsMoreAndNeverMoreThanIsMissing() {
    SeededCases.check(
        300,
        random -> {
          var encoded = Wire.encode(new RandomHeaders(random).any());
          for (int length = 0; length < encoded.length; length++) {
            var in = Unpooled.wrappedBuffer(encoded, 0, length);
            var decoding = new ProxyHeaderDecoder().decode(in);
            assertThat(decoding).as("after %d bytes", length).isInstanceOf(Decoding.NeedMore.class);
            assertThat(((Decoding.NeedMore) decoding).bytes())
                .isBetween(1, encoded.length - length);
            assertThat(in.readerIndex()).isZero();
          }
        });
  }

  @Test
  void aHeaderInTheMiddleOfABufferReadsLikeOneAtItsStart() {
    SeededCases.check(
        300,
        random -> {
          var header = new RandomHeaders(random).any();
          var before = new byte[random.nextInt(1, 40)];
          var encoded = Wire.encode(header);
          var all = Wire.concat(before, encoded, BEHIND);
          var in = Unpooled.directBuffer(all.length).writeBytes(all).skipBytes(before.length);
          try {
            assertThat(new ProxyHeaderDecoder().decode(in))
                .isEqualTo(new Decoding.Complete(header, encoded.length));
          } finally {
            in.release();
          }
        });
  }

  @Test
  void noBytesAtAllMakeItThrowOrChangeItsMindWithHowTheyCome() {
    SeededCases.check(
        5000,
        random -> {
          var bytes = mutated(Wire.encode(new RandomHeaders(random).any()), random);
          AnyBytes.check(bytes);
        });
  }

  private static byte[] mutated(byte[] bytes, SplittableRandom random) {
    for (int count = random.nextInt(1, 5); count > 0 && bytes.length > 0; count--) {
      // Half of the changes go where the structure is.
      int at = random.nextInt(random.nextBoolean() ? Math.min(bytes.length, 32) : bytes.length);
      bytes =
          switch (random.nextInt(6)) {
            case 0 -> Arrays.copyOf(bytes, at);
            case 1 ->
                Wire.concat(
                    Arrays.copyOf(bytes, at),
                    new byte[] {(byte) random.nextInt()},
                    Arrays.copyOfRange(bytes, at, bytes.length));
            case 2 ->
                Wire.concat(
                    Arrays.copyOf(bytes, at), Arrays.copyOfRange(bytes, at + 1, bytes.length));
            case 3 -> with(bytes, at, (byte) (bytes[at] ^ 1 << random.nextInt(8)));
            case 4 -> with(bytes, at, (byte) "\r\n 0.:f\0".charAt(random.nextInt(8)));
            default -> with(bytes, at, (byte) random.nextInt());
          };
    }
    return bytes;
  }

  private static byte[] with(byte[] bytes, int at, byte value) {
    var copy = bytes.clone();
    copy[at] = value;
    return copy;
  }

  /** The invariants that hold for any input; shared with the fuzz target. */
  static final class AnyBytes {
    private AnyBytes() {}

    static void check(byte[] bytes) {
      var in = Unpooled.wrappedBuffer(bytes);
      switch (new ProxyHeaderDecoder().decode(in)) {
        case Decoding.NeedMore(int missing) -> {
          assertThat(missing).isPositive();
          assertThat(in.readerIndex()).isZero();
        }
        case Decoding.Complete(var header, int length) -> {
          assertThat(in.readerIndex()).isEqualTo(length);
          checkReencodes(header, Arrays.copyOf(bytes, length));
        }
        case Decoding.Rejected rejected -> {
          assertThat(in.readerIndex()).isZero();
          assertThat(rejected.message()).isNotBlank();
          assertThat(firstRejectionByteByByte(bytes)).isEqualTo(rejected.reason());
        }
      }
    }

    private static void checkReencodes(ProxyHeader header, byte[] bytes) {
      var encoded = Wire.encode(header);
      if (header.version() == Version.V2) {
        assertThat(encoded).isEqualTo(bytes);
      } else {
        // An IPv6 address has many texts: compare what they mean.
        assertThat(Wire.header(encoded)).isEqualTo(header);
      }
    }

    private static Rejection firstRejectionByteByByte(byte[] bytes) {
      for (int length = 0; length <= bytes.length; length++) {
        var in = Unpooled.wrappedBuffer(bytes, 0, length);
        switch (new ProxyHeaderDecoder().decode(in)) {
          case Decoding.Rejected rejected -> {
            return rejected.reason();
          }
          case Decoding.Complete complete ->
              throw new AssertionError("complete after " + length + " bytes: " + complete);
          case Decoding.NeedMore more -> {}
        }
      }
      throw new AssertionError("never refused byte by byte");
    }
  }
}
