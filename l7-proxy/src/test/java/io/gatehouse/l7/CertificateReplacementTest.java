package io.gatehouse.l7;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.l7.ListenerConfig.Certificate;
import io.gatehouse.l7.ListenerConfig.Ocsp;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** Certificates and OCSP responses that change while the tier serves. */
class CertificateReplacementTest {
  private final Path directory;
  private final TestAuthority authority;
  private @Nullable Process responder;

  CertificateReplacementTest(@TempDir Path directory) {
    this.directory = directory;
    this.authority = new TestAuthority(directory, "authority");
  }

  @AfterEach
  void stopResponder() {
    if (responder != null) {
      responder.destroyForcibly();
    }
  }

  private TierFixture serve(TierFixture fixture, Certificate certificate) throws Exception {
    fixture.tls = new ListenerConfig.Tls(List.of(certificate), SECONDS.toNanos(10));
    fixture.backend(RawBackend.answering(request -> RawBackend.ok("well")));
    return fixture.start();
  }

  private static void replace(Certificate target, Certificate with) throws IOException {
    Files.copy(with.chain(), target.chain(), StandardCopyOption.REPLACE_EXISTING);
    Files.copy(with.key(), target.key(), StandardCopyOption.REPLACE_EXISTING);
  }

  @OnEachTransport
  void takesANewPairOverAndKeepsConnections(TierFixture fixture) throws Exception {
    var used = authority.issue("used", "a.test").files();
    serve(fixture, used);
    try (var early = TlsClient.connect(fixture.address())) {
      assertThat(new RawClient(early).get("/").text()).isEqualTo("well");
      replace(used, authority.issue("newer", "EC", "a.test", null).files());
      fixture.awaitCount(L7Counter.CERTIFICATES_RELOADED, 1);
      assertThat(OpenSslClient.get(fixture.address())).contains("subject=CN = newer", "well");
      assertThat(new RawClient(early).get("/").text()).isEqualTo("well");
    }
    assertThat(fixture.tier().status().certificates().getFirst().names()).containsExactly("a.test");
    assertThat(fixture.count(L7Counter.CERTIFICATES_REFUSED)).isZero();
  }

  @OnEachTransport
  void keepsTheOldPairWhereTheNewOneDoesNotFit(TierFixture fixture) throws Exception {
    var used = authority.issue("used", "a.test").files();
    serve(fixture, used);
    var newer = authority.issue("newer", "a.test").files();
    Files.copy(newer.chain(), used.chain(), StandardCopyOption.REPLACE_EXISTING);
    fixture.awaitCount(L7Counter.CERTIFICATES_REFUSED, 1);
    assertThat(OpenSslClient.get(fixture.address())).contains("subject=CN = used", "well");
    Files.copy(newer.key(), used.key(), StandardCopyOption.REPLACE_EXISTING);
    fixture.awaitCount(L7Counter.CERTIFICATES_RELOADED, 1);
    assertThat(OpenSslClient.get(fixture.address())).contains("subject=CN = newer", "well");
  }

  @OnEachTransport
  void staplesWhatTheResponderSays(TierFixture fixture) throws Exception {
    int port = freePort();
    var issued = authority.issue("used", "EC", "a.test", "http://127.0.0.1:" + port + "/");
    startResponder(port, issued);
    var files = issued.files();
    serve(
        fixture, new Certificate(files.name(), files.chain(), files.key(), new Ocsp.Fetched(null)));
    TierFixture.await("a staple", () -> isStapled(fixture));
    assertThat(
            OpenSslClient.get(
                fixture.address(),
                "-status",
                "-CAfile",
                authority.certificateFile().toString(),
                "-servername",
                "a.test"))
        .contains("OCSP Response Status: successful", "Cert Status: good", "well");
  }

  @OnEachTransport
  void staplesAFileAndReadsItAgain(TierFixture fixture) throws Exception {
    int port = freePort();
    var issued = authority.issue("used", "EC", "a.test", null);
    startResponder(port, issued);
    var response = directory.resolve("used.ocsp");
    Files.write(response, new byte[0]);
    var files = issued.files();
    serve(
        fixture,
        new Certificate(files.name(), files.chain(), files.key(), new Ocsp.FromFile(response)));
    assertThat(isStapled(fixture)).isFalse();
    OpenSslClient.openssl(
        "",
        true,
        List.of(
            "ocsp",
            "-issuer",
            authority.certificateFile().toString(),
            "-cert",
            files.chain().toString(),
            "-url",
            "http://127.0.0.1:" + port + "/",
            "-no_nonce",
            "-respout",
            response.toString(),
            "-noverify"));
    TierFixture.await("a staple", () -> isStapled(fixture));
  }

  private static boolean isStapled(TierFixture fixture) {
    try {
      return OpenSslClient.get(fixture.address(), "-status").contains("Cert Status: good");
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  /** OpenSSL's own responder, which knows one certificate. */
  private void startResponder(int port, TestAuthority.Issued issued) throws Exception {
    org.junit.jupiter.api.Assumptions.assumeTrue(
        OpenSslClient.isInstalled(), "openssl is not installed");
    responder =
        new ProcessBuilder(
                "openssl",
                "ocsp",
                "-index",
                authority.index(issued, "V").toString(),
                "-port",
                String.valueOf(port),
                "-rsigner",
                authority.certificateFile().toString(),
                "-rkey",
                authority.keyFile().toString(),
                "-CA",
                authority.certificateFile().toString(),
                "-nmin",
                "5",
                "-ignore_err",
                "-text")
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("responder.log").toFile())
            .start();
    awaitLine("waiting for OCSP client connections");
  }

  private void awaitLine(String line) {
    TierFixture.await(
        line,
        () -> {
          try {
            return Files.readString(directory.resolve("responder.log")).contains(line);
          } catch (IOException e) {
            return false;
          }
        });
  }
}
