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
import java.util.Arrays;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
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
      Files.writeString(files.chain(), pem(certificate(name, algorithm, keys, from, to, dnsNames)));
      Files.writeString(files.key(), pem(new JcaPKCS8Generator(keys.getPrivate(), null)));
      return files;
    } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
      throw new AssertionError(e);
    }
  }

  private static X509Certificate certificate(
      String name, String algorithm, KeyPair keys, Instant from, Instant to, String... dnsNames)
      throws GeneralSecurityException, IOException, OperatorCreationException {
    var subject = new X500Name("CN=" + name);
    var builder =
        new JcaX509v3CertificateBuilder(
            subject, BigInteger.ONE, Date.from(from), Date.from(to), subject, keys.getPublic());
    if (dnsNames.length > 0) {
      var names =
          Arrays.stream(dnsNames)
              .map(dns -> new GeneralName(GeneralName.dNSName, dns))
              .toArray(GeneralName[]::new);
      builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names));
    }
    String signature =
        switch (algorithm) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default -> "Ed25519";
        };
    var signer = new JcaContentSignerBuilder(signature).build(keys.getPrivate());
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
