package io.gatehouse.proxyprotocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.proxyprotocol.ProxyHeader.Version;
import io.gatehouse.testkit.peer.Peer;
import io.gatehouse.testkit.peer.PeerProgram;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real HAProxy sends headers, and our decoder reads them from the socket behind it. */
@Timeout(60)
class HaproxySendsTest {
  private static final String DEFAULTS =
      """
      defaults
        mode tcp
        timeout client 5s
        timeout server 5s
        timeout connect 1s
        unique-id-format gatehouse-%ci-%cp
      """;

  @TempDir Path directory;

  @Test
  void version1AndVersion2NameTheClientOverIpv4() throws Exception {
    try (var behind = new HeaderServer();
        var haproxy =
            Peer.haproxy(
                DEFAULTS
                    + """
                    listen v1
                      bind 127.0.0.1:${port:v1}
                      server s 127.0.0.1:%1$d send-proxy
                    listen v2
                      bind 127.0.0.1:${port:v2}
                      server s 127.0.0.1:%1$d send-proxy-v2 proxy-v2-options crc32c,unique-id
                    """
                        .formatted(behind.port()))) {
      assertNamesTheClient(behind, haproxy.address("v1"), Version.V1);
      var v2 = assertNamesTheClient(behind, haproxy.address("v2"), Version.V2);
      assertThat(v2.first(Tlv.Crc32c.class)).isPresent();
      assertThat(v2.first(Tlv.UniqueId.class).orElseThrow().value())
          .isEqualTo(ByteString.utf8("gatehouse-127.0.0.1-" + v2.client().orElseThrow().getPort()));
    }
  }

  @Test
  void version1AndVersion2NameTheClientOverIpv6() throws Exception {
    Ipv6.assumeLoopback();
    try (var behind = new HeaderServer();
        var haproxy =
            Peer.haproxy(
                DEFAULTS
                    + """
                    listen ready
                      bind 127.0.0.1:${port:ready}
                      server s 127.0.0.1:%1$d
                    listen v1
                      bind [::1]:${udp:v1}
                      server s 127.0.0.1:%1$d send-proxy
                    listen v2
                      bind [::1]:${udp:v2}
                      server s 127.0.0.1:%1$d send-proxy-v2 proxy-v2-options crc32c
                    """
                        .formatted(behind.port()))) {
      for (var version : Version.values()) {
        var front =
            new InetSocketAddress("::1", haproxy.port(version.name().toLowerCase(Locale.ROOT)));
        assertNamesTheClient(behind, front, version);
      }
    }
  }

  private static ProxyHeader assertNamesTheClient(
      HeaderServer behind, InetSocketAddress front, Version version) throws Exception {
    try (var client = new Socket(front.getAddress(), front.getPort())) {
      var header = behind.headerOf(client);
      assertThat(header.version()).isEqualTo(version);
      assertThat(header.client()).contains((InetSocketAddress) client.getLocalSocketAddress());
      var addresses = ((ProxyHeader.Proxied) header).addresses();
      assertThat(((Addresses.Inet) addresses).destination()).isEqualTo(front);
      return header;
    }
  }

  @Test
  void theTlvsOfARealTlsSessionWithAClientCertificate() throws Exception {
    var identity = TestIdentity.create(directory, "front.test");
    try (var behind = new HeaderServer();
        // The certificate lies outside the peer's own directory, where only a local one sees it.
        var haproxy =
            Peer.start(
                PeerProgram.HAPROXY,
                DEFAULTS
                    + """
                    listen tls
                      bind 127.0.0.1:${port:tls} ssl crt %1$s ca-file %2$s verify optional
                      server s 127.0.0.1:%3$d send-proxy-v2 proxy-v2-options \
                    ssl,cert-cn,ssl-cipher,cert-sig,cert-key,crc32c,unique-id,authority
                    """
                        .formatted(
                            identity.keyAndCertificate(), identity.certificate(), behind.port()),
                Peer.Way.LOCAL);
        var client = connectTls(identity, haproxy.address("tls"))) {
      client.startHandshake();
      var header = behind.headerOf(client);

      assertThat(header.client()).contains((InetSocketAddress) client.getLocalSocketAddress());
      assertThat(header.first(Tlv.Crc32c.class)).isPresent();
      assertThat(header.first(Tlv.Authority.class)).contains(new Tlv.Authority("front.test"));
      assertThat(header.first(Tlv.UniqueId.class)).isPresent();
      var ssl = header.first(Tlv.Ssl.class).orElseThrow();
      assertThat(ssl.overTls()).isTrue();
      assertThat(ssl.clientCertificateVerified()).isTrue();
      var session = client.getSession();
      assertThat(text(ssl, SslTlv.Version.class)).isEqualTo(session.getProtocol());
      assertThat(text(ssl, SslTlv.Cipher.class)).isEqualTo(session.getCipherSuite());
      assertThat(text(ssl, SslTlv.CommonName.class)).isEqualTo("front.test");
      assertThat(text(ssl, SslTlv.KeyAlgorithm.class)).isEqualTo("EC256");
      assertThat(text(ssl, SslTlv.SignatureAlgorithm.class)).containsIgnoringCase("ecdsa");
    }
  }

  private static SSLSocket connectTls(TestIdentity identity, InetSocketAddress front)
      throws Exception {
    var socket =
        (SSLSocket)
            identity.context().getSocketFactory().createSocket(front.getAddress(), front.getPort());
    var parameters = socket.getSSLParameters();
    parameters.setServerNames(List.of(new SNIHostName("front.test")));
    socket.setSSLParameters(parameters);
    return socket;
  }

  private static String text(Tlv.Ssl ssl, Class<? extends SslTlv> kind) {
    return ssl.first(kind).orElseThrow().value().asUtf8().orElseThrow();
  }

  @Test
  void aHealthCheckIsALocalHeader() throws Exception {
    try (var behind = new HeaderServer();
        var haproxy =
            Peer.haproxy(
                DEFAULTS
                    + """
                    listen front
                      bind 127.0.0.1:${port:front}
                      server s 127.0.0.1:%d send-proxy-v2 check inter 100ms
                    """
                        .formatted(behind.port()))) {
      assertThat(haproxy.isRunning()).isTrue();
      assertThat(behind.nextHeader(header -> header instanceof ProxyHeader.Local))
          .isEqualTo(ProxyHeader.local());
    }
  }
}
