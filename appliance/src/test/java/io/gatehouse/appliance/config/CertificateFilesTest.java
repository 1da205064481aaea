package io.gatehouse.appliance.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CertificateFilesTest {
  private static final String TEXT =
      ConfigurationFile.example("smallest.yaml")
              .replace("port: 8080", "port: 8443, tls: { certificates: site }")
          + "certificates:\n  site: { chain: site.pem, key: site.key }\n";

  @TempDir private Path folder;
  private ConfigurationFile file;

  @BeforeEach
  void makeFolder() {
    file = ConfigurationFile.in(folder);
  }

  @ParameterizedTest
  @CsvSource({"EC, SHA256withECDSA", "RSA, SHA256withRSA", "Ed25519, Ed25519"})
  void acceptsAKeyThatBelongs(String keyAlgorithm, String signature) {
    TestCertificate.of(keyAlgorithm, signature, ConfigurationFile.NOW).writeTo(folder, "site");
    assertThat(findings()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"EC, SHA256withECDSA", "RSA, SHA256withRSA", "Ed25519, Ed25519"})
  void refusesAKeyThatDoesNotBelong(String keyAlgorithm, String signature) throws IOException {
    var other = TestCertificate.of(keyAlgorithm, signature, ConfigurationFile.NOW);
    Files.writeString(folder.resolve("site.key"), other.key());
    assertThat(findings()).containsExactly("10:33 key-mismatch");
  }

  @Test
  void refusesWhatHasExpiredAndWarnsBefore() {
    assertThat(aged(TestCertificate.LIFETIME.plusDays(1)))
        .containsExactly("10:18 certificate-expired");
    assertThat(aged(TestCertificate.LIFETIME.minusDays(29)))
        .containsExactly("10:18 certificate-expires-soon");
    assertThat(aged(TestCertificate.LIFETIME.minusDays(31))).isEmpty();
    assertThat(aged(Duration.ofDays(-1))).containsExactly("10:18 certificate-not-yet-valid");
  }

  private List<String> aged(Duration age) {
    TestCertificate.of("EC", "SHA256withECDSA", ConfigurationFile.NOW.minus(age))
        .writeTo(folder, "site");
    return findings();
  }

  @Test
  void refusesMissingFiles() throws IOException {
    Files.delete(folder.resolve("site.pem"));
    Files.delete(folder.resolve("site.key"));
    assertThat(findings()).containsExactly("10:18 missing-file", "10:33 missing-file");
  }

  @Test
  void refusesFoldersAndHugeFiles() throws IOException {
    Files.delete(folder.resolve("site.pem"));
    Files.createDirectory(folder.resolve("site.pem"));
    Files.write(folder.resolve("site.key"), new byte[2 << 20]);
    assertThat(findings()).containsExactly("10:18 unreadable-file", "10:33 file-too-large");
  }

  @Test
  void refusesWhatIsNotPem() throws IOException {
    Files.writeString(folder.resolve("site.pem"), "0\u0082\u0001");
    Files.writeString(folder.resolve("site.key"), "secret");
    assertThat(findings()).containsExactly("10:18 not-pem", "10:33 not-pem");
  }

  @Test
  void refusesABrokenCertificate() throws IOException {
    Files.writeString(
        folder.resolve("site.pem"), TestCertificate.pem("CERTIFICATE", new byte[] {0x30, 1, 2}));
    assertThat(findings()).containsExactly("10:18 bad-certificate");
  }

  @ParameterizedTest
  @CsvSource({"RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY"})
  void namesTheFormOfAKeyThatIsNotPkcs8(String type) throws IOException {
    Files.writeString(folder.resolve("site.key"), TestCertificate.pem(type, new byte[] {1}));
    assertThat(findings()).containsExactly("10:33 wrong-key-form");
  }

  @Test
  void refusesAChainInTheWrongOrder() throws IOException {
    var site = TestCertificate.valid(ConfigurationFile.NOW);
    var stranger = TestCertificate.valid(ConfigurationFile.NOW);
    Files.writeString(folder.resolve("site.pem"), site.chain() + stranger.chain());
    Files.writeString(folder.resolve("site.key"), site.key());
    assertThat(findings()).containsExactly("10:18 chain-order");
  }

  private List<String> findings() {
    return file.read(TEXT).diagnostics().stream()
        .map(d -> "%d:%d %s".formatted(d.line(), d.column(), d.code()))
        .toList();
  }
}
