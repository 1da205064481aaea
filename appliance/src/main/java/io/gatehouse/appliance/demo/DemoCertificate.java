package io.gatehouse.appliance.demo;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * A certificate made on the spot: self-signed, ECDSA P-256, good for a week, its key readable by
 * its owner only. For demos and tests; a front door has one that its clients trust.
 *
 * @param chain PEM of the certificate
 * @param key PEM of the private key, PKCS#8
 */
public record DemoCertificate(X509Certificate certificate, Path chain, Path key) {
  private static final Duration VALIDITY = Duration.ofDays(7);
  private static final Duration CLOCK_SKEW = Duration.ofHours(1);

  /**
   * Makes a certificate and writes {@code NAME.pem} and {@code NAME.key} into a directory.
   *
   * @param dnsNames names of its subjectAltName, wildcards allowed
   * @param addresses IP addresses of its subjectAltName
   */
  public static DemoCertificate make(
      Path directory, String name, List<String> dnsNames, List<String> addresses)
      throws IOException {
    try {
      var generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      KeyPair pair = generator.generateKeyPair();
      X509Certificate certificate = sign(pair, subjectNames(dnsNames, addresses));
      Path chain = directory.resolve(name + ".pem");
      Path key = directory.resolve(name + ".key");
      Files.writeString(chain, pem("CERTIFICATE", certificate.getEncoded()));
      Files.deleteIfExists(key);
      Files.createFile(
          key, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(key, pem("PRIVATE KEY", pair.getPrivate().getEncoded()));
      return new DemoCertificate(certificate, chain, key);
    } catch (CertificateEncodingException e) {
      throw new IOException("the certificate that was made cannot be encoded", e);
    } catch (GeneralSecurityException | OperatorCreationException e) {
      throw new IOException("cannot make a certificate: " + e.getMessage(), e);
    }
  }

  private static GeneralNames subjectNames(List<String> dnsNames, List<String> addresses) {
    List<GeneralName> names = new ArrayList<>();
    dnsNames.forEach(dnsName -> names.add(new GeneralName(GeneralName.dNSName, dnsName)));
    addresses.forEach(address -> names.add(new GeneralName(GeneralName.iPAddress, address)));
    return new GeneralNames(names.toArray(GeneralName[]::new));
  }

  private static X509Certificate sign(KeyPair pair, GeneralNames names)
      throws GeneralSecurityException, OperatorCreationException, IOException {
    Instant now = Instant.now();
    var subject = new X500Name("CN=Gatehouse demo");
    var builder =
        new JcaX509v3CertificateBuilder(
            subject,
            new BigInteger(127, new SecureRandom()),
            Date.from(now.minus(CLOCK_SKEW)),
            Date.from(now.plus(VALIDITY)),
            subject,
            pair.getPublic());
    builder.addExtension(Extension.subjectAlternativeName, false, names);
    builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
    return new JcaX509CertificateConverter()
        .getCertificate(
            builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate())));
  }

  private static String pem(String label, byte[] der) {
    var lines = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII));
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(label, lines.encodeToString(der), label);
  }
}
