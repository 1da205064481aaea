package io.gatehouse.l7.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.l7.ListenerConfig;
import io.gatehouse.l7.TestCertificates;
import io.netty.handler.ssl.OpenSsl;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CredentialsByNameTest {
  private final TestCertificates certificates;
  private final Instant now = Instant.now();

  CredentialsByNameTest(@TempDir Path directory) {
    OpenSsl.ensureAvailability();
    this.certificates = new TestCertificates(directory);
  }

  private KeyPairFile pair(String name, String algorithm, String... dnsNames) {
    ListenerConfig.Certificate made =
        certificates.make(
            name, algorithm, now.minus(Duration.ofDays(1)), now.plus(Duration.ofDays(1)), dnsNames);
    return KeyPairFile.load(made, now);
  }

  private static List<Credential> credentials(KeyPairFile... pairs) {
    return Arrays.stream(pairs).map(pair -> new Credential(pair, null)).toList();
  }

  @Test
  void choosesExactThenWildcardThenTheFirst() {
    KeyPairFile[] pairs = {
      pair("first", "EC", "first.test"),
      pair("wild", "EC", "*.example.test"),
      pair("exact", "EC", "www.example.test")
    };
    var made = credentials(pairs);
    try (var byName = new CredentialsByName(List.of(pairs), made)) {
      assertThat(byName.forName(null)).containsExactly(made.get(0));
      assertThat(byName.forName("first.test")).containsExactly(made.get(0));
      assertThat(byName.forName("unknown.test")).containsExactly(made.get(0));
      assertThat(byName.forName("other.example.test")).containsExactly(made.get(1));
      assertThat(byName.forName("WWW.Example.test")).containsExactly(made.get(2));
      assertThat(byName.forName("a.b.example.test"))
          .as("one label only")
          .containsExactly(made.get(0));
      assertThat(byName.forName("example.test")).containsExactly(made.get(0));
      assertThat(byName.knows("other.example.test")).isTrue();
      assertThat(byName.knows("a.b.example.test")).isFalse();
      assertThat(byName.isOne()).isFalse();
    }
  }

  @Test
  void offersOneOfEachKindOfKeyTheCheapestFirst() {
    KeyPairFile[] pairs = {
      pair("rsa", "RSA", "a.test"),
      pair("edwards", "Ed25519", "a.test"),
      pair("ec", "EC", "a.test"),
      pair("late", "EC", "a.test"),
    };
    var made = credentials(pairs);
    try (var byName = new CredentialsByName(List.of(pairs), made)) {
      assertThat(byName.forName("a.test")).containsExactly(made.get(2), made.get(1), made.get(0));
      assertThat(byName.forName(null)).isEqualTo(byName.forName("a.test"));
      assertThat(byName.isOne()).isTrue();
    }
  }
}
