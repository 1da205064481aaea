package io.gatehouse.l7;

import java.io.IOException;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AccessDescription;
import org.bouncycastle.asn1.x509.AuthorityInformationAccess;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CRLConverter;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

/** An authority that issues certificates and revokes them, made at run time. */
public final class TestAuthority {
  private static final String SIGNATURE = "SHA256withECDSA";

  private final Path directory;
  private final String name;
  private final KeyPair keys;
  private final X509Certificate certificate;
  private long serial = 100;

  /** A certificate, its key, and where both are: the chain file holds the authority's, too. */
  public record Issued(
      X509Certificate certificate, KeyPair keys, ListenerConfig.Certificate files) {}

  public TestAuthority(Path directory, String name) {
    this.directory = directory;
    this.name = name;
    try {
      keys = newKeys("EC");
      var now = Instant.now();
      var builder =
          new JcaX509v3CertificateBuilder(
              subject(name),
              BigInteger.ONE,
              Date.from(now.minus(Duration.ofDays(2))),
              Date.from(now.plus(Duration.ofDays(10))),
              subject(name),
              keys.getPublic());
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
      builder.addExtension(
          Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
      builder.addExtension(
          Extension.subjectKeyIdentifier,
          false,
          new JcaX509ExtensionUtils().createSubjectKeyIdentifier(keys.getPublic()));
      certificate = new JcaX509CertificateConverter().getCertificate(builder.build(signer()));
      Files.writeString(certificateFile(), pem(certificate));
      Files.writeString(keyFile(), pem(new JcaPKCS8Generator(keys.getPrivate(), null)));
    } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
      throw new AssertionError(e);
    }
  }

  /** Issues a certificate for one DNS name. */
  public Issued issue(String leaf, String dnsName) {
    return issue(leaf, "EC", dnsName, null);
  }

  /**
   * Issues a certificate.
   *
   * @param responder URL of an OCSP responder that it names; null if it names none
   */
  public Issued issue(String leaf, String algorithm, String dnsName, @Nullable String responder) {
    try {
      var leafKeys = newKeys(algorithm);
      var now = Instant.now();
      var builder =
          new JcaX509v3CertificateBuilder(
              subject(name),
              BigInteger.valueOf(++serial),
              Date.from(now.minus(Duration.ofDays(1))),
              Date.from(now.plus(Duration.ofDays(5))),
              subject(leaf),
              leafKeys.getPublic());
      builder.addExtension(
          Extension.subjectAlternativeName,
          false,
          new GeneralNames(new GeneralName(GeneralName.dNSName, dnsName)));
      builder.addExtension(
          Extension.authorityKeyIdentifier,
          false,
          new JcaX509ExtensionUtils().createAuthorityKeyIdentifier(keys.getPublic()));
      if (responder != null) {
        builder.addExtension(
            Extension.authorityInfoAccess,
            false,
            new AuthorityInformationAccess(
                AccessDescription.id_ad_ocsp,
                new GeneralName(GeneralName.uniformResourceIdentifier, responder)));
      }
      var issued = new JcaX509CertificateConverter().getCertificate(builder.build(signer()));
      var files =
          new ListenerConfig.Certificate(
              leaf, directory.resolve(leaf + ".crt"), directory.resolve(leaf + ".key"));
      Files.writeString(files.chain(), pem(issued) + pem(certificate));
      Files.writeString(files.key(), pem(new JcaPKCS8Generator(leafKeys.getPrivate(), null)));
      return new Issued(issued, leafKeys, files);
    } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
      throw new AssertionError(e);
    }
  }

  /** Writes a revocation list with these certificates on it. */
  public Path revoke(Issued... revoked) {
    try {
      var now = Instant.now();
      var builder = new JcaX509v2CRLBuilder(certificate, Date.from(now.minusSeconds(60)));
      builder.setNextUpdate(Date.from(now.plus(Duration.ofDays(1))));
      for (Issued one : revoked) {
        builder.addCRLEntry(
            one.certificate().getSerialNumber(),
            Date.from(now.minusSeconds(60)),
            CRLReason.keyCompromise);
      }
      var list = new JcaX509CRLConverter().getCRL(builder.build(signer()));
      return Files.writeString(directory.resolve(name + ".crl"), pem(list));
    } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
      throw new AssertionError(e);
    }
  }

  /** Writes the index of OpenSSL's responder, with one certificate: valid (V) or revoked (R). */
  public Path index(Issued issued, String status) {
    var time = DateTimeFormatter.ofPattern("yyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);
    var now = Instant.now();
    String line =
        "%s\t%s\t%s\t%02X\tunknown\t/CN=x\n"
            .formatted(
                status,
                time.format(now.plus(Duration.ofDays(1))),
                status.equals("R") ? time.format(now.minusSeconds(60)) : "",
                issued.certificate().getSerialNumber().intValueExact());
    try {
      return Files.writeString(directory.resolve("index.txt"), line);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  public X509Certificate certificate() {
    return certificate;
  }

  /** PEM. */
  public Path certificateFile() {
    return directory.resolve(name + ".crt");
  }

  /** PEM, PKCS#8. */
  public Path keyFile() {
    return directory.resolve(name + ".key");
  }

  private ContentSigner signer() throws OperatorCreationException {
    return new JcaContentSignerBuilder(SIGNATURE).build(keys.getPrivate());
  }

  private static X500Name subject(String name) {
    return new X500Name("CN=" + name);
  }

  private static KeyPair newKeys(String algorithm) throws GeneralSecurityException {
    var generator = KeyPairGenerator.getInstance(algorithm);
    generator.initialize(algorithm.equals("EC") ? 256 : 2048);
    return generator.generateKeyPair();
  }

  private static String pem(Object object) throws IOException {
    var text = new StringWriter();
    try (var pem = new JcaPEMWriter(text)) {
      pem.writeObject(object);
    }
    return text.toString();
  }
}
