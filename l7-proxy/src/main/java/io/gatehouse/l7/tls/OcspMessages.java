package io.gatehouse.l7.tls;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.Date;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Requests to OCSP responders, and what is to be known of their responses (RFC 6960). */
final class OcspMessages {
  private static final String AUTHORITY_INFO_ACCESS = "1.3.6.1.5.5.7.1.1";
  private static final byte[] ID_AD_OCSP = {0x2b, 6, 1, 5, 5, 7, 0x30, 1};
  private static final byte[] SHA1_ALGORITHM = {0x30, 9, 6, 5, 0x2b, 0x0e, 3, 2, 0x1a, 5, 0};
  private static final int INTEGER = 0x02;
  private static final int URI_NAME = 0x86;
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("uuuuMMddHHmmss'Z'");

  /**
   * A response that holds.
   *
   * @param nextUpdate when newer information is there at the latest; empty if the responder always
   *     has newer
   */
  record Validity(Instant thisUpdate, Optional<Instant> nextUpdate) {}

  private OcspMessages() {}

  /**
   * Asks for the status of one certificate. SHA-1 only names the issuer; every responder knows it
   * (RFC 5019 section 2.1.1).
   */
  static byte[] request(X509Certificate certificate, X509Certificate issuer) {
    try {
      var sha1 = MessageDigest.getInstance("SHA-1");
      byte[] name = sha1.digest(issuer.getSubjectX500Principal().getEncoded());
      List<Der> publicKey = Der.read(issuer.getPublicKey().getEncoded()).children();
      // A BIT STRING begins with the number of its unused bits.
      byte[] bits = publicKey.get(1).content();
      byte[] key = sha1.digest(Arrays.copyOfRange(bits, 1, bits.length));
      byte[] certificateId =
          Der.write(
              Der.SEQUENCE,
              SHA1_ALGORITHM,
              Der.writePrimitive(Der.OCTET_STRING, name),
              Der.writePrimitive(Der.OCTET_STRING, key),
              Der.writePrimitive(INTEGER, certificate.getSerialNumber().toByteArray()));
      byte[] requests = Der.write(Der.SEQUENCE, Der.write(Der.SEQUENCE, certificateId));
      return Der.write(Der.SEQUENCE, Der.write(Der.SEQUENCE, requests));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("SHA-1 is part of this platform", e);
    }
  }

  /** The responder that a certificate names, if it names one. */
  static Optional<URI> responder(X509Certificate certificate) {
    byte[] extension = certificate.getExtensionValue(AUTHORITY_INFO_ACCESS);
    if (extension == null) {
      return Optional.empty();
    }
    return Der.read(Der.read(extension).content()).children().stream()
        .map(Der::children)
        .filter(access -> Arrays.equals(access.get(0).content(), ID_AD_OCSP))
        .filter(access -> access.get(1).tag() == URI_NAME)
        .map(access -> new String(access.get(1).content(), StandardCharsets.US_ASCII))
        .map(URI::create)
        .findFirst();
  }

  /**
   * Judges a response as a client would: signed by the issuer or on its behalf, for this
   * certificate, at this time, and good.
   *
   * @throws GeneralSecurityException if it says something else than that the certificate is good
   * @throws IllegalArgumentException if it isn't an OCSP response
   */
  static Validity judge(
      byte[] response, X509Certificate certificate, X509Certificate issuer, Instant now)
      throws GeneralSecurityException {
    var validator = CertPathValidator.getInstance("PKIX");
    var checker = (PKIXRevocationChecker) validator.getRevocationChecker();
    checker.setOptions(
        EnumSet.of(
            PKIXRevocationChecker.Option.ONLY_END_ENTITY,
            PKIXRevocationChecker.Option.NO_FALLBACK));
    checker.setOcspResponses(Map.of(certificate, response));
    var parameters = new PKIXParameters(Set.of(new TrustAnchor(issuer, null)));
    parameters.setDate(Date.from(now));
    parameters.addCertPathChecker(checker);
    var path = CertificateFactory.getInstance("X.509").generateCertPath(List.of(certificate));
    validator.validate(path, parameters);
    return validity(response);
  }

  private static Validity validity(byte[] response) {
    Der responseBytes = Der.read(response).child(Der.context(0)).child(Der.SEQUENCE);
    Der basic = Der.read(responseBytes.child(Der.OCTET_STRING).content());
    // tbsResponseData → responses, which is its only SEQUENCE → the first SingleResponse
    Der single = basic.child(Der.SEQUENCE).child(Der.SEQUENCE).child(Der.SEQUENCE);
    Instant thisUpdate = time(single.child(Der.GENERALIZED_TIME));
    return new Validity(
        thisUpdate,
        single.children().stream()
            .filter(field -> field.tag() == Der.context(0))
            .flatMap(field -> field.children().stream())
            .filter(field -> field.tag() == Der.GENERALIZED_TIME)
            .map(OcspMessages::time)
            .findFirst());
  }

  private static Instant time(Der time) {
    String text = new String(time.content(), StandardCharsets.US_ASCII);
    try {
      return LocalDateTime.parse(text, TIME).toInstant(ZoneOffset.UTC);
    } catch (DateTimeParseException e) {
      throw new IllegalArgumentException("OCSP: %s isn't a time".formatted(text), e);
    }
  }
}
