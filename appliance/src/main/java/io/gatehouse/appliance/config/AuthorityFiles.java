package io.gatehouse.appliance.config;

import io.gatehouse.appliance.config.YamlNode.Position;
import io.gatehouse.l7.ListenerConfig.ClientCertificates;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Collection;
import java.util.List;

/** Judges the files by which client certificates are judged, before a listener needs them. */
final class AuthorityFiles {
  private final ClientCertificates named;
  private final ClientCertificates resolved;
  private final Instant now;
  private final Findings findings;
  private final Origins origins;

  /**
   * @param named as it stands in the file
   * @param resolved where the files are
   */
  AuthorityFiles(
      ClientCertificates named,
      ClientCertificates resolved,
      Instant now,
      Findings findings,
      Origins origins) {
    this.named = named;
    this.resolved = resolved;
    this.now = now;
    this.findings = findings;
    this.origins = origins;
  }

  void check() {
    for (Object item :
        read(
            TlsSection.AUTHORITIES,
            resolved.authorities(),
            "certificate",
            CertificateFactory::generateCertificates)) {
      if (item instanceof X509Certificate authority
          && now.isAfter(authority.getNotAfter().toInstant())) {
        findings.warning(
            at(TlsSection.AUTHORITIES),
            "authority-expired",
            "the authority %s expired on %s"
                .formatted(
                    authority.getSubjectX500Principal().getName(),
                    authority.getNotAfter().toInstant()),
            "clients with its certificates are refused");
      }
    }
    Path lists = resolved.revocations();
    if (lists == null) {
      return;
    }
    for (Object item :
        read(TlsSection.REVOCATIONS, lists, "revocation list", CertificateFactory::generateCRLs)) {
      if (item instanceof X509CRL list
          && list.getNextUpdate() != null
          && now.isAfter(list.getNextUpdate().toInstant())) {
        findings.warning(
            at(TlsSection.REVOCATIONS),
            "revocations-expired",
            "the revocation list of %s is past its time since %s"
                .formatted(
                    list.getIssuerX500Principal().getName(), list.getNextUpdate().toInstant()),
            "put a newer one there: clients with this authority's certificates are refused");
      }
    }
  }

  private interface Parser {
    Collection<?> parse(CertificateFactory factory, java.io.InputStream in)
        throws GeneralSecurityException;
  }

  private Collection<?> read(Key<Path> key, Path file, String what, Parser parser) {
    try {
      var found =
          parser.parse(
              CertificateFactory.getInstance("X.509"),
              new ByteArrayInputStream(Files.readAllBytes(file)));
      if (found.isEmpty()) {
        error(key, "not-pem", "%s holds no %s".formatted(file, what), "expected PEM");
      }
      return found;
    } catch (IOException e) {
      error(
          key,
          "missing-file",
          "%s cannot be read: %s".formatted(file, e.getMessage()),
          "names are relative to the folder of the configuration file");
    } catch (GeneralSecurityException e) {
      error(
          key,
          "bad-certificate",
          "%s holds no %s that can be read: %s".formatted(file, what, e.getMessage()),
          "is the file whole?");
    }
    return List.of();
  }

  private void error(Key<Path> key, String code, String message, String hint) {
    findings.error(at(key), code, message, hint);
  }

  private Position at(Key<Path> key) {
    return origins.of(named, key.name());
  }
}
