package io.gatehouse.l7.tls;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import io.gatehouse.l7.ListenerConfig;
import io.gatehouse.l7.TlsProfile;
import io.netty.internal.tcnative.CertificateCallback;
import io.netty.internal.tcnative.SSL;
import io.netty.internal.tcnative.SSLContext;
import io.netty.internal.tcnative.SessionTicketKey;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * BoringSSL's {@code SSL_CTX} for one listener, with one generation of certificates. It never
 * changes but for its ticket keys; what changes in the files makes a new one.
 *
 * <p>Counts those who use it, since connections outlive its replacement; the last one frees it. Any
 * thread may use it.
 */
final class ServerContext {
  private static final int OLD_VERSIONS =
      SSL.SSL_OP_NO_SSLv2 | SSL.SSL_OP_NO_SSLv3 | SSL.SSL_OP_NO_TLSv1 | SSL.SSL_OP_NO_TLSv1_1;

  /** All certificates that a client may show, in bytes; as much fits in a header field. */
  private static final int MAX_CLIENT_CHAIN_BYTES = 8 * 1024;

  private static final int MAX_CLIENT_CHAIN_DEPTH = 8;

  private final AtomicInteger users = new AtomicInteger(1);
  private final CredentialsByName credentials;
  private final @Nullable ClientVerifier clientCertificates;
  private final long address;

  /**
   * @param listener its name: sessions of one listener can't be resumed on another
   * @param credentials closed with this
   * @param clientCertificates null: none are asked for
   * @param protocols offered by ALPN, the best first
   */
  ServerContext(
      String listener,
      ListenerConfig.Tls config,
      CredentialsByName credentials,
      @Nullable ClientVerifier clientCertificates,
      List<String> protocols) {
    this.credentials = credentials;
    this.clientCertificates = clientCertificates;
    try {
      this.address = SSLContext.make(SSL.SSL_PROTOCOL_ALL, SSL.SSL_MODE_SERVER);
    } catch (Exception e) {
      throw new IllegalStateException("BoringSSL gives no context", e);
    }
    try {
      speak(config.profile(), protocols);
      chooseByName(config.strictSni());
      askForClientCertificates();
      SSLContext.setSessionIdContext(address, sessionContext(listener));
      SSLContext.setSessionCacheTimeout(
          address, NANOSECONDS.toSeconds(config.tickets().windowNanos()));
      if (!config.tickets().issued()) {
        SSLContext.setOptions(address, SSL.SSL_OP_NO_TICKET);
      }
    } catch (Exception e) {
      release();
      throw new IllegalArgumentException("tls: BoringSSL refuses it: " + e.getMessage(), e);
    }
  }

  private void speak(TlsProfile profile, List<String> protocols) throws Exception {
    var ciphers = profile.tls12Ciphers();
    SSLContext.setOptions(
        address, ciphers.isEmpty() ? OLD_VERSIONS | SSL.SSL_OP_NO_TLSv1_2 : OLD_VERSIONS);
    if (!ciphers.isEmpty()) {
      SSLContext.setCipherSuite(address, String.join(":", ciphers), false);
    }
    if (!SSLContext.setCurvesList(address, profile.groups())) {
      throw new IllegalStateException("groups: " + SSL.getLastError());
    }
    SSLContext.setAlpnProtos(
        address, protocols.toArray(String[]::new), SSL.SSL_SELECTOR_FAILURE_NO_ADVERTISE);
    // All is done on the event loop, within the call that brings the bytes.
    SSLContext.setUseTasks(address, false);
  }

  private void chooseByName(boolean strict) throws Exception {
    if (strict) {
      SSLContext.setSniHostnameMatcher(address, (ssl, name) -> credentials.knows(name));
    }
    if (credentials.isOne()) {
      for (Credential credential : credentials.forName(null)) {
        SSLContext.addCredential(address, credential.address());
      }
    } else {
      CertificateCallback choose =
          (ssl, types, principals) -> {
            for (Credential credential : credentials.forName(SSL.getSniHostname(ssl))) {
              SSL.addCredential(ssl, credential.address());
            }
          };
      SSLContext.setCertificateCallback(address, choose);
    }
  }

  private void askForClientCertificates() throws Exception {
    var verifier = clientCertificates;
    if (verifier == null) {
      return;
    }
    SSLContext.setCertVerifyCallback(address, verifier);
    SSLContext.setVerify(
        address,
        verifier.config().required() ? SSL.SSL_CVERIFY_REQUIRED : SSL.SSL_CVERIFY_OPTIONAL,
        MAX_CLIENT_CHAIN_DEPTH);
    SSLContext.setMaxCertList(address, MAX_CLIENT_CHAIN_BYTES);
    var pem = Credential.chainPem(verifier.authorities());
    long bio = SSL.newMemBIO();
    try {
      SSL.bioWrite(bio, TlsEngine.address(pem), pem.readableBytes());
      if (!SSLContext.setCACertificateBio(address, bio)) {
        throw new IllegalArgumentException("client certificates: " + SSL.getLastError());
      }
    } finally {
      SSL.freeBIO(bio);
      pem.release();
    }
  }

  /**
   * A session may be resumed only where its client was held to the same demands: on a listener of
   * this name with the same authorities (CVE-2025-23419).
   */
  private byte[] sessionContext(String listener) throws GeneralSecurityException {
    var digest = MessageDigest.getInstance("SHA-256");
    digest.update(listener.getBytes(StandardCharsets.UTF_8));
    var verifier = clientCertificates;
    if (verifier != null) {
      digest.update((byte) (verifier.config().required() ? 2 : 1));
      for (X509Certificate authority : verifier.authorities()) {
        digest.update(authority.getEncoded());
      }
    }
    return digest.digest();
  }

  /** Issues and accepts tickets with these keys from now on; the first one issues. */
  void setTicketKeys(SessionTicketKey[] keys) {
    SSLContext.setSessionTicketKeys(address, keys);
  }

  /** BoringSSL's address of it, as Netty's glue knows it. */
  long address() {
    return address;
  }

  @Nullable ClientVerifier clientCertificates() {
    return clientCertificates;
  }

  /** What the verifier said last on this thread; empty if nothing. */
  String takeClientFault() {
    return clientCertificates == null ? "" : clientCertificates.takeFault();
  }

  /** Counts a user in; false if the last one has gone, and this must not be used. */
  boolean tryRetain() {
    for (int n = users.get(); n > 0; n = users.get()) {
      if (users.compareAndSet(n, n + 1)) {
        return true;
      }
    }
    return false;
  }

  /** Counts a user out. */
  void release() {
    if (users.decrementAndGet() == 0) {
      SSLContext.free(address);
      credentials.close();
    }
  }
}
