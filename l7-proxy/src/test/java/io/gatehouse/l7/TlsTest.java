package io.gatehouse.l7;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatehouse.l7.RejectedConnection.Reason;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** TLS termination, with the JDK's own TLS as the client. */
class TlsTest {
  private final TestCertificates certificates;

  TlsTest(@TempDir Path directory) {
    this.certificates = new TestCertificates(directory);
  }

  private TierFixture secured(TierFixture fixture) throws Exception {
    fixture.tls =
        new ListenerConfig.Tls(
            List.of(
                certificates.make("default", "default.test"),
                certificates.make("exact", "www.example.test"),
                certificates.make("wild", "*.example.test")),
            MILLISECONDS.toNanos(400));
    fixture.backend(RawBackend.answering(request -> RawBackend.ok(request.head())));
    return fixture.start();
  }

  private static SSLSocket connect(TierFixture fixture, String sni, String... protocols)
      throws Exception {
    var context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {new TrustingAll()}, null);
    var socket = (SSLSocket) context.getSocketFactory().createSocket();
    var parameters = socket.getSSLParameters();
    if (!sni.isEmpty()) {
      parameters.setServerNames(List.of(new SNIHostName(sni)));
    }
    parameters.setApplicationProtocols(new String[] {"h2", "http/1.1"});
    if (protocols.length > 0) {
      parameters.setProtocols(protocols);
    }
    socket.setSSLParameters(parameters);
    socket.connect(fixture.address(), 5_000);
    socket.setSoTimeout(10_000);
    socket.startHandshake();
    return socket;
  }

  private static String subject(SSLSocket socket) throws Exception {
    var leaf = (X509Certificate) socket.getSession().getPeerCertificates()[0];
    return leaf.getSubjectX500Principal().getName();
  }

  @OnEachTransport
  void servesBothVersionsAndRecordsThem(TierFixture fixture) throws Exception {
    secured(fixture);
    for (String version : new String[] {"TLSv1.2", "TLSv1.3"}) {
      try (var socket = connect(fixture, "www.example.test", version)) {
        assertThat(socket.getSession().getProtocol()).isEqualTo(version);
        assertThat(socket.getApplicationProtocol()).isEqualTo("http/1.1");
        var client = new RawClient(socket);
        assertThat(client.get("/").text()).contains("x-forwarded-proto: https\r\n");
        assertThat(client.get("/").status()).isEqualTo(200);
      }
      var first = fixture.recordings.next();
      assertThat(first.tlsVersion()).isEqualTo(version);
      assertThat(first.sni()).isEqualTo("www.example.test");
      assertThat(first.handshakeNanos()).isPositive();
      assertThat(fixture.recordings.next().handshakeNanos()).isEqualTo(RequestRecord.NOT_REACHED);
    }
    assertThat(fixture.count(L7Counter.TLS_FULL_HANDSHAKES)).isEqualTo(2);
    assertThat(fixture.count(L7Counter.TLS_HANDSHAKES_ACTIVE)).isZero();
  }

  @OnEachTransport
  void choosesTheCertificateByName(TierFixture fixture) throws Exception {
    secured(fixture);
    String[][] cases = {
      {"www.example.test", "CN=exact"},
      {"other.example.test", "CN=wild"},
      {"a.b.example.test", "CN=default"},
      {"unknown.test", "CN=default"},
      {"", "CN=default"},
    };
    for (String[] expected : cases) {
      try (var socket = connect(fixture, expected[0])) {
        assertThat(subject(socket)).as(expected[0]).isEqualTo(expected[1]);
      }
    }
    var served = fixture.tier().status().certificates();
    assertThat(served)
        .extracting(L7Status.Certificate::name)
        .containsExactly("default", "exact", "wild");
    assertThat(served.get(1).names()).containsExactly("www.example.test");
  }

  @OnEachTransport
  void carriesALargeBodyBothWays(TierFixture fixture) throws Exception {
    fixture.backend(RawBackend.answering(request -> RawBackend.ok(request.text())));
    fixture.tls =
        new ListenerConfig.Tls(
            List.of(certificates.make("default", "default.test")), 1_000_000_000L);
    fixture.start();
    String body = "0123456789abcdef".repeat(200_000);
    try (var socket = connect(fixture, "default.test")) {
      var client = new RawClient(socket);
      var sending =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      client.send(
                          "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: "
                              + body.length()
                              + "\r\n\r\n"
                              + body);
                    } catch (java.io.IOException e) {
                      throw new java.io.UncheckedIOException(e);
                    }
                  });
      assertThat(client.response().text()).isEqualTo(body);
      sending.join();
    }
  }

  @OnEachTransport
  void tellsPlainHttpThatThisIsATlsPort(TierFixture fixture) throws Exception {
    secured(fixture);
    try (var client = fixture.connect()) {
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      var answer = client.response();
      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.text()).isEqualTo("This port speaks HTTPS, not HTTP.\r\n");
      assertThat(client.isClosedByPeer()).isTrue();
    }
    assertRejected(fixture, Reason.PLAIN_HTTP_ON_TLS_PORT);
  }

  @OnEachTransport
  void closesOnWhatIsNotTls(TierFixture fixture) throws Exception {
    secured(fixture);
    try (var client = fixture.connect()) {
      client.send(new byte[100]);
      assertThat(client.in().readAllBytes()).as("an alert").startsWith(0x15, 3);
      assertThat(client.isClosedByPeer()).isTrue();
    }
    assertRejected(fixture, Reason.TLS_HANDSHAKE_FAILED);
  }

  @OnEachTransport
  void closesOnAHandshakeThatIsNotDoneInTime(TierFixture fixture) throws Exception {
    secured(fixture);
    try (var client = fixture.connect()) {
      client.send(new byte[] {0x16, 3, 1, 2, 0, 1});
      assertThat(client.isClosedByPeer()).isTrue();
    }
    assertRejected(fixture, Reason.TLS_HANDSHAKE_TIMEOUT);
  }

  @OnEachTransport
  void recordsAClientThatGivesUpInTheHandshake(TierFixture fixture) throws Exception {
    secured(fixture);
    try (var client = fixture.connect()) {
      client.send(new byte[] {0x16, 3, 1, 2, 0, 1});
    }
    assertRejected(fixture, Reason.TLS_HANDSHAKE_CUT);
  }

  @OnEachTransport
  void recordsAClientWithNothingInCommon(TierFixture fixture) throws Exception {
    secured(fixture);
    assertThatThrownBy(
            () -> {
              var context = SSLContext.getInstance("TLS");
              context.init(null, new TrustManager[] {new TrustingAll()}, null);
              try (var socket = (SSLSocket) context.getSocketFactory().createSocket()) {
                socket.setEnabledProtocols(new String[] {"TLSv1.2"});
                socket.setEnabledCipherSuites(
                    new String[] {"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"});
                socket.connect(fixture.address(), 5_000);
                socket.startHandshake();
              }
            })
        .isInstanceOf(java.io.IOException.class);
    assertRejected(fixture, Reason.TLS_NOTHING_IN_COMMON);
  }

  @OnEachTransport
  void countsAConnectionWithoutAByteAsUnused(TierFixture fixture) throws Exception {
    secured(fixture);
    fixture.connect().close();
    fixture.awaitCount(L7Counter.CONNECTIONS_UNUSED, 1);
    assertThat(fixture.recordings.isEmpty()).isTrue();
  }

  @Test
  void refusesToStartWithACertificateItCannotUse() {
    try (var fixture = TierFixture.onEachTransport().reduce((a, b) -> b).orElseThrow()) {
      fixture.tls =
          new ListenerConfig.Tls(
              List.of(
                  new ListenerConfig.Certificate(
                      "gone", Path.of("/gone.crt"), Path.of("/gone.key"))),
              1);
      assertThatThrownBy(fixture::start)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("listener web: certificate gone: /gone.crt can't be read");
    } catch (java.io.IOException e) {
      throw new AssertionError(e);
    }
  }

  private static void assertRejected(TierFixture fixture, Reason reason) throws Exception {
    var rejection = fixture.recordings.nextRejection();
    assertThat(rejection.reason()).isEqualTo(reason);
    assertThat(fixture.count(reason.counter())).isEqualTo(1);
    fixture.awaitCount(L7Counter.CONNECTIONS_OPEN, 0);
  }

  private static final class TrustingAll implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
