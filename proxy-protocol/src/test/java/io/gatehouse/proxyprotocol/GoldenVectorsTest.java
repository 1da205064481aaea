package io.gatehouse.proxyprotocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.proxyprotocol.ProxyHeader.Protocol;
import io.gatehouse.proxyprotocol.ProxyHeader.Proxied;
import io.gatehouse.proxyprotocol.ProxyHeader.Version;
import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Headers as HAProxy 2.6.12 wrote them, taken from the socket of the server behind it. The lines
 * that made each stand above it; clients connected from 127.0.0.7 or ::1 with ports 40001 to 40004,
 * the one over TLS 1.3 with a certificate whose key is ECDSA P-256.
 */
class GoldenVectorsTest {
  private static final InetSocketAddress CLIENT = new InetSocketAddress("127.0.0.7", 40002);
  private static final InetSocketAddress FRONT = new InetSocketAddress("127.0.0.9", 18082);

  /** {@code bind 127.0.0.9:18081}, {@code server s 127.0.0.1:18090 send-proxy}. */
  @Test
  void version1OverIpv4() {
    assertGolden(
        Wire.text("PROXY TCP4 127.0.0.7 127.0.0.9 40001 18081\r\n"),
        new Proxied(
            Version.V1,
            Protocol.STREAM,
            new Addresses.Inet(
                new InetSocketAddress("127.0.0.7", 40001),
                new InetSocketAddress("127.0.0.9", 18081)),
            List.of()));
  }

  /** {@code bind [::1]:18083}, {@code server s 127.0.0.1:18090 send-proxy}. */
  @Test
  void version1OverIpv6() {
    assertGolden(
        Wire.text("PROXY TCP6 ::1 ::1 40003 18083\r\n"),
        new Proxied(
            Version.V1,
            Protocol.STREAM,
            new Addresses.Inet(
                new InetSocketAddress("::1", 40003), new InetSocketAddress("::1", 18083)),
            List.of()));
  }

  /**
   * {@code bind 127.0.0.9:18082 ssl crt … ca-file … verify optional}, {@code unique-id-format
   * gatehouse-%ci-%cp}, {@code server s 127.0.0.1:18090 send-proxy-v2 proxy-v2-options
   * ssl,cert-cn,ssl-cipher,cert-sig,cert-key,crc32c,unique-id,authority}.
   */
  @Test
  void version2WithAllThatIsKnownOfTls() {
    assertGolden(
        Wire.hex(
            """
            0d0a0d0a000d0a515549540a 21 11 0090 7f000007 7f000009 9c42 46a2
            03 0004 639d102a
            02 000a 66726f6e742e74657374
            05 0019 67617465686f7573652d3132372e302e302e372d3430303032
            20 0051 07 00000000
              21 0007 544c5376312e33
              22 000a 66726f6e742e74657374
              25 0005 4543323536
              24 0011 65636473612d776974682d534841323536
              23 0016 544c535f4145535f3235365f47434d5f534841333834
            """),
        ProxyHeader.tcp(
            CLIENT,
            FRONT,
            new Tlv.Crc32c(),
            new Tlv.Authority("front.test"),
            new Tlv.UniqueId(ByteString.utf8("gatehouse-127.0.0.7-40002")),
            new Tlv.Ssl(
                Tlv.Ssl.CLIENT_SSL | Tlv.Ssl.CLIENT_CERT_CONN | Tlv.Ssl.CLIENT_CERT_SESS,
                0,
                List.of(
                    new SslTlv.Version(ByteString.utf8("TLSv1.3")),
                    new SslTlv.CommonName(ByteString.utf8("front.test")),
                    new SslTlv.KeyAlgorithm(ByteString.utf8("EC256")),
                    new SslTlv.SignatureAlgorithm(ByteString.utf8("ecdsa-with-SHA256")),
                    new SslTlv.Cipher(ByteString.utf8("TLS_AES_256_GCM_SHA384"))))));
  }

  /** {@code bind [::1]:18084}, {@code … send-proxy-v2 proxy-v2-options crc32c}. */
  @Test
  void version2OverIpv6WithAChecksum() {
    assertGolden(
        Wire.hex(
            """
            0d0a0d0a000d0a515549540a 21 21 002b
            00000000000000000000000000000001 00000000000000000000000000000001 9c44 46a4
            03 0004 5bf99e13
            """),
        ProxyHeader.tcp(
            new InetSocketAddress("::1", 40004),
            new InetSocketAddress("::1", 18084),
            new Tlv.Crc32c()));
  }

  /** {@code server s 127.0.0.1:18090 send-proxy-v2 check}: what its health check opens with. */
  @Test
  void version2OfAHealthCheck() {
    assertGolden(Wire.hex("0d0a0d0a000d0a515549540a 20 00 0000"), ProxyHeader.local());
  }

  private static void assertGolden(byte[] bytes, ProxyHeader header) {
    assertThat(Wire.header(bytes)).isEqualTo(header);
    assertThat(Wire.encode(header)).isEqualTo(bytes);
  }
}
