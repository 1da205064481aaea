package io.gatehouse.appliance.config;

import io.gatehouse.l7.ListenerConfig.Certificate;
import java.nio.file.Path;

/** {@code certificates.NAME}: what TLS listeners show. */
final class CertificateSection {
  static final Key<Path> CHAIN =
      Key.required(
          "chain",
          Scalars.FILE,
          "PEM file of the certificate and its intermediates, the certificate itself first;"
              + " relative to the folder of this file. Its names (subjectAltName) decide who is"
              + " served it.");

  static final Key<Path> KEY =
      Key.required(
          "key",
          Scalars.FILE,
          "PEM file of its private key, PKCS#8 without a passphrase. Only L7 nodes read it.");

  static final ObjectType<Certificate> TYPE =
      ObjectType.of(
          "a certificate", f -> new Certificate(f.name(), f.get(CHAIN), f.get(KEY)), CHAIN, KEY);

  private CertificateSection() {}
}
