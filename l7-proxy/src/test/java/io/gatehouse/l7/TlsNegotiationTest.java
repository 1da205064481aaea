package io.gatehouse.l7;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.l7.ListenerConfig.ClientCertificates;
import io.gatehouse.l7.ListenerConfig.Handshakes;
import io.gatehouse.l7.ListenerConfig.Tickets;
import io.gatehouse.l7.RejectedConnection.Reason;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import javax.net.ssl.SSLEngineResult;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;

/** What is spoken and shown, with OpenSSL's own client. */
class TlsNegotiationTest {
  private final TestCertificates certificates;

  TlsNegotiationTest(@TempDir Path directory) {
    this.certificates = new TestCertificates(directory);
  }

  private static ListenerConfig.Tls tls(
      TlsProfile profile, boolean strict, ListenerConfig.Certificate... certificates) {
    return tls(profile, strict, null, Handshakes.DEFAULT, certificates);
  }

  private static ListenerConfig.Tls tls(
      TlsProfile profile,
      boolean strict,
      @Nullable ClientCertificates clients,
      Handshakes handshakes,
      ListenerConfig.Certificate... certificates) {
    return new ListenerConfig.Tls(
        List.of(certificates),
        profile,
        strict,
        Tickets.DEFAULT,
        clients,
        handshakes,
        SECONDS.toNanos(10));
  }

  private TierFixture serve(TierFixture fixture, ListenerConfig.Tls tls) throws Exception {
    fixture.tls = tls;
    fixture.backend(RawBackend.answering(request -> RawBackend.ok("well")));
    return fixture.start();
  }

  private ListenerConfig.Certificate rsa(String name, String dnsName) {
    var now = Instant.now();
    return certificates.make(
        name, "RSA", now.minus(Duration.ofDays(1)), now.plus(Duration.ofDays(1)), dnsName);
  }

  @OnEachTransport
  void modernSpeaksNothingOlderThanTls13(TierFixture fixture) throws Exception {
    serve(fixture, tls(TlsProfile.MODERN, false, certificates.make("a", "a.test")));
    assertThat(OpenSslClient.get(fixture.address(), "-tls1_3")).contains("well", "TLSv1.3");
    assertThat(OpenSslClient.get(fixture.address(), "-tls1_2")).contains("alert protocol version");
    assertThat(fixture.recordings.nextRejection().reason()).isEqualTo(Reason.TLS_VERSION);
    assertThat(fixture.count(L7Counter.REJECTED_TLS_VERSION)).isEqualTo(1);
  }

  @OnEachTransport
  void intermediateSpeaksTheGuidelinesCiphersAndNoOthers(TierFixture fixture) throws Exception {
    serve(
        fixture,
        tls(TlsProfile.INTERMEDIATE, false, certificates.make("a", "a.test"), rsa("b", "a.test")));
    for (String cipher :
        List.of(
            "ECDHE-ECDSA-AES128-GCM-SHA256",
            "ECDHE-RSA-AES128-GCM-SHA256",
            "ECDHE-ECDSA-AES256-GCM-SHA384",
            "ECDHE-RSA-AES256-GCM-SHA384",
            "ECDHE-ECDSA-CHACHA20-POLY1305",
            "ECDHE-RSA-CHACHA20-POLY1305")) {
      assertThat(OpenSslClient.get(fixture.address(), "-tls1_2", "-cipher", cipher))
          .as(cipher)
          .contains("well", "Cipher is " + cipher);
    }
    for (String cipher :
        List.of("AES128-GCM-SHA256", "ECDHE-RSA-AES128-SHA256", "ECDHE-ECDSA-AES128-SHA")) {
      assertThat(
              OpenSslClient.get(fixture.address(), "-tls1_2", "-cipher", cipher + ":@SECLEVEL=0"))
          .as(cipher)
          .contains("handshake failure");
      assertThat(fixture.recordings.nextRejection().reason())
          .isEqualTo(Reason.TLS_NOTHING_IN_COMMON);
    }
    assertThat(OpenSslClient.get(fixture.address(), "-tls1_1", "-cipher", "ALL:@SECLEVEL=0"))
        .contains("alert protocol version");
  }

  @OnEachTransport
  void theClientsAbilitiesChooseBetweenEcdsaAndRsa(TierFixture fixture) throws Exception {
    serve(
        fixture,
        tls(
            TlsProfile.INTERMEDIATE,
            false,
            rsa("rsa", "a.test"),
            certificates.make("ecdsa", "a.test"),
            certificates.make("other", "other.test")));
    for (String version : List.of("-tls1_2", "-tls1_3")) {
      assertThat(OpenSslClient.get(fixture.address(), version, "-servername", "a.test"))
          .contains("well", "subject=CN = ecdsa");
      assertThat(
              OpenSslClient.get(
                  fixture.address(),
                  version,
                  "-servername",
                  "a.test",
                  "-sigalgs",
                  "rsa_pss_rsae_sha256"))
          .contains("well", "subject=CN = rsa");
      assertThat(OpenSslClient.get(fixture.address(), version, "-noservername"))
          .as("the default is both")
          .contains("subject=CN = ecdsa");
      assertThat(OpenSslClient.get(fixture.address(), version, "-servername", "other.test"))
          .contains("subject=CN = other");
    }
  }

  @OnEachTransport
  void strictSniRefusesAnUnknownNameWithItsAlert(TierFixture fixture) throws Exception {
    serve(fixture, tls(TlsProfile.INTERMEDIATE, true, certificates.make("a", "a.test")));
    assertThat(OpenSslClient.get(fixture.address(), "-servername", "a.test")).contains("well");
    assertThat(OpenSslClient.get(fixture.address(), "-noservername")).contains("well");
    assertThat(OpenSslClient.get(fixture.address(), "-servername", "b.test"))
        .contains("SSL alert number 112");
    assertThat(fixture.recordings.nextRejection().reason()).isEqualTo(Reason.TLS_UNKNOWN_NAME);
  }

  @OnEachTransport
  void agreesOnTheHybridKeyExchange(TierFixture fixture) throws Exception {
    serve(fixture, tls(TlsProfile.MODERN, false, certificates.make("a", "a.test")));
    // OpenSSL and the JDK of this build don't know the group; BoringSSL as a client does.
    var context =
        SslContextBuilder.forClient()
            .sslProvider(SslProvider.OPENSSL)
            .trustManager(InsecureTrustManagerFactory.INSTANCE)
            .endpointIdentificationAlgorithm("")
            .option(OpenSslContextOption.GROUPS, new String[] {"X25519MLKEM768"})
            .build();
    var engine = context.newEngine(io.netty.buffer.UnpooledByteBufAllocator.DEFAULT);
    try (var client = fixture.connect()) {
      EngineClient.handshake(engine, client.socket());
      assertThat(engine.getHandshakeStatus())
          .isEqualTo(SSLEngineResult.HandshakeStatus.NOT_HANDSHAKING);
      assertThat(engine.getSession().getProtocol()).isEqualTo("TLSv1.3");
    }
    fixture.awaitCount(L7Counter.TLS_FULL_HANDSHAKES, 1);
  }

  @OnEachTransport
  void refusesRenegotiation(TierFixture fixture) throws Exception {
    serve(fixture, tls(TlsProfile.INTERMEDIATE, false, certificates.make("a", "a.test")));
    assertThat(OpenSslClient.type(fixture.address(), "R\n", "-tls1_2", "-noservername"))
        .contains("RENEGOTIATING")
        .containsAnyOf("no renegotiation", "handshake failure", "unexpected message", "alert");
    assertThat(fixture.count(L7Counter.TLS_FULL_HANDSHAKES)).isEqualTo(1);
    assertThat(fixture.count(L7Counter.INTERNAL_ERRORS)).isZero();
    fixture.awaitCount(L7Counter.CONNECTIONS_OPEN, 0);
  }

  @OnEachTransport
  void saysThatTheLastAnswerWasTheLast(TierFixture fixture) throws Exception {
    serve(fixture, tls(TlsProfile.INTERMEDIATE, false, certificates.make("a", "a.test")));
    for (String version : List.of("-tls1_2", "-tls1_3")) {
      assertThat(OpenSslClient.get(fixture.address(), version))
          .contains("well", "closed")
          .doesNotContain("unexpected eof");
    }
  }

  @OnEachTransport
  void turnsHandshakesBeyondTheCapAway(TierFixture fixture) throws Exception {
    serve(
        fixture,
        tls(
            TlsProfile.INTERMEDIATE,
            false,
            null,
            new Handshakes(1, 0),
            certificates.make("a", "a.test")));
    try (var first = fixture.connect();
        var silent = fixture.connect()) {
      first.send(new byte[] {0x16, 3, 1, 2, 0, 1});
      fixture.awaitCount(L7Counter.TLS_HANDSHAKES_ACTIVE, 1);
      try (var second = fixture.connect()) {
        second.send(new byte[] {0x16, 3, 1, 2, 0, 1});
        assertThat(second.isClosedByPeer()).isTrue();
      }
      assertThat(fixture.recordings.nextRejection().reason())
          .isEqualTo(Reason.TLS_HANDSHAKES_LIMIT);
      assertThat(silent.socket().isClosed()).isFalse();
    }
    fixture.awaitCount(L7Counter.TLS_HANDSHAKES_ACTIVE, 0);
    assertThat(OpenSslClient.get(fixture.address())).contains("well");
  }

  @OnEachTransport
  void turnsHandshakesBeyondTheRateAway(TierFixture fixture) throws Exception {
    serve(
        fixture,
        tls(
            TlsProfile.INTERMEDIATE,
            false,
            null,
            new Handshakes(100, 1),
            certificates.make("a", "a.test")));
    assertThat(OpenSslClient.get(fixture.address())).contains("well");
    TierFixture.await(
        "a handshake too many",
        () -> {
          try (var client = fixture.connect()) {
            client.send(new byte[] {0x16, 3, 1, 2, 0, 1});
            return fixture.count(L7Counter.REJECTED_TLS_RATE) > 0;
          } catch (java.io.IOException e) {
            return false;
          }
        });
  }
}
