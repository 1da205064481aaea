package io.gatehouse.appliance.config;

import io.gatehouse.l7.ListenerConfig.Certificate;
import io.gatehouse.l7.ListenerConfig.Ocsp;
import java.net.URI;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

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

  private static final Key<Boolean> FETCH =
      Key.of(
          "fetch",
          Scalars.BOOLEAN,
          false,
          "Whether each L7 node asks the responder that the certificate names, and asks again at"
              + " half of the answer's time.");

  private static final Key<URI> RESPONDER =
      Key.optional(
          "responder",
          Scalars.HTTP_URL,
          "the one that the certificate names",
          "URL of the responder to ask instead; implies `fetch`.");

  static final Key<Path> FILE =
      Key.optional(
          "file",
          Scalars.FILE,
          "nothing is stapled",
          "DER file of a response that something else keeps fresh; read again when it changes.");

  private static final Key<Ocsp> OCSP =
      Key.optional(
          "ocsp",
          ObjectType.of(
                  "the OCSP stapling of a certificate",
                  CertificateSection::ocsp,
                  FETCH,
                  RESPONDER,
                  FILE)
              .or(FETCH),
          "nothing is stapled",
          "Proof for clients that the certificate is not revoked; one word sets `fetch`. The chain"
              + " must hold the issuer's certificate. Only a response that clients would believe is"
              + " stapled, and none past its time.");

  static final ObjectType<Certificate> TYPE =
      ObjectType.of("a certificate", CertificateSection::build, CHAIN, KEY, OCSP);

  private CertificateSection() {}

  private static Certificate build(Fields f) {
    Ocsp ocsp = f.find(OCSP);
    return new Certificate(
        f.name(), f.get(CHAIN), f.get(KEY), ocsp == null ? new Ocsp.Off() : ocsp);
  }

  private static @Nullable Ocsp ocsp(Fields f) {
    Path file = f.find(FILE);
    URI responder = f.find(RESPONDER);
    boolean fetched = f.get(FETCH) || responder != null;
    if (file != null && fetched) {
      f.error(
          f.at(),
          "conflicting-keys",
          "a response comes from a file or is fetched, not both",
          "leave out 'file', or 'fetch' and 'responder'");
      return null;
    }
    if (file != null) {
      return new Ocsp.FromFile(file);
    }
    return fetched ? new Ocsp.Fetched(responder) : new Ocsp.Off();
  }
}
