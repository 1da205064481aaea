package io.gatehouse.l7.tls;

import io.gatehouse.l7.ListenerConfig;
import io.gatehouse.l7.RejectedConnection.Reason;
import io.netty.internal.tcnative.CertificateVerifier;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CRL;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertStore;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXParameters;
import java.security.cert.PKIXReason;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Date;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Judges the certificates that clients show, by the PKIX algorithm of the JDK: a path to one of the
 * given authorities, dates, basic constraints, use for client authentication (RFC 5280), and where
 * a revocation list is given, that nobody on the path is on it. A path whose authority has no list
 * there is refused. Nothing is fetched from anywhere.
 *
 * <p>Called on the event loop in the middle of a handshake, as BoringSSL asks for it. Any thread
 * may use it.
 */
final class ClientVerifier extends CertificateVerifier {
  private static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
  private static final String ANY_EXTENDED_KEY_USAGE = "2.5.29.37.0";

  private final ListenerConfig.ClientCertificates config;
  private final List<X509Certificate> authorities;
  private final Set<TrustAnchor> anchors;
  private final @Nullable CertStore revocations;
  private final InstantSource clock;

  // A verdict is asked for and taken by the same thread, within one call of the handshake.
  private final ThreadLocal<String> lastFault = ThreadLocal.withInitial(() -> "");

  private ClientVerifier(
      ListenerConfig.ClientCertificates config,
      List<X509Certificate> authorities,
      @Nullable CertStore revocations,
      InstantSource clock) {
    this.config = config;
    this.authorities = authorities;
    this.anchors =
        authorities.stream().map(ca -> new TrustAnchor(ca, null)).collect(Collectors.toSet());
    this.revocations = revocations;
    this.clock = clock;
  }

  /**
   * @throws IllegalArgumentException if a file can't be used; the message names it and says why
   */
  static ClientVerifier load(ListenerConfig.ClientCertificates config, InstantSource clock) {
    List<X509Certificate> authorities =
        read(config.authorities(), "certificates", CertificateFactory::generateCertificates)
            .stream()
            .map(X509Certificate.class::cast)
            .toList();
    Path lists = config.revocations();
    return new ClientVerifier(
        config, authorities, lists == null ? null : revocations(lists), clock);
  }

  private static CertStore revocations(Path file) {
    Collection<? extends CRL> lists =
        read(file, "revocation lists", CertificateFactory::generateCRLs);
    try {
      return CertStore.getInstance("Collection", new CollectionCertStoreParameters(lists));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private interface Parser<T> {
    Collection<? extends T> parse(CertificateFactory factory, java.io.InputStream in)
        throws GeneralSecurityException;
  }

  private static <T> Collection<? extends T> read(Path file, String what, Parser<T> parser) {
    try {
      var found =
          parser.parse(
              CertificateFactory.getInstance("X.509"),
              new ByteArrayInputStream(Files.readAllBytes(file)));
      if (found.isEmpty()) {
        throw new IllegalArgumentException(
            "client certificates: %s holds no %s (expected: PEM)".formatted(file, what));
      }
      return found;
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "client certificates: %s can't be read: %s".formatted(file, e), e);
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException(
          "client certificates: %s holds no %s that can be read: %s"
              .formatted(file, what, e.getMessage()),
          e);
    }
  }

  ListenerConfig.ClientCertificates config() {
    return config;
  }

  List<X509Certificate> authorities() {
    return authorities;
  }

  @Override
  public int verify(long ssl, byte[][] chain, String authentication) {
    try {
      verify(List.of(chain));
      return X509_V_OK;
    } catch (CertPathValidatorException e) {
      lastFault.set(fault(e, chain[0]));
      return code(e.getReason());
    } catch (GeneralSecurityException | RuntimeException e) {
      lastFault.set(String.valueOf(e.getMessage()));
      return X509_V_ERR_CERT_REJECTED;
    }
  }

  /** Judges the certificates of a resumed session, whose dates and lists may have moved on. */
  void verifyResumed(List<byte[]> chain) throws TlsFailure {
    try {
      verify(chain);
    } catch (GeneralSecurityException | RuntimeException e) {
      String detail =
          e instanceof CertPathValidatorException path
              ? fault(path, chain.getFirst())
              : String.valueOf(e.getMessage());
      throw new TlsFailure(
          Reason.TLS_CLIENT_CERTIFICATE_INVALID, "in a resumed session: " + detail);
    }
  }

  /** What was wrong with the last certificate that this thread refused; empty if nothing was. */
  String takeFault() {
    String fault = lastFault.get();
    lastFault.remove();
    return fault;
  }

  private void verify(List<byte[]> der) throws GeneralSecurityException {
    var factory = CertificateFactory.getInstance("X.509");
    List<X509Certificate> path = new ArrayList<>();
    for (byte[] certificate : der) {
      var parsed =
          (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(certificate));
      if (path.isEmpty() || !authorities.contains(parsed)) {
        path.add(parsed);
      }
    }
    checkUse(path.getFirst());
    var parameters = new PKIXParameters(anchors);
    parameters.setDate(Date.from(clock.instant()));
    parameters.setRevocationEnabled(false);
    var validator = CertPathValidator.getInstance("PKIX");
    if (revocations != null) {
      var checker = (PKIXRevocationChecker) validator.getRevocationChecker();
      checker.setOptions(
          EnumSet.of(
              PKIXRevocationChecker.Option.PREFER_CRLS, PKIXRevocationChecker.Option.NO_FALLBACK));
      parameters.addCertStore(revocations);
      parameters.addCertPathChecker(checker);
    }
    validator.validate(factory.generateCertPath(path), parameters);
  }

  private static void checkUse(X509Certificate leaf) throws CertificateException {
    List<String> uses = leaf.getExtendedKeyUsage();
    if (uses != null && !uses.contains(CLIENT_AUTH) && !uses.contains(ANY_EXTENDED_KEY_USAGE)) {
      throw new CertificateException("it isn't meant for client authentication");
    }
  }

  private static String fault(CertPathValidatorException e, byte[] leaf) {
    String subject;
    try {
      subject =
          ((X509Certificate)
                  CertificateFactory.getInstance("X.509")
                      .generateCertificate(new ByteArrayInputStream(leaf)))
              .getSubjectX500Principal()
              .getName();
    } catch (CertificateException unreadable) {
      subject = "a certificate";
    }
    return "%s: %s: %s".formatted(subject, e.getReason(), e.getMessage());
  }

  private static int code(CertPathValidatorException.Reason reason) {
    return switch (reason) {
      case BasicReason.EXPIRED -> X509_V_ERR_CERT_HAS_EXPIRED;
      case BasicReason.NOT_YET_VALID -> X509_V_ERR_CERT_NOT_YET_VALID;
      case BasicReason.REVOKED -> X509_V_ERR_CERT_REVOKED;
      case PKIXReason.NO_TRUST_ANCHOR -> X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY;
      default -> X509_V_ERR_CERT_REJECTED;
    };
  }
}
