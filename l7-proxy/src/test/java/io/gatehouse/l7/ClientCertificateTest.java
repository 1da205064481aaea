package io.gatehouse.l7;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.l7.ListenerConfig.ClientCertificates;
import io.gatehouse.l7.ListenerConfig.ClientCertificates.Forward;
import io.gatehouse.l7.ListenerConfig.Handshakes;
import io.gatehouse.l7.ListenerConfig.Tickets;
import io.gatehouse.l7.RejectedConnection.Reason;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;

/** Clients that show certificates, with OpenSSL's own client. */
class ClientCertificateTest {
  private static final List<String> VERSIONS = List.of("-tls1_2", "-tls1_3");

  private final Path directory;
  private final ListenerConfig.Certificate certificate;
  private final TestAuthority authority;

  ClientCertificateTest(@TempDir Path directory) {
    this.directory = directory;
    this.certificate = new TestCertificates(directory).make("a", "a.test");
    this.authority = new TestAuthority(directory, "authority");
  }

  private TierFixture serve(
      TierFixture fixture, boolean required, @Nullable Path revocations, Forward forward)
      throws Exception {
    fixture.tls =
        new ListenerConfig.Tls(
            List.of(certificate),
            TlsProfile.INTERMEDIATE,
            false,
            Tickets.DEFAULT,
            new ClientCertificates(required, authority.certificateFile(), revocations, forward),
            Handshakes.DEFAULT,
            SECONDS.toNanos(10));
    fixture.backend(RawBackend.answering(request -> RawBackend.ok(request.head())));
    return fixture.start();
  }

  private String get(
      TierFixture fixture, String version, TestAuthority.@Nullable Issued client, String... more)
      throws Exception {
    List<String> options = new ArrayList<>(List.of(version));
    if (client != null) {
      options.addAll(List.of("-cert", client.files().chain().toString()));
      options.addAll(List.of("-key", client.files().key().toString()));
      options.addAll(List.of("-cert_chain", authority.certificateFile().toString()));
    }
    options.addAll(List.of(more));
    return OpenSslClient.run(
        fixture.address(),
        "GET / HTTP/1.1\r\nHost: a\r\nClient-Cert: :forged:\r\nClient_Cert: :forged:\r\n"
            + "Client-Cert-Chain: :forged:\r\nConnection: close\r\n\r\n",
        options.toArray(String[]::new));
  }

  private static String base64(java.security.cert.X509Certificate certificate) throws Exception {
    return ":" + Base64.getEncoder().encodeToString(certificate.getEncoded()) + ":";
  }

  @OnEachTransport
  void tellsTheBackendWhoTheClientIs(TierFixture fixture) throws Exception {
    serve(fixture, true, null, Forward.CHAIN);
    var client = authority.issue("client", "client.test");
    for (String version : VERSIONS) {
      assertThat(get(fixture, version, client))
          .contains(
              "client-cert: " + base64(client.certificate()) + "\r\n",
              "client-cert-chain: " + base64(authority.certificate()) + "\r\n",
              "Acceptable client certificate CA names\nCN = authority")
          .doesNotContain("forged");
    }
  }

  @OnEachTransport
  void tellsTheBackendOfTheCertificateAloneOrOfNothing(TierFixture fixture) throws Exception {
    serve(fixture, true, null, Forward.CERTIFICATE);
    var client = authority.issue("client", "client.test");
    assertThat(get(fixture, "-tls1_3", client))
        .contains("client-cert: " + base64(client.certificate()))
        .doesNotContain("client-cert-chain", "forged");
  }

  @OnEachTransport
  void refusesAClientWithoutOneWhereItIsRequired(TierFixture fixture) throws Exception {
    serve(fixture, true, null, Forward.CERTIFICATE);
    for (String version : VERSIONS) {
      assertThat(get(fixture, version, null)).contains("alert").doesNotContain("HTTP/1.1 200");
      assertThat(fixture.recordings.nextRejection().reason())
          .isEqualTo(Reason.TLS_CLIENT_CERTIFICATE_MISSING);
    }
  }

  @OnEachTransport
  void servesAClientWithoutOneWhereItIsOptional(TierFixture fixture) throws Exception {
    serve(fixture, false, null, Forward.CERTIFICATE);
    var client = authority.issue("client", "client.test");
    for (String version : VERSIONS) {
      assertThat(get(fixture, version, null))
          .contains("HTTP/1.1 200")
          .doesNotContain("client-cert", "forged");
      assertThat(get(fixture, version, client)).contains("HTTP/1.1 200", "client-cert: :");
    }
  }

  @OnEachTransport
  void refusesACertificateOfAnotherAuthority(TierFixture fixture) throws Exception {
    serve(fixture, false, null, Forward.CERTIFICATE);
    var stranger = new TestAuthority(directory, "stranger").issue("client", "client.test");
    for (String version : VERSIONS) {
      assertThat(get(fixture, version, stranger)).contains("alert").doesNotContain("HTTP/1.1 200");
      var rejection = fixture.recordings.nextRejection();
      assertThat(rejection.reason()).isEqualTo(Reason.TLS_CLIENT_CERTIFICATE_INVALID);
      assertThat(rejection.detail()).contains("CN=client");
    }
  }

  @OnEachTransport
  void refusesARevokedCertificate(TierFixture fixture) throws Exception {
    var good = authority.issue("good", "good.test");
    var bad = authority.issue("bad", "bad.test");
    serve(fixture, true, authority.revoke(bad), Forward.CERTIFICATE);
    for (String version : VERSIONS) {
      assertThat(get(fixture, version, good)).contains("HTTP/1.1 200");
      assertThat(get(fixture, version, bad))
          .contains("alert certificate revoked")
          .doesNotContain("HTTP/1.1 200");
      var rejection = fixture.recordings.nextRejection();
      assertThat(rejection.reason()).isEqualTo(Reason.TLS_CLIENT_CERTIFICATE_INVALID);
      assertThat(rejection.detail()).contains("CN=bad").containsIgnoringCase("revoked");
    }
  }

  @OnEachTransport
  void asksAResumedSessionWhetherItsCertificateStillHolds(TierFixture fixture) throws Exception {
    var client = authority.issue("client", "client.test");
    serve(fixture, true, authority.revoke(), Forward.CERTIFICATE);
    String session = directory.resolve("session").toString();
    assertThat(get(fixture, "-tls1_3", client, "-sess_out", session)).contains("HTTP/1.1 200");
    assertThat(get(fixture, "-tls1_3", client, "-sess_in", session))
        .contains("Reused, ", "HTTP/1.1 200", "client-cert: " + base64(client.certificate()));
    authority.revoke(client);
    fixture.awaitCount(L7Counter.CERTIFICATES_RELOADED, 1);
    assertThat(get(fixture, "-tls1_3", client, "-sess_in", session)).doesNotContain("HTTP/1.1 200");
    assertThat(fixture.recordings.nextRejection().detail())
        .contains("in a resumed session", "CN=client");
  }
}
