package io.gatehouse.appliance.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.cert.CertificateFactory;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoCertificateTest {
  @TempDir Path directory;

  @Test
  void writesACertificateForItsNamesAndAKeyThatOnlyItsOwnerReads() throws Exception {
    var made =
        DemoCertificate.make(directory, "demo", List.of("*.example.test"), List.of("127.0.1.1"));
    try (var in = Files.newInputStream(made.chain())) {
      var read = CertificateFactory.getInstance("X.509").generateCertificate(in);
      assertThat(read).isEqualTo(made.certificate());
    }
    assertThat(made.certificate().getSubjectAlternativeNames())
        .containsExactlyInAnyOrder(List.of(2, "*.example.test"), List.of(7, "127.0.1.1"));
    assertThat(Files.getPosixFilePermissions(made.key()))
        .containsExactlyInAnyOrder(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
    assertThat(made.key()).content().startsWith("-----BEGIN PRIVATE KEY-----");
  }
}
