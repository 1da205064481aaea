package io.gatehouse.l7.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatehouse.l7.OpenSslClient;
import io.gatehouse.l7.TestAuthority;
import io.gatehouse.testkit.SeededCases;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests that OpenSSL answers, and what becomes of its answers. */
class OcspMessagesTest {
  private final Path directory;
  private final TestAuthority authority;
  private final TestAuthority.Issued issued;

  OcspMessagesTest(@TempDir Path directory) {
    this.directory = directory;
    this.authority = new TestAuthority(directory, "authority");
    this.issued = authority.issue("leaf", "EC", "a.test", "http://ocsp.test/x");
  }

  /** Lets OpenSSL answer the request for the certificate. */
  private byte[] answer(String status, TestAuthority signer) throws Exception {
    var request = directory.resolve("request.der");
    var response = directory.resolve("response.der");
    Files.write(request, OcspMessages.request(issued.certificate(), authority.certificate()));
    String output =
        OpenSslClient.openssl(
            "",
            true,
            List.of(
                "ocsp",
                "-reqin",
                request.toString(),
                "-respout",
                response.toString(),
                "-index",
                authority.index(issued, status).toString(),
                "-CA",
                authority.certificateFile().toString(),
                "-rsigner",
                signer.certificateFile().toString(),
                "-rkey",
                signer.keyFile().toString(),
                "-ndays",
                "2"));
    assertThat(response).as(output).exists();
    return Files.readAllBytes(response);
  }

  private OcspMessages.Validity judge(byte[] response, Instant now)
      throws GeneralSecurityException {
    return OcspMessages.judge(response, issued.certificate(), authority.certificate(), now);
  }

  @Test
  void believesAGoodResponse() throws Exception {
    var now = Instant.now();
    var validity = judge(answer("V", authority), now);
    assertThat(validity.thisUpdate()).isBetween(now.minusSeconds(60), now.plusSeconds(60));
    assertThat(validity.nextUpdate().orElseThrow())
        .isBetween(now.plus(Duration.ofHours(47)), now.plus(Duration.ofHours(49)));
  }

  @Test
  void refusesWhatAClientWouldNotBelieve() throws Exception {
    var revoked = answer("R", authority);
    assertThatThrownBy(() -> judge(revoked, Instant.now()))
        .isInstanceOf(GeneralSecurityException.class)
        .hasMessageContaining("revoked");
    var good = answer("V", authority);
    assertThatThrownBy(() -> judge(good, Instant.now().plus(Duration.ofDays(3))))
        .as("past its time")
        .isInstanceOf(GeneralSecurityException.class);
    var forged = answer("V", new TestAuthority(directory, "stranger"));
    assertThatThrownBy(() -> judge(forged, Instant.now()))
        .as("signed by someone else")
        .isInstanceOf(GeneralSecurityException.class);
    var other = authority.issue("other", "EC", "b.test", null);
    assertThatThrownBy(
            () ->
                OcspMessages.judge(
                    good, other.certificate(), authority.certificate(), Instant.now()))
        .as("for another certificate")
        .isInstanceOf(GeneralSecurityException.class);
  }

  @Test
  void findsTheResponder() {
    assertThat(OcspMessages.responder(issued.certificate()))
        .contains(URI.create("http://ocsp.test/x"));
    assertThat(OcspMessages.responder(authority.certificate())).isEmpty();
  }

  @Test
  void refusesWhateverByteChanges() throws Exception {
    byte[] good = answer("V", authority);
    var now = Instant.now();
    SeededCases.check(
        2_000,
        random -> {
          byte[] changed = good.clone();
          int at = random.nextInt(changed.length);
          changed[at] ^= (byte) (1 + random.nextInt(255));
          try {
            // Certificates that came along needn't be used, so a change in there may not matter.
            judge(changed, now);
          } catch (GeneralSecurityException | IllegalArgumentException e) {
            assertThat(e).hasMessageNotContaining("null pointer");
          }
        });
  }
}
