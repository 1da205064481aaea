package io.gatehouse.l7;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatehouse.health.Verdict;
import io.gatehouse.l7.PoolConfig.TlsVersion;
import io.gatehouse.testkit.peer.Peer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** TLS to the backends, with nginx as the backend: who is believed, who is not, and why. */
class UpstreamTlsTest {
  private static final String NAME = "app.internal";

  private final TestCertificates certificates;

  UpstreamTlsTest(@TempDir Path directory) {
    this.certificates = new TestCertificates(directory);
  }

  private static Peer nginx(ListenerConfig.Certificate certificate, String more) {
    return Peer.nginx(
        """
        events {}
        http {
          ${temp_paths}
          server {
            listen 127.0.0.1:${port:tls} ssl;
            ssl_certificate %s;
            ssl_certificate_key %s;
            ssl_session_cache shared:s:1m;
            %s
            location / {
              return 200 "$ssl_protocol|$ssl_server_name|$ssl_session_reused|$ssl_client_s_dn";
            }
          }
        }
        """
            .formatted(
                certificate.chain(),
                certificate.key(),
                more.contains("ssl_protocols") ? more : "ssl_protocols TLSv1.2 TLSv1.3;" + more));
  }

  private static PoolConfig.Tls trusting(Path authority, @Nullable String serverName) {
    return new PoolConfig.Tls(true, serverName, authority, null, TlsVersion.TLS_1_2);
  }

  private static PoolConfig.Connections over(PoolConfig.Tls tls) {
    return new PoolConfig.Connections(
        PoolConfig.Protocol.H1, tls, PoolConfig.Http2.DEFAULT, PoolConfig.Lifetime.DEFAULT);
  }

  private static String get(TierFixture fixture) throws Exception {
    try (var client = fixture.connect()) {
      return client.get("/").text();
    }
  }

  private static void assertRefused(TierFixture fixture, L7Counter counter, String reason)
      throws Exception {
    try (var client = fixture.connect()) {
      assertThat(client.get("/").status()).isEqualTo(502);
    }
    var record = fixture.recordings.next();
    assertThat(record.reason()).isEqualTo(reason);
    assertThat(record.flags()).isEqualTo("UF");
    assertThat(fixture.count(counter)).isEqualTo(1);
    assertThat(fixture.health.reports()).containsExactly("app/nginx: " + reason);
    fixture.awaitCount(L7Counter.UPSTREAM_CONNECTIONS_OPEN, 0);
  }

  private static void start(TierFixture fixture, Peer nginx, PoolConfig.Tls tls) {
    fixture.connections = over(tls);
    fixture.endpoint("nginx", nginx.address("tls"), Verdict.UP);
    fixture.start();
  }

  @OnEachTransport
  void believesWhomItsAuthorityVouchesFor(TierFixture fixture) throws Exception {
    var issued = certificates.issue("backend", NAME);
    try (var nginx = nginx(issued.certificate(), "")) {
      start(fixture, nginx, trusting(issued.authority(), NAME));
      assertThat(get(fixture)).isEqualTo("TLSv1.3|app.internal|.|");
      assertThat(get(fixture)).as("a kept connection").isEqualTo("TLSv1.3|app.internal|.|");
      assertThat(fixture.count(L7Counter.UPSTREAM_TLS_FULL)).isEqualTo(1);
      assertThat(fixture.count(L7Counter.UPSTREAM_REUSED)).isEqualTo(1);
      assertThat(fixture.recordings.next().connectNanos()).isPositive();
    }
  }

  @OnEachTransport
  void looksForTheAddressWhereThereIsNoName(TierFixture fixture) throws Exception {
    var issued = certificates.issue("backend", NAME, "127.0.0.1");
    try (var nginx = nginx(issued.certificate(), "")) {
      start(fixture, nginx, trusting(issued.authority(), null));
      assertThat(get(fixture)).as("an address is no server name").isEqualTo("TLSv1.3||.|");
    }
  }

  @OnEachTransport
  void refusesAnotherName(TierFixture fixture) throws Exception {
    var issued = certificates.issue("backend", "other.internal");
    try (var nginx = nginx(issued.certificate(), "")) {
      start(fixture, nginx, trusting(issued.authority(), NAME));
      assertRefused(fixture, L7Counter.UPSTREAM_TLS_WRONG_NAME, "upstream_tls_wrong_name");
    }
  }

  @OnEachTransport
  void refusesAnotherAuthority(TierFixture fixture) throws Exception {
    var issued = certificates.issue("backend", NAME);
    var other = certificates.issue("other", NAME);
    try (var nginx = nginx(issued.certificate(), "")) {
      start(fixture, nginx, trusting(other.authority(), NAME));
      assertRefused(fixture, L7Counter.UPSTREAM_TLS_UNTRUSTED, "upstream_tls_unknown_authority");
    }
  }

  @OnEachTransport
  void trustsThePublicAuthoritiesByDefaultAndNobodyElse(TierFixture fixture) throws Exception {
    var issued = certificates.issue("backend", "127.0.0.1");
    try (var nginx = nginx(issued.certificate(), "")) {
      start(fixture, nginx, PoolConfig.Tls.DEFAULT);
      assertRefused(fixture, L7Counter.UPSTREAM_TLS_UNTRUSTED, "upstream_tls_unknown_authority");
    }
  }

  @OnEachTransport
  void refusesAnExpiredCertificateEvenIfItIsTrustedItself(TierFixture fixture) throws Exception {
    var now = Instant.now();
    var expired =
        certificates.make(
            "old", "EC", now.minus(Duration.ofDays(9)), now.minus(Duration.ofDays(1)), NAME);
    try (var nginx = nginx(expired, "")) {
      start(fixture, nginx, trusting(expired.chain(), NAME));
      assertRefused(fixture, L7Counter.UPSTREAM_TLS_EXPIRED, "upstream_tls_certificate_expired");
    }
  }

  @OnEachTransport
  void believesAnybodyWhereItIsToldTo(TierFixture fixture) throws Exception {
    var issued = certificates.issue("backend", "other.internal");
    try (var nginx = nginx(issued.certificate(), "")) {
      start(fixture, nginx, new PoolConfig.Tls(false, NAME, null, null, TlsVersion.TLS_1_2));
      assertThat(get(fixture)).isEqualTo("TLSv1.3|app.internal|.|");
    }
  }

  @OnEachTransport
  void showsItsOwnCertificate(TierFixture fixture) throws Exception {
    var issued = certificates.issue("backend", NAME);
    var own = certificates.issue("gatehouse");
    String asks = "ssl_verify_client on; ssl_client_certificate " + own.authority() + ";";
    try (var nginx = nginx(issued.certificate(), asks)) {
      start(
          fixture,
          nginx,
          new PoolConfig.Tls(
              true, NAME, issued.authority(), own.certificate(), TlsVersion.TLS_1_2));
      assertThat(get(fixture)).endsWith("|CN=gatehouse");
    }
  }

  @OnEachTransport
  void resumesSessions(TierFixture fixture) throws Exception {
    resumesSessions(fixture, "TLSv1.3");
  }

  @OnEachTransport
  void resumesSessionsOfTheOlderVersion(TierFixture fixture) throws Exception {
    resumesSessions(fixture, "TLSv1.2");
  }

  private void resumesSessions(TierFixture fixture, String version) throws Exception {
    var issued = certificates.issue("backend", NAME);
    fixture.poolLimits = new PoolConfig.Limits(10, 0, 65_536); // every request connects anew
    try (var nginx = nginx(issued.certificate(), "ssl_protocols " + version + ";")) {
      start(fixture, nginx, trusting(issued.authority(), NAME));
      assertThat(get(fixture)).isEqualTo(version + "|app.internal|.|");
      for (int i = 1; i <= 5; i++) {
        assertThat(get(fixture)).isEqualTo(version + "|app.internal|r|");
        assertThat(fixture.count(L7Counter.UPSTREAM_TLS_RESUMED)).isEqualTo(i);
      }
      assertThat(fixture.count(L7Counter.UPSTREAM_TLS_FULL)).isEqualTo(1);
    }
  }

  @OnEachTransport
  void speaksNothingOlderThanItIsTold(TierFixture fixture) throws Exception {
    var issued = certificates.issue("backend", NAME);
    try (var nginx = nginx(issued.certificate(), "ssl_protocols TLSv1.2;")) {
      start(
          fixture,
          nginx,
          new PoolConfig.Tls(true, NAME, issued.authority(), null, TlsVersion.TLS_1_3));
      assertRefused(fixture, L7Counter.UPSTREAM_TLS_FAILED, "upstream_tls_failed");
    }
  }

  @OnEachTransport
  void refusesABackendThatSpeaksNoTls(TierFixture fixture) throws Exception {
    fixture.connections = over(PoolConfig.Tls.DEFAULT);
    fixture.backend(
        new RawBackend(
            connection -> {
              connection.send("HTTP/1.1 400 Bad Request\r\n\r\n");
              connection.awaitClose();
            }));
    fixture.start();
    try (var client = fixture.connect()) {
      assertThat(client.get("/").status()).isEqualTo(502);
    }
    assertThat(fixture.recordings.next().reason()).isEqualTo("upstream_tls_failed");
  }

  @OnEachTransport
  void givesUpOnAHandshakeThatIsNotDoneInTime(TierFixture fixture) throws Exception {
    fixture.connections = over(PoolConfig.Tls.DEFAULT);
    fixture.poolTimeouts = new PoolConfig.Timeouts(MILLISECONDS.toNanos(300), SECONDS.toNanos(9));
    fixture.backend(new RawBackend(RawBackend.Connection::awaitClose));
    fixture.start();
    try (var client = fixture.connect()) {
      assertThat(client.get("/").status()).isEqualTo(504);
    }
    assertThat(fixture.recordings.next().reason()).isEqualTo("upstream_tls_timeout");
    assertThat(fixture.count(L7Counter.UPSTREAM_TLS_TIMEOUT)).isEqualTo(1);
    fixture.awaitCount(L7Counter.UPSTREAM_CONNECTIONS_OPEN, 0);
  }

  @OnEachTransport
  void triesAnotherEndpointWhereOneIsNotBelieved(TierFixture fixture) throws Exception {
    var wrong = certificates.issue("wrong", NAME);
    var right = certificates.issue("right", NAME);
    try (var impostor = nginx(wrong.certificate(), "");
        var nginx = nginx(right.certificate(), "")) {
      fixture.endpoint("impostor", impostor.address("tls"), Verdict.UP);
      start(fixture, nginx, trusting(right.authority(), NAME));
      for (int i = 0; i < 4; i++) {
        assertThat(get(fixture)).startsWith("TLSv1.3|");
        assertThat(fixture.recordings.next().endpoint()).isEqualTo("nginx");
      }
      assertThat(fixture.count(L7Counter.UPSTREAM_TLS_UNTRUSTED)).isEqualTo(2);
    }
  }

  @Test
  void refusesToStartWithoutItsAuthorities() {
    var fixture = TierFixture.onEachTransport().reduce((a, b) -> b).orElseThrow();
    fixture.connections = over(trusting(Path.of("/gone.crt"), NAME));
    try (fixture) {
      assertThatThrownBy(fixture::start)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("pool app: tls: /gone.crt can't be read");
    } catch (java.io.IOException e) {
      throw new AssertionError(e);
    }
  }
}
