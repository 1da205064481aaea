package io.gatehouse.proxyprotocol;

import static io.gatehouse.proxyprotocol.Wire.TCP4;
import static io.gatehouse.proxyprotocol.Wire.TCP4_ADDRESSES;
import static io.gatehouse.proxyprotocol.Wire.header;
import static io.gatehouse.proxyprotocol.Wire.hex;
import static io.gatehouse.proxyprotocol.Wire.rejection;
import static io.gatehouse.proxyprotocol.Wire.v2;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import java.net.InetSocketAddress;
import java.util.Collections;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What other implementations got wrong, each with its report. */
class KnownBugsOfOthersTest {

  /** Envoy CVE-2024-23327: a LOCAL header, as health probes send it, crashed the proxy. */
  @Test
  void aLocalHeaderNamesNoClientWhateverItHolds() {
    for (int family = 0; family <= 0xff; family++) {
      var command = "20 %02x".formatted(family);
      assertThat(header(v2(command, "")).client()).isEmpty();
      assertThat(header(v2(command, "ffffff")).client()).isEmpty();
      assertThat(header(v2(command, TCP4_ADDRESSES)).client()).isEmpty();
      assertThat(Wire.encode(header(v2(command, TCP4_ADDRESSES))))
          .isEqualTo(v2(command, TCP4_ADDRESSES));
    }
  }

  /** Envoy CVE-2024-23325: an address family the host does not support crashed the proxy. */
  @ParameterizedTest
  @ValueSource(strings = {"2101", "2102", "2110", "211f", "2140", "2141", "21f1", "21ff"})
  void anUndefinedFamilyIsRefused(String command) {
    assertThat(rejection(v2(command, "00".repeat(216)))).isEqualTo(Rejection.BAD_FAMILY);
  }

  /** Envoy CVE-2024-23324: a TLV that is not UTF-8 was taken for text. */
  @Test
  void aTlvThatIsNotUtf8KeepsItsBytesAndHasNoText() {
    var value = ByteString.of(hex("80 ff c328 e28228"));
    var authority =
        header(v2(TCP4, TCP4_ADDRESSES + "02 0007 80ffc328e28228"))
            .first(Tlv.Authority.class)
            .orElseThrow();
    assertThat(authority.value()).isEqualTo(value);
    assertThat(authority.value().asUtf8()).isEmpty();
  }

  /**
   * Envoy CVE-2026-47692: TLVs left out of the header were still counted, or the other way round,
   * and bytes spilt into the stream.
   */
  @Test
  void theLengthFieldIsThatOfWhatIsWritten() {
    var full =
        ProxyHeader.tcp(
            new InetSocketAddress("192.0.2.7", 1),
            new InetSocketAddress("192.0.2.8", 2),
            new Tlv.Noop(ByteString.EMPTY),
            new Tlv.Authority("a"),
            new Tlv.Crc32c(),
            new Tlv.Other(0xea, ByteString.of(new byte[300])));
    for (int keep = 0; keep <= full.tlvs().size(); keep++) {
      var encoded = Wire.encode(full.withTlvs(full.tlvs().subList(0, keep)));
      assertThat(Unpooled.wrappedBuffer(encoded).getUnsignedShort(14))
          .isEqualTo(encoded.length - 16);
      assertThat(header(encoded).tlvs()).hasSize(keep);
    }
  }

  /** The encoder of Netty writes a length of 65536 as 0, and everything spills. */
  @Test
  void aHeaderThatItsLengthFieldCannotNameIsNotWritten() {
    var header =
        ProxyHeader.local(
            new Tlv.Noop(ByteString.of(new byte[40_000])),
            new Tlv.Noop(ByteString.of(new byte[40_000])));
    assertThatThrownBy(() -> Wire.encode(header))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("PROXY header: 80006 bytes of addresses and TLVs (expected: <= 65535)");
    assertThatThrownBy(() -> new Tlv.Noop(ByteString.of(new byte[65_536])))
        .hasMessage("TLV value: 65536 bytes (expected: <= 65535)");
    var largest = ProxyHeader.local(new Tlv.Noop(ByteString.of(new byte[65_532])));
    assertThat(Wire.encode(largest)).hasSize(16 + 65_535);
  }

  /**
   * go-proxyproto CVE-2021-23409: no limit on what a peer may send before the end of the header.
   */
  @Test
  void whatIsAnnouncedBeyondTheLimitIsRefusedBeforeItComes() {
    assertThat(rejection(hex(Wire.SIGNATURE + "2111 ffff"))).isEqualTo(Rejection.TOO_LONG);
    assertThat(rejection(Wire.text("PROXY UNKNOWN" + " ".repeat(94))))
        .isEqualTo(Rejection.V1_LINE_TOO_LONG);
  }

  /** HAProxy issue 3489: a TLV was cut at its first NUL. */
  @Test
  void aNulInATlvIsAByteLikeAnyOther() {
    var bytes = v2(TCP4, TCP4_ADDRESSES + "02 0005 6100620000" + "01 0003 006832");
    assertThat(header(bytes).first(Tlv.Authority.class).orElseThrow().value())
        .isEqualTo(ByteString.utf8("a\0b\0\0"));
    assertThat(Wire.encode(header(bytes))).isEqualTo(bytes);
  }

  /** Envoy issue 42075: of TLVs of one type only one was kept. */
  @Test
  void duplicateTlvsAreKeptInTheirOrder() {
    var bytes = v2(TCP4, TCP4_ADDRESSES + "e1 0001 61" + "02 0001 61" + "e1 0001 62".repeat(2));
    assertThat(header(bytes).tlvs())
        .containsExactly(
            new Tlv.Other(0xe1, ByteString.utf8("a")),
            new Tlv.Authority("a"),
            new Tlv.Other(0xe1, ByteString.utf8("b")),
            new Tlv.Other(0xe1, ByteString.utf8("b")));
    assertThat(Wire.encode(header(bytes))).isEqualTo(bytes);
  }

  /** The decoder of Netty loses an empty TLV at the end of the header. */
  @Test
  void anEmptyTlvAtTheEndIsKept() {
    var bytes = v2(TCP4, TCP4_ADDRESSES + "04 0000");
    assertThat(header(bytes).tlvs())
        .isEqualTo(Collections.singletonList(new Tlv.Noop(ByteString.EMPTY)));
  }
}
