package io.gatehouse.appliance.config;

import io.gatehouse.appliance.config.YamlNode.Position;
import io.gatehouse.l7.ListenerConfig.Certificate;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Judges a certificate's files before a listener needs them. */
final class CertificateFiles {
  private static final Duration EXPIRES_SOON = Duration.ofDays(30);
  private static final Pattern PEM_KEY =
      Pattern.compile(
          "-----BEGIN ([A-Z0-9 ]*)PRIVATE KEY-----([A-Za-z0-9+/=\\s]*)-----END [A-Z0-9 ]*PRIVATE");

  private final Certificate named;
  private final Certificate resolved;
  private final Instant now;
  private final Findings findings;
  private final Origins origins;

  /**
   * @param named as it stands in the file
   * @param resolved where the files are
   */
  CertificateFiles(
      Certificate named, Certificate resolved, Instant now, Findings findings, Origins origins) {
    this.named = named;
    this.resolved = resolved;
    this.now = now;
    this.findings = findings;
    this.origins = origins;
  }

  void check() {
    List<X509Certificate> chain = chain();
    String pem = read(CertificateSection.KEY, resolved.key());
    if (!chain.isEmpty()) {
      dates(chain);
      order(chain);
    }
    if (pem != null) {
      key(pem, chain.isEmpty() ? null : chain.getFirst().getPublicKey());
    }
  }

  private List<X509Certificate> chain() {
    String pem = read(CertificateSection.CHAIN, resolved.chain());
    if (pem == null) {
      return List.of();
    }
    try {
      List<X509Certificate> chain =
          pem.contains("-----BEGIN CERTIFICATE-----")
              ? CertificateFactory.getInstance("X.509")
                  .generateCertificates(
                      new ByteArrayInputStream(pem.getBytes(StandardCharsets.ISO_8859_1)))
                  .stream()
                  .map(X509Certificate.class::cast)
                  .toList()
              : List.of();
      if (chain.isEmpty()) {
        error(
            CertificateSection.CHAIN,
            "not-pem",
            "%s holds no PEM certificate".formatted(resolved.chain()),
            "expected '-----BEGIN CERTIFICATE-----'; DER is turned into PEM by 'openssl x509"
                + " -inform der'");
      }
      return chain;
    } catch (CertificateException e) {
      error(
          CertificateSection.CHAIN,
          "bad-certificate",
          "%s cannot be read as certificates: %s".formatted(resolved.chain(), e.getMessage()),
          "is the file whole? 'openssl x509 -noout -text -in FILE' shows what is in it");
      return List.of();
    }
  }

  private void dates(List<X509Certificate> chain) {
    for (X509Certificate certificate : chain) {
      Instant from = certificate.getNotBefore().toInstant();
      Instant to = certificate.getNotAfter().toInstant();
      String subject = certificate.getSubjectX500Principal().getName();
      if (now.isAfter(to)) {
        error(
            CertificateSection.CHAIN,
            "certificate-expired",
            "the certificate of %s expired on %s".formatted(subject, date(to)),
            "renew it: clients refuse it");
      } else if (now.isBefore(from)) {
        error(
            CertificateSection.CHAIN,
            "certificate-not-yet-valid",
            "the certificate of %s is valid only from %s".formatted(subject, date(from)),
            "is this machine's clock right?");
      } else if (now.plus(EXPIRES_SOON).isAfter(to)) {
        findings.warning(
            at(CertificateSection.CHAIN),
            "certificate-expires-soon",
            "the certificate of %s expires on %s, in %d days"
                .formatted(subject, date(to), Duration.between(now, to).toDays()),
            "renew it");
      }
    }
  }

  private void order(List<X509Certificate> chain) {
    for (int i = 0; i + 1 < chain.size(); i++) {
      try {
        chain.get(i).verify(chain.get(i + 1).getPublicKey());
      } catch (GeneralSecurityException e) {
        error(
            CertificateSection.CHAIN,
            "chain-order",
            "certificate %d of %s is not signed by the next one".formatted(i + 1, resolved.chain()),
            "put the site's own first, then each one's issuer");
        return;
      }
    }
  }

  private void key(String pem, @Nullable PublicKey publicKey) {
    var matcher = PEM_KEY.matcher(pem);
    if (!matcher.find()) {
      error(
          CertificateSection.KEY,
          "not-pem",
          "%s holds no PEM private key".formatted(resolved.key()),
          "expected '-----BEGIN PRIVATE KEY-----'");
    } else if (!matcher.group(1).isEmpty()) {
      boolean encrypted = matcher.group(1).startsWith("ENCRYPTED");
      error(
          CertificateSection.KEY,
          "wrong-key-form",
          "%s is %s, not PKCS#8 without a passphrase"
              .formatted(
                  resolved.key(),
                  encrypted ? "encrypted" : "in the old form of " + matcher.group(1).strip()),
          encrypted
              ? "take the passphrase off: openssl pkey -in OLD -out NEW"
              : "turn it into PKCS#8: openssl pkcs8 -topk8 -nocrypt -in OLD -out NEW");
    } else if (publicKey != null) {
      pair(matcher.group(2), publicKey);
    }
  }

  private void pair(String base64, PublicKey publicKey) {
    try {
      byte[] der = Base64.getMimeDecoder().decode(base64);
      PrivateKey key =
          KeyFactory.getInstance(publicKey.getAlgorithm())
              .generatePrivate(new PKCS8EncodedKeySpec(der));
      if (!belong(key, publicKey)) {
        mismatch();
      }
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      mismatch();
    }
  }

  private void mismatch() {
    error(
        CertificateSection.KEY,
        "key-mismatch",
        "%s is not the key of the certificate in %s".formatted(resolved.key(), resolved.chain()),
        "the key that the certificate was requested with is needed");
  }

  /** Whether what the key signs, the certificate verifies. */
  private static boolean belong(PrivateKey key, PublicKey publicKey)
      throws GeneralSecurityException {
    String algorithm =
        switch (publicKey.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default -> publicKey.getAlgorithm();
        };
    byte[] text = "gatehouse".getBytes(StandardCharsets.US_ASCII);
    Signature signature = Signature.getInstance(algorithm);
    signature.initSign(key);
    signature.update(text);
    byte[] signed = signature.sign();
    signature.initVerify(publicKey);
    signature.update(text);
    return signature.verify(signed);
  }

  private @Nullable String read(Key<Path> key, Path file) {
    return new NamedFile(file, at(key)).read(findings);
  }

  private void error(Key<Path> key, String code, String message, String hint) {
    findings.error(at(key), code, message, hint);
  }

  private Position at(Key<Path> key) {
    return origins.of(named, key.name());
  }

  private static String date(Instant instant) {
    return instant.atOffset(ZoneOffset.UTC).toLocalDate().toString();
  }
}
