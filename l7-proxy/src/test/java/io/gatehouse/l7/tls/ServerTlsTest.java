package io.gatehouse.l7.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatehouse.l7.ListenerConfig;
import io.gatehouse.l7.TestCertificates;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServerTlsTest {
  private static final Instant NOW = Instant.now();

  private final Path directory;
  private final TestCertificates certificates;

  ServerTlsTest(@TempDir Path directory) {
    this.directory = directory;
    this.certificates = new TestCertificates(directory);
  }

  private static ServerTls load(ListenerConfig.Certificate... certificates) {
    return ServerTls.load(
        "web",
        new ListenerConfig.Tls(List.of(certificates), 1),
        List.of("http/1.1"),
        InstantSource.fixed(NOW));
  }

  @ParameterizedTest
  @ValueSource(strings = {"EC", "RSA", "Ed25519"})
  void loadsEveryKindOfKey(String algorithm) {
    var made =
        certificates.make(
            "a", algorithm, NOW.minus(Duration.ofDays(1)), NOW.plus(Duration.ofDays(1)), "a.test");
    try (var tls = load(made)) {
      assertThat(tls.certificates()).hasSize(1);
      assertThat(tls.certificates().getFirst().names()).containsExactly("a.test");
    }
  }

  @Test
  void refusesAnExpiredCertificate() {
    var made =
        certificates.make(
            "old", "EC", NOW.minus(Duration.ofDays(9)), NOW.minus(Duration.ofDays(1)), "a.test");
    assertThatThrownBy(() -> load(made))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("certificate old: it expired at");
  }

  @Test
  void refusesACertificateThatIsNotValidYet() {
    var made =
        certificates.make(
            "new", "EC", NOW.plus(Duration.ofDays(1)), NOW.plus(Duration.ofDays(2)), "a.test");
    assertThatThrownBy(() -> load(made)).hasMessageContaining("it isn't valid before");
  }

  @Test
  void refusesAKeyThatIsNotTheCertificates() {
    var one = certificates.make("one", "a.test");
    var two = certificates.make("two", "b.test");
    assertThatThrownBy(() -> load(new ListenerConfig.Certificate("mixed", one.chain(), two.key())))
        .hasMessageContaining("certificate mixed: the key")
        .hasMessageContaining("isn't that of");
  }

  @Test
  void refusesFilesItCannotUse() throws Exception {
    var made = certificates.make("a", "a.test");
    var missing = directory.resolve("missing.pem");
    assertThatThrownBy(() -> load(new ListenerConfig.Certificate("a", missing, made.key())))
        .hasMessageContaining("missing.pem can't be read: it doesn't exist");
    assertThatThrownBy(() -> load(new ListenerConfig.Certificate("a", made.chain(), missing)))
        .hasMessageContaining("missing.pem can't be read: it doesn't exist");
    assertThatThrownBy(() -> load(new ListenerConfig.Certificate("a", made.key(), made.key())))
        .hasMessageContaining("certificate a: ");
    var garbage = Files.writeString(directory.resolve("garbage.pem"), "garbage");
    assertThatThrownBy(() -> load(new ListenerConfig.Certificate("a", made.chain(), garbage)))
        .hasMessageContaining("holds no unencrypted PKCS#8 key");
    assertThatThrownBy(() -> load(new ListenerConfig.Certificate("a", garbage, made.key())))
        .hasMessageContaining("garbage.pem");
  }
}
