package io.gatehouse.proxyprotocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.proxyprotocol.ProxyHeader.Protocol;
import io.gatehouse.proxyprotocol.ProxyHeader.Proxied;
import io.gatehouse.proxyprotocol.ProxyHeader.Version;
import io.gatehouse.testkit.peer.Peer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A real HAProxy reads our headers and answers what it made of them. */
@Timeout(60)
class HaproxyAcceptsTest {
  private static final String REQUEST = "GET / HTTP/1.0\r\n\r\n";

  private static Peer haproxy;

  @BeforeAll
  static void start() {
    haproxy =
        Peer.haproxy(
            """
            defaults
              mode http
              timeout client 5s
              timeout server 5s
              timeout connect 1s
            frontend seen
              bind 127.0.0.1:${port:seen} accept-proxy
              http-request return status 200 content-type text/plain lf-string \
            "%[src] %[src_port] %[dst] %[dst_port] %[fc_pp_authority,hex] %[fc_pp_unique_id,hex]."
            """);
  }

  @AfterAll
  static void stop() {
    if (haproxy != null) {
      haproxy.close();
    }
  }

  @Test
  void version1OverIpv4AndIpv6() throws Exception {
    for (var address : List.of("192.0.2.7", "2001:db8::7")) {
      var header =
          new Proxied(
              Version.V1,
              Protocol.STREAM,
              new Addresses.Inet(
                  new InetSocketAddress(address, 55555), new InetSocketAddress(address, 443)),
              List.of());
      assertThat(seen(Wire.encode(header))).isEqualTo(address + " 55555 " + address + " 443  .");
    }
  }

  @Test
  void version2WithEveryKindOfTlv() throws Exception {
    var header =
        ProxyHeader.tcp(
            new InetSocketAddress("192.0.2.7", 55555),
            new InetSocketAddress("198.51.100.2", 443),
            new Tlv.Alpn(ByteString.utf8("h2")),
            new Tlv.Noop(ByteString.of(new byte[3])),
            new Tlv.Authority("shop.example"),
            new Tlv.Crc32c(),
            new Tlv.UniqueId(ByteString.of(Wire.hex("00ff10"))),
            new Tlv.Ssl(
                Tlv.Ssl.CLIENT_SSL, 1, List.of(new SslTlv.Version(ByteString.utf8("TLSv1.3")))),
            new Tlv.Netns(ByteString.utf8("front")),
            new Tlv.Other(0xea, ByteString.utf8("\u0001vpce-1")));
    assertThat(seen(Wire.encode(header)))
        .isEqualTo("192.0.2.7 55555 198.51.100.2 443 " + hex("shop.example") + " 00FF10.");
  }

  @Test
  void version2OverIpv6SignedByTheCluster() throws Exception {
    var header =
        ProxyHeader.tcp(
            new InetSocketAddress("2001:db8::7", 1),
            new InetSocketAddress("2001:db8::2", 65535),
            new Tlv.UniqueId(ByteString.utf8("c-1")),
            new Tlv.Crc32c());
    var signed = new SignedOrigin(List.of(new byte[32]), 0).sign(header, 0);
    assertThat(seen(Wire.encode(signed)))
        .isEqualTo("2001:db8::7 1 2001:db8::2 65535  " + hex("c-1") + ".");
  }

  @Test
  void theConnectionsOwnAddressesCountWhereWeNameNone() throws Exception {
    var unknown = new ProxyHeader.Local(Version.V1, 0, ByteString.EMPTY, List.of());
    // PROXY with unspecified addresses is left out: HAProxy makes use of its freedom to refuse it.
    for (var header : List.of(ProxyHeader.local(new Tlv.Crc32c()), unknown)) {
      assertThat(seen(Wire.encode(header)))
          .as("%s", header)
          .startsWith("127.0.0.1 ")
          .contains(" 127.0.0.1 " + haproxy.port("seen"));
    }
  }

  @Test
  void aChecksumThatIsNotOursIsRefusedThereToo() throws Exception {
    var header =
        ProxyHeader.tcp(
            new InetSocketAddress("192.0.2.7", 55555),
            new InetSocketAddress("198.51.100.2", 443),
            new Tlv.Crc32c());
    var bytes = Wire.encode(header);
    bytes[bytes.length - 1] ^= 1;
    assertThat(answer(bytes)).isEmpty();
  }

  private static String seen(byte[] header) throws IOException {
    var answer = answer(header);
    assertThat(answer).startsWith("HTTP/1.").contains(" 200 ");
    return answer.substring(answer.indexOf("\r\n\r\n") + 4).strip();
  }

  private static String answer(byte[] header) throws IOException {
    var front = haproxy.address("seen");
    try (var socket = new Socket(front.getAddress(), front.getPort())) {
      socket.setSoTimeout(10_000);
      socket.getOutputStream().write(Wire.concat(header, Wire.text(REQUEST)));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (SocketException e) {
      return ""; // reset: it closed with our request unread
    }
  }

  private static String hex(String text) {
    return HexFormat.of().withUpperCase().formatHex(text.getBytes(StandardCharsets.UTF_8));
  }
}
