package io.gatehouse.l7.tls;

import io.gatehouse.l7.ListenerConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECKey;
import java.security.interfaces.EdECKey;
import java.security.interfaces.RSAKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A certificate chain and its key, read from PEM files and checked: a fault is found at start, with
 * the name of the certificate, and not by the first client.
 */
record KeyPairFile(String name, List<X509Certificate> chain, PrivateKey key) {
  private static final Pattern PKCS8 =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");
  private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA");
  private static final int DNS_NAME = 2;

  /**
   * @throws IllegalArgumentException if a file can't be read, a date is wrong, or key and
   *     certificate don't belong together
   */
  static KeyPairFile load(ListenerConfig.Certificate config, Instant now) {
    var chain = readChain(config);
    var leaf = chain.getFirst();
    if (leaf.getNotAfter().before(Date.from(now))) {
      throw fault(config, "it expired at " + leaf.getNotAfter().toInstant(), null);
    }
    if (leaf.getNotBefore().after(Date.from(now))) {
      throw fault(config, "it isn't valid before " + leaf.getNotBefore().toInstant(), null);
    }
    var key = readKey(config);
    if (!belongTogether(leaf, key)) {
      throw fault(
          config, "the key %s isn't that of %s".formatted(config.key(), config.chain()), null);
    }
    return new KeyPairFile(config.name(), chain, key);
  }

  /** What kind of signatures a key makes. */
  enum KeyType {
    ECDSA_P256,
    ECDSA_P384,
    ECDSA_P521,
    ED25519,
    RSA
  }

  /** The kind of its key; the order of the constants is the order in which clients are offered. */
  KeyType keyType() {
    return switch (leaf().getPublicKey()) {
      case RSAKey rsa -> KeyType.RSA;
      case ECKey ec ->
          switch (ec.getParams().getCurve().getField().getFieldSize()) {
            case 256 -> KeyType.ECDSA_P256;
            case 384 -> KeyType.ECDSA_P384;
            case 521 -> KeyType.ECDSA_P521;
            default ->
                throw new IllegalArgumentException(
                    "certificate %s: its curve isn't P-256, P-384 or P-521".formatted(name));
          };
      case EdECKey edwards when edwards.getParams().getName().equals("Ed25519") -> KeyType.ED25519;
      default ->
          throw new IllegalArgumentException(
              "certificate %s: its key isn't RSA, EC or Ed25519".formatted(name));
    };
  }

  X509Certificate leaf() {
    return chain.getFirst();
  }

  /** DNS names of the subjectAltName; the common name is not consulted (RFC 9525 section 2). */
  List<String> dnsNames() {
    var names = new ArrayList<String>();
    try {
      var alternatives = leaf().getSubjectAlternativeNames();
      if (alternatives != null) {
        for (List<?> alternative : alternatives) {
          if (alternative.get(0) instanceof Integer kind && kind == DNS_NAME) {
            names.add(String.valueOf(alternative.get(1)).toLowerCase(Locale.ROOT));
          }
        }
      }
    } catch (CertificateException e) {
      throw new IllegalArgumentException(
          "certificate %s: its subjectAltName can't be read".formatted(name), e);
    }
    return List.copyOf(names);
  }

  private static List<X509Certificate> readChain(ListenerConfig.Certificate config) {
    try (var in = Files.newInputStream(config.chain())) {
      var chain =
          CertificateFactory.getInstance("X.509").generateCertificates(in).stream()
              .map(X509Certificate.class::cast)
              .toList();
      if (chain.isEmpty()) {
        throw fault(config, config.chain() + " holds no certificate (expected: PEM)", null);
      }
      return chain;
    } catch (IOException e) {
      throw unreadable(config, config.chain(), e);
    } catch (CertificateException e) {
      throw fault(config, config.chain() + " isn't a certificate chain in PEM", e);
    }
  }

  private static PrivateKey readKey(ListenerConfig.Certificate config) {
    String pem;
    try {
      pem = Files.readString(config.key(), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw unreadable(config, config.key(), e);
    }
    var matcher = PKCS8.matcher(pem);
    if (!matcher.find()) {
      throw fault(
          config,
          config.key()
              + " holds no unencrypted PKCS#8 key (expected: BEGIN PRIVATE KEY; convert with"
              + " openssl pkcs8 -topk8 -nocrypt)",
          null);
    }
    byte[] der;
    try {
      der = Base64.getMimeDecoder().decode(matcher.group(1));
    } catch (IllegalArgumentException e) {
      throw fault(config, config.key() + " isn't valid base64", e);
    }
    for (String algorithm : ALGORITHMS) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
      } catch (InvalidKeySpecException e) {
        // Of another algorithm: the next one is tried.
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }
    throw fault(config, config.key() + " isn't an RSA, EC or Ed25519 key", null);
  }

  private static boolean belongTogether(X509Certificate leaf, PrivateKey key) {
    String algorithm =
        switch (key.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default -> "EdDSA";
        };
    try {
      byte[] probe = {1, 2, 3};
      var signing = Signature.getInstance(algorithm);
      signing.initSign(key);
      signing.update(probe);
      byte[] signature = signing.sign();
      var verifying = Signature.getInstance(algorithm);
      verifying.initVerify(leaf.getPublicKey());
      verifying.update(probe);
      return verifying.verify(signature);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  private static IllegalArgumentException unreadable(
      ListenerConfig.Certificate config, Path file, IOException cause) {
    String why = cause instanceof NoSuchFileException ? "it doesn't exist" : cause.toString();
    return fault(config, file + " can't be read: " + why, cause);
  }

  private static IllegalArgumentException fault(
      ListenerConfig.Certificate config, String what, @Nullable Exception cause) {
    return new IllegalArgumentException("certificate %s: %s".formatted(config.name(), what), cause);
  }
}
