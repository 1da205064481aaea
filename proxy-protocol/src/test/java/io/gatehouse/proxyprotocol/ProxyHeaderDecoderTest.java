package io.gatehouse.proxyprotocol;

import static io.gatehouse.proxyprotocol.Wire.TCP4;
import static io.gatehouse.proxyprotocol.Wire.TCP4_ADDRESSES;
import static io.gatehouse.proxyprotocol.Wire.header;
import static io.gatehouse.proxyprotocol.Wire.hex;
import static io.gatehouse.proxyprotocol.Wire.rejection;
import static io.gatehouse.proxyprotocol.Wire.text;
import static io.gatehouse.proxyprotocol.Wire.v2;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatehouse.proxyprotocol.ProxyHeader.Local;
import io.gatehouse.proxyprotocol.ProxyHeader.Protocol;
import io.gatehouse.proxyprotocol.ProxyHeader.Proxied;
import io.gatehouse.proxyprotocol.ProxyHeader.Version;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProxyHeaderDecoderTest {
  private static final InetSocketAddress CLIENT = new InetSocketAddress("192.0.2.7", 55555);
  private static final InetSocketAddress SERVER = new InetSocketAddress("198.51.100.2", 443);

  @Test
  void readsTheAddressesOfATcpConnection() {
    assertThat(header(v2(TCP4, TCP4_ADDRESSES))).isEqualTo(ProxyHeader.tcp(CLIENT, SERVER));
  }

  @Test
  void readsADatagramOverIpv6() {
    var bytes =
        v2("21 22", "20010db8000000000000000000000001 20010db8000000000000000000000002 0001 ffff");
    assertThat(header(bytes))
        .isEqualTo(
            new Proxied(
                Version.V2,
                Protocol.DGRAM,
                new Addresses.Inet(
                    new InetSocketAddress("2001:db8::1", 1),
                    new InetSocketAddress("2001:db8::2", 65535)),
                List.of()));
  }

  @Test
  void givesTheIpv4AddressBehindAMappedOneAndStillReencodesTheMappedOne() {
    var bytes =
        v2("21 21", "00000000000000000000ffffc0000207 00000000000000000000ffffc6336402 d903 01bb");
    var header = header(bytes);
    assertThat(header.client()).contains(CLIENT);
    assertThat(Wire.encode(header)).isEqualTo(bytes);
  }

  @Test
  void keepsAbstractUnixNames() {
    var name = "00" + "61".repeat(5);
    var bytes = v2("21 31", name + "00".repeat(102) + "2f72756e" + "00".repeat(104));
    var unix = (Addresses.Unix) ((Proxied) header(bytes)).addresses();
    assertThat(unix.source()).isEqualTo(ByteString.of(hex(name)));
    assertThat(unix.destination()).isEqualTo(ByteString.utf8("/run"));
    assertThat(header(bytes).client()).isEmpty();
  }

  @Test
  void leavesTheConnectionsOwnAddressesWhereTheSenderDoesNotSay() {
    var header = header(v2("21 00", "02 0001 61"));
    assertThat(header)
        .isEqualTo(
            new Proxied(
                Version.V2,
                Protocol.STREAM,
                new Addresses.Unspecified(),
                List.of(new Tlv.Authority("a"))));
    assertThat(header.client()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "00, NOT_A_PROXY_HEADER",
    "16030100, NOT_A_PROXY_HEADER",
    "0d0a0d0b, NOT_A_PROXY_HEADER",
    "0d0a0d0a000d0a515549540a 11, UNSUPPORTED_VERSION",
    "0d0a0d0a000d0a515549540a 31, UNSUPPORTED_VERSION",
    "0d0a0d0a000d0a515549540a 22, BAD_COMMAND",
    "0d0a0d0a000d0a515549540a 2f, BAD_COMMAND",
    "0d0a0d0a000d0a515549540a 21 01, BAD_FAMILY",
    "0d0a0d0a000d0a515549540a 21 10, BAD_FAMILY",
    "0d0a0d0a000d0a515549540a 21 13, BAD_FAMILY",
    "0d0a0d0a000d0a515549540a 21 41, BAD_FAMILY",
    "0d0a0d0a000d0a515549540a 21 11 000b, TOO_SHORT",
    "0d0a0d0a000d0a515549540a 21 21 0023, TOO_SHORT",
    "0d0a0d0a000d0a515549540a 21 31 00d7, TOO_SHORT",
    "0d0a0d0a000d0a515549540a 21 11 0ff1, TOO_LONG",
    "0d0a0d0a000d0a515549540a 20 00 ffff, TOO_LONG",
  })
  void refusesAtTheFirstByteThatIsWrong(String hex, Rejection reason) {
    var bytes = hex(hex);
    assertThat(rejection(bytes)).isEqualTo(reason);
    var before = Arrays.copyOf(bytes, bytes.length - 1);
    if (before.length > 0 && reason != Rejection.NOT_A_PROXY_HEADER) {
      assertThat(Wire.decode(before)).isInstanceOf(Decoding.NeedMore.class);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "02 00 | no room for type and length",
        "02 0002 61 | ends at 33",
        "03 0003 000000 | CRC32C TLV of 3 bytes",
        "03 0005 0000000000 | CRC32C TLV of 5 bytes",
        "20 0004 01000000 | SSL TLV of 4 bytes",
        "20 0006 0100000000 21 | SSL sub-TLV",
        "20 0008 0100000000 21 0001 | ends at 40",
      })
  void refusesTlvsThatBreakTheirRules(String tlv, String message) {
    var decoding = Wire.decode(v2(TCP4, TCP4_ADDRESSES + tlv));
    assertThat(decoding).isInstanceOf(Decoding.Rejected.class);
    assertThat(((Decoding.Rejected) decoding).reason()).isEqualTo(Rejection.BAD_TLV);
    assertThat(((Decoding.Rejected) decoding).message()).contains(message);
  }

  @Test
  void refusesAUniqueIdOfMoreThan128Bytes() {
    assertThat(rejection(v2(TCP4, TCP4_ADDRESSES + "05 0081" + "00".repeat(129))))
        .isEqualTo(Rejection.BAD_TLV);
    assertThat(
            header(v2(TCP4, TCP4_ADDRESSES + "05 0080" + "00".repeat(128)))
                .first(Tlv.UniqueId.class))
        .isPresent();
  }

  @Test
  void acceptsAHeaderWhoseChecksumIsRightWhereverItStands() {
    var last = v2(TCP4, TCP4_ADDRESSES + "02 0001 61" + "03 0004 00000000");
    var first = v2(TCP4, TCP4_ADDRESSES + "03 0004 00000000" + "02 0001 61");
    assertThat(header(Wire.withChecksumAt(last.length - 4, last)).tlvs())
        .containsExactly(new Tlv.Authority("a"), new Tlv.Crc32c());
    assertThat(header(Wire.withChecksumAt(31, first)).tlvs())
        .containsExactly(new Tlv.Crc32c(), new Tlv.Authority("a"));
  }

  @Test
  void refusesAHeaderWhoseChecksumIsWrong() {
    var header = v2(TCP4, TCP4_ADDRESSES + "03 0004 00000000" + "02 0001 61");
    var right = Wire.withChecksumAt(31, header);
    for (int at = 16; at < right.length; at++) {
      if (at == 28) {
        continue; // the type of the checksum itself: without it there is none to be wrong
      }
      // Damage in the head of a TLV may already be refused as such.
      boolean structure = (at >= 28 && at < 31) || (at >= 35 && at < 38);
      var damaged = right.clone();
      damaged[at] ^= 0x40;
      assertThat(rejection(damaged))
          .as("byte %d", at)
          .isIn(Rejection.BAD_CHECKSUM, structure ? Rejection.BAD_TLV : Rejection.BAD_CHECKSUM);
    }
  }

  @Test
  void refusesASecondChecksum() {
    var bytes = v2(TCP4, TCP4_ADDRESSES + "03 0004 00000000" + "03 0004 00000000");
    assertThat(rejection(Wire.withChecksumAt(31, bytes))).isEqualTo(Rejection.BAD_TLV);
  }

  @Test
  void readsWhatTheSenderKnowsOfTls() {
    var bytes =
        v2(
            TCP4,
            TCP4_ADDRESSES + "20 0017 07 00000000 21 0007 544c5376312e33 22 0002 636e 40 0000");
    var ssl = header(bytes).first(Tlv.Ssl.class).orElseThrow();
    assertThat(ssl.overTls()).isTrue();
    assertThat(ssl.clientCertificateVerified()).isTrue();
    assertThat(ssl.first(SslTlv.Version.class))
        .contains(new SslTlv.Version(ByteString.utf8("TLSv1.3")));
    assertThat(ssl.tlvs()).endsWith(new SslTlv.Unknown(0x40, ByteString.EMPTY));
    assertThat(Wire.encode(header(bytes))).isEqualTo(bytes);
  }

  @Test
  void readsOnlyTheVersionsItWasToldTo() {
    var v1 = text("PROXY TCP4 192.0.2.7 198.51.100.2 55555 443\r\n");
    var v2 = v2(TCP4, TCP4_ADDRESSES);
    var onlyV1 = new ProxyHeaderDecoder(EnumSet.of(Version.V1), 4096);
    var onlyV2 = new ProxyHeaderDecoder(EnumSet.of(Version.V2), 4096);
    assertThat(Wire.decode(onlyV1, v1)).isInstanceOf(Decoding.Complete.class);
    assertThat(Wire.decode(onlyV2, v2)).isInstanceOf(Decoding.Complete.class);
    assertThat(Wire.decode(onlyV1, v2)).isInstanceOf(Decoding.Rejected.class);
    assertThat(Wire.decode(onlyV2, v1)).isInstanceOf(Decoding.Rejected.class);
  }

  @Test
  void takesAHeaderOfExactlyTheLimit() {
    var atLimit = v2(TCP4, TCP4_ADDRESSES + "04 0fe1" + "00".repeat(0xfe1));
    assertThat(atLimit).hasSize(4096);
    assertThat(Wire.decode(atLimit)).isInstanceOf(Decoding.Complete.class);
    assertThat(Wire.decode(new ProxyHeaderDecoder(EnumSet.of(Version.V2), 4095), atLimit))
        .isEqualTo(
            new Decoding.Rejected(Rejection.TOO_LONG, "header of 4096 bytes (expected: <= 4095)"));
  }

  @Test
  void refusesALimitThatSomeAddressesWouldNotFit() {
    assertThatThrownBy(() -> new ProxyHeaderDecoder(EnumSet.of(Version.V2), 231))
        .hasMessage("maxHeaderBytes: 231 (expected: >= 232)");
    assertThatThrownBy(() -> new ProxyHeaderDecoder(EnumSet.noneOf(Version.class), 4096))
        .hasMessageContaining("accepted versions: none");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "TCP4 192.0.2.7 198.51.100.2 55555 443",
        "TCP6 2001:db8::7 2001:db8:0:0:0:0:0:2 55555 443",
        "TCP6 2001:DB8::7 2001:0db8::2 55555 443",
        "TCP6 ::ffff:192.0.2.7 :: 0 65535",
        "TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535"
            + " 65535",
      })
  void readsAVersion1Line(String line) {
    assertThat(header(text("PROXY " + line + "\r\n")).client()).isPresent();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "PROXY TCP4 192.0.2.7 198.51.100.2 055 443 | BAD_PORT",
        "PROXY TCP4 192.0.2.7 198.51.100.2 00 443 | BAD_PORT",
        "PROXY TCP4 192.0.2.7 198.51.100.2 65536 443 | BAD_PORT",
        "PROXY TCP4 192.0.2.7 198.51.100.2 -1 443 | BAD_PORT",
        "PROXY TCP4 192.0.2.7 198.51.100.2 +1 443 | BAD_PORT",
        "PROXY TCP4 192.0.2.7 198.51.100.2 1 4430000 | BAD_PORT",
        "PROXY TCP4 192.0.2.07 198.51.100.2 1 443 | BAD_ADDRESS",
        "PROXY TCP4 192.0.2 198.51.100.2 1 443 | BAD_ADDRESS",
        "PROXY TCP4 3221225991 198.51.100.2 1 443 | BAD_ADDRESS",
        "PROXY TCP4 192.0.2.256 198.51.100.2 1 443 | BAD_ADDRESS",
        "PROXY TCP4 2001:db8::1 198.51.100.2 1 443 | BAD_ADDRESS",
        "PROXY TCP4 localhost 198.51.100.2 1 443 | BAD_ADDRESS",
        "PROXY TCP6 192.0.2.7 198.51.100.2 1 443 | BAD_ADDRESS",
        "PROXY TCP6 fe80::1%eth0 ::1 1 443 | BAD_ADDRESS",
        "PROXY TCP6 [::1] ::1 1 443 | BAD_ADDRESS",
        "PROXY TCP6 1::2::3 ::1 1 443 | BAD_ADDRESS",
        "PROXY TCP6 1:2:3:4:5:6:7:8:9 ::1 1 443 | BAD_ADDRESS",
        "PROXY TCP6 1:2:3:4::5:6:7:8 ::1 1 443 | BAD_ADDRESS",
        "PROXY TCP6 ::12345 ::1 1 443 | BAD_ADDRESS",
        "PROXY TCP6 1.2.3.4:: ::1 1 443 | BAD_ADDRESS",
        "PROXY TCP6 ::: ::1 1 443 | BAD_ADDRESS",
        "PROXY TCP5 192.0.2.7 198.51.100.2 1 443 | BAD_FAMILY",
        "PROXY UDP4 192.0.2.7 198.51.100.2 1 443 | BAD_FAMILY",
        "PROXY tcp4 192.0.2.7 198.51.100.2 1 443 | BAD_FAMILY",
        "PROXY UNKNOWNS | BAD_FAMILY",
        "PROXY TCP4 192.0.2.7 198.51.100.2 1 | V1_BAD_FIELDS",
        "PROXY TCP4 192.0.2.7 198.51.100.2 1 443 5 | V1_BAD_FIELDS",
        "PROXY TCP4  192.0.2.7 198.51.100.2 1 443 | BAD_ADDRESS",
        "PROXIES | NOT_A_PROXY_HEADER",
        "POST / HTTP/1.1 | NOT_A_PROXY_HEADER",
      })
  void refusesAVersion1LineThatIsNotToTheLetter(String line, Rejection reason) {
    assertThat(rejection(text(line + "\r\n"))).isEqualTo(reason);
  }

  @Test
  void refusesABareCrOrLfInAVersion1Line() {
    var line = "PROXY TCP4 192.0.2.7 198.51.100.2 55555 443";
    assertThat(rejection(text(line + "\n"))).isEqualTo(Rejection.V1_BARE_CR_OR_LF);
    assertThat(rejection(text(line + "\rX"))).isEqualTo(Rejection.V1_BARE_CR_OR_LF);
    assertThat(rejection(text("PROXY UNKNOWN a\nb\r\n"))).isEqualTo(Rejection.V1_BARE_CR_OR_LF);
    assertThat(Wire.decode(text(line + "\r"))).isEqualTo(new Decoding.NeedMore(1));
  }

  @Test
  void takesAVersion1LineOf107BytesAndRefusesALongerOne() {
    var longest = "PROXY UNKNOWN " + "x".repeat(91);
    assertThat(header(text(longest + "\r\n")))
        .isEqualTo(new Local(Version.V1, 0, ByteString.utf8(longest.substring(13)), List.of()));
    assertThat(rejection(text(longest + "x\r\n"))).isEqualTo(Rejection.V1_LINE_TOO_LONG);
    assertThat(rejection(text(longest + "x"))).isEqualTo(Rejection.V1_LINE_TOO_LONG);
    assertThat(Wire.decode(text(longest))).isEqualTo(new Decoding.NeedMore(1));
  }
}
