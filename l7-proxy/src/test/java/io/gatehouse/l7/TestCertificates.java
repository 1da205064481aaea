package io.gatehouse.l7;

import io.netty.util.NetUtil;
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
import java.util.Arrays;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** Makes certificates at run time. */
public final class TestCertificates {
  private final Path directory;

  public TestCertificates(Path directory) {
    this.directory = directory;
  }

  /** A self-signed certificate for these DNS names, valid now. */
  public ListenerConfig.Certificate make(String name, String... dnsNames) {
    var now = Instant.now();
    return make(name, "EC", now.minus(Duration.ofDays(1)), now.plus(Duration.ofDays(1)), dnsNames);
  }

  /** A self-signed certificate. */
  public ListenerConfig.Certificate make(
      String name, String algorithm, Instant from, Instant to, String... dnsNames) {
    try {
      var generator = KeyPairGenerator.getInstance(algorithm);
      if (algorithm.equals("EC")) {
        generator.initialize(256);
      } else if (algorithm.equals("RSA")) {
        generator.initialize(2048);
      }
      var keys = generator.generateKeyPair();
      var files =
          new ListenerConfig.Certificate(
              name, directory.resolve(name + ".crt"), directory.resolve(name + ".key"));
      var subject = new X500Name("CN=" + name);
      var issuer = new Issuer(subject, keys, algorithm);
      Files.writeString(files.chain(), pem(certificate(subject, keys, issuer, from, to, dnsNames)));
      Files.writeString(files.key(), pem(new JcaPKCS8Generator(keys.getPrivate(), null)));
      return files;
    } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
      throw new AssertionError(e);
    }
  }

  /** An authority, and a certificate that it has issued for these names, in one. */
  public record Issued(Path authority, ListenerConfig.Certificate certificate) {}

  /** A certificate that an authority of its own has issued; both are valid now. */
  public Issued issue(String name, String... dnsNames) {
    try {
      var generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(256);
      var root = generator.generateKeyPair();
      var keys = generator.generateKeyPair();
      var from = Instant.now().minus(Duration.ofDays(1));
      var to = Instant.now().plus(Duration.ofDays(1));
      var issuer = new Issuer(new X500Name("CN=authority of " + name), root, "EC");
      var authority = directory.resolve(name + "-ca.crt");
      var files =
          new ListenerConfig.Certificate(
              name, directory.resolve(name + ".crt"), directory.resolve(name + ".key"));
      Files.writeString(authority, pem(authority(issuer, from, to)));
      Files.writeString(
          files.chain(),
          pem(certificate(new X500Name("CN=" + name), keys, issuer, from, to, dnsNames)));
      Files.writeString(files.key(), pem(new JcaPKCS8Generator(keys.getPrivate(), null)));
      return new Issued(authority, files);
    } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
      throw new AssertionError(e);
    }
  }

  private record Issuer(X500Name name, KeyPair keys, String algorithm) {}

  private static X509Certificate authority(Issuer issuer, Instant from, Instant to)
      throws GeneralSecurityException, IOException, OperatorCreationException {
    var builder =
        new JcaX509v3CertificateBuilder(
            issuer.name(),
            BigInteger.ONE,
            Date.from(from),
            Date.from(to),
            issuer.name(),
            issuer.keys().getPublic());
    builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
    return signed(builder, issuer);
  }

  private static X509Certificate certificate(
      X500Name subject, KeyPair keys, Issuer issuer, Instant from, Instant to, String... dnsNames)
      throws GeneralSecurityException, IOException, OperatorCreationException {
    var builder =
        new JcaX509v3CertificateBuilder(
            issuer.name(),
            BigInteger.TWO,
            Date.from(from),
            Date.from(to),
            subject,
            keys.getPublic());
    if (dnsNames.length > 0) {
      var names =
          Arrays.stream(dnsNames).map(TestCertificates::generalName).toArray(GeneralName[]::new);
      builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names));
    }
    return signed(builder, issuer);
  }

  private static GeneralName generalName(String name) {
    boolean isAddress = NetUtil.isValidIpV4Address(name);
    return new GeneralName(isAddress ? GeneralName.iPAddress : GeneralName.dNSName, name);
  }

  private static X509Certificate signed(JcaX509v3CertificateBuilder builder, Issuer issuer)
      throws GeneralSecurityException, OperatorCreationException {
    String signature =
        switch (issuer.algorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default -> "Ed25519";
        };
    var signer = new JcaContentSignerBuilder(signature).build(issuer.keys().getPrivate());
    return new JcaX509CertificateConverter().getCertificate(builder.build(signer));
  }

  private static String pem(Object object) throws IOException {
    var text = new StringWriter();
    try (var pem = new JcaPEMWriter(text)) {
      pem.writeObject(object);
    }
    return text.toString();
  }
}
