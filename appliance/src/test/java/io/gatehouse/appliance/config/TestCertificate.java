package io.gatehouse.appliance.config;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * A certificate and its key, made on the spot.
 *
 * @param chain PEM
 * @param key PEM, PKCS#8
 */
record TestCertificate(String chain, String key) {
  static final Duration LIFETIME = Duration.ofDays(90);

  /** Self-signed and in the middle of its life. */
  static TestCertificate valid(Instant now) {
    return of("EC", "SHA256withECDSA", now.minus(Duration.ofDays(10)));
  }

  /** Self-signed, valid for {@link #LIFETIME} from an instant on. */
  static TestCertificate of(String keyAlgorithm, String signature, Instant from) {
    try {
      KeyPair pair = generator(keyAlgorithm).generateKeyPair();
      var name = new X500Name("CN=" + keyAlgorithm.toLowerCase(java.util.Locale.ROOT) + ".example");
      var certificate =
          new JcaX509v3CertificateBuilder(
                  name,
                  BigInteger.ONE,
                  Date.from(from),
                  Date.from(from.plus(LIFETIME)),
                  name,
                  pair.getPublic())
              .build(new JcaContentSignerBuilder(signature).build(pair.getPrivate()));
      return new TestCertificate(
          pem("CERTIFICATE", certificate.getEncoded()), pem(pair.getPrivate()));
    } catch (GeneralSecurityException | OperatorCreationException e) {
      throw new IllegalStateException(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void writeTo(Path folder, String name) {
    try {
      Files.writeString(folder.resolve(name + ".pem"), chain);
      Files.writeString(folder.resolve(name + ".key"), key);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String pem(String type, byte[] der) {
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(type, Base64.getMimeEncoder().encodeToString(der), type);
  }

  private static String pem(PrivateKey key) {
    return pem("PRIVATE KEY", key.getEncoded());
  }

  private static KeyPairGenerator generator(String algorithm) throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
    switch (algorithm) {
      case "EC" -> generator.initialize(new ECGenParameterSpec("secp256r1"));
      case "RSA" -> generator.initialize(2048);
      default -> {} // the algorithm says it all
    }
    return generator;
  }
}
