package io.gatehouse.appliance.config;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.ZoneOffset;

/** Judges a file of trusted authorities before a backend is judged by it. */
final class AuthorityFile {
  private static final String BEGIN = "-----BEGIN CERTIFICATE-----";

  private final NamedFile file;
  private final Instant now;
  private final Findings findings;

  AuthorityFile(NamedFile file, Instant now, Findings findings) {
    this.file = file;
    this.now = now;
    this.findings = findings;
  }

  void check() {
    String pem = file.read(findings);
    if (pem == null) {
      return;
    }
    if (!pem.contains(BEGIN)) {
      findings.error(
          file.at(),
          "not-pem",
          "%s holds no PEM certificate".formatted(file.path()),
          "expected '%s'; DER is turned into PEM by 'openssl x509 -inform der'".formatted(BEGIN));
      return;
    }
    try {
      var in = new ByteArrayInputStream(pem.getBytes(StandardCharsets.ISO_8859_1));
      for (var authority : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        dates((X509Certificate) authority);
      }
    } catch (CertificateException e) {
      findings.error(
          file.at(),
          "bad-certificate",
          "%s cannot be read as certificates: %s".formatted(file.path(), e.getMessage()),
          "is the file whole? 'openssl x509 -noout -text -in FILE' shows what is in it");
    }
  }

  private void dates(X509Certificate authority) {
    Instant to = authority.getNotAfter().toInstant();
    if (now.isAfter(to)) {
      findings.warning(
          file.at(),
          "certificate-expired",
          "the authority %s expired on %s"
              .formatted(
                  authority.getSubjectX500Principal().getName(),
                  to.atOffset(ZoneOffset.UTC).toLocalDate()),
          "backends that only it vouches for are refused");
    }
  }
}
