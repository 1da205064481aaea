package io.gatehouse.l7;

import static java.util.concurrent.TimeUnit.HOURS;
import static java.util.concurrent.TimeUnit.SECONDS;

import io.gatehouse.proxyprotocol.SignedOrigin;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A listener of the L7 tier.
 *
 * @param name unique among listeners
 * @param listen addresses to listen on; one SO_REUSEPORT listener per address and event loop
 * @param proxyProtocol the gate before everything else
 * @param tls null: plain HTTP
 * @param http2 what of HTTP/2 a client may have
 * @param paths what becomes of paths that servers read in more than one way
 * @param timeouts when to give up on a client
 * @param limits what a client may ask for
 */
public record ListenerConfig(
    String name,
    List<InetSocketAddress> listen,
    ProxyGate proxyProtocol,
    @Nullable Tls tls,
    Http2Config http2,
    PathPolicy paths,
    Timeouts timeouts,
    Limits limits) {

  public ListenerConfig {
    listen = List.copyOf(listen);
  }

  /**
   * The PROXY protocol gate. Presence of a header is never guessed: a listener requires it or takes
   * none.
   *
   * @param required whether every connection must open with a PROXY header
   * @param trusted networks (CIDR) whose peers may send one; others are closed and counted
   * @param headerTimeoutNanos from accept to the whole header
   * @param maxHeaderBytes v2 header with its TLVs
   * @param signedOrigin verifies every header; connections whose header is not signed with a key of
   *     the cluster, or not lately, are closed and counted. Null: the peer's address suffices
   */
  public record ProxyGate(
      boolean required,
      List<String> trusted,
      long headerTimeoutNanos,
      int maxHeaderBytes,
      @Nullable SignedOrigin signedOrigin) {
    /** No PROXY header is expected: the peer is the client. */
    public static final ProxyGate NONE = new ProxyGate(false, List.of(), SECONDS.toNanos(3), 4096);

    public ProxyGate {
      trusted = List.copyOf(trusted);
    }

    /** Without signatures. */
    public ProxyGate(
        boolean required, List<String> trusted, long headerTimeoutNanos, int maxHeaderBytes) {
      this(required, trusted, headerTimeoutNanos, maxHeaderBytes, null);
    }
  }

  /**
   * TLS termination.
   *
   * @param certificates the first is the default for clients without SNI or with an unknown name;
   *     names come from the certificates themselves (subjectAltName), wildcards included; of
   *     several for one name the client's abilities decide
   * @param profile what is spoken
   * @param strictSni whether a name that no certificate holds is refused with the alert {@code
   *     unrecognized_name}; else the default is shown
   * @param tickets how sessions are resumed
   * @param clientCertificates null: clients aren't asked for one
   * @param handshakes how many are let in
   * @param handshakeTimeoutNanos from accept (or PROXY header) to a finished handshake
   */
  public record Tls(
      List<Certificate> certificates,
      TlsProfile profile,
      boolean strictSni,
      Tickets tickets,
      @Nullable ClientCertificates clientCertificates,
      Handshakes handshakes,
      long handshakeTimeoutNanos) {
    public static final long DEFAULT_HANDSHAKE_TIMEOUT_NANOS = SECONDS.toNanos(10);

    public Tls {
      certificates = List.copyOf(certificates);
    }

    /** With the defaults for all else. */
    public Tls(List<Certificate> certificates, long handshakeTimeoutNanos) {
      this(
          certificates,
          TlsProfile.INTERMEDIATE,
          false,
          Tickets.DEFAULT,
          null,
          Handshakes.DEFAULT,
          handshakeTimeoutNanos);
    }
  }

  /**
   * @param name its name in the configuration file
   * @param chain PEM, leaf first
   * @param key PEM, PKCS#8
   * @param ocsp where the proof comes from that it isn't revoked
   */
  public record Certificate(String name, Path chain, Path key, Ocsp ocsp) {
    /** Without stapling. */
    public Certificate(String name, Path chain, Path key) {
      this(name, chain, key, new Ocsp.Off());
    }
  }

  /** Where OCSP responses come from, which are stapled to the handshake (RFC 6066 section 8). */
  public sealed interface Ocsp {
    /** Nothing is stapled. */
    record Off() implements Ocsp {}

    /**
     * From a file that someone else keeps fresh.
     *
     * @param response DER
     */
    record FromFile(Path response) implements Ocsp {}

    /**
     * Fetched, and fetched again in time.
     *
     * @param responder http: or https:; null: as the certificate says (authorityInfoAccess)
     */
    record Fetched(@Nullable URI responder) implements Ocsp {}
  }

  /**
   * Session tickets.
   *
   * @param issued false: every handshake is a full one
   * @param secrets shared by the nodes that are to resume each other's sessions; null: each node
   *     draws its own
   * @param windowNanos how long a key issues tickets; it accepts them for as long again
   */
  public record Tickets(boolean issued, @Nullable TicketSecrets secrets, long windowNanos) {
    public static final Tickets DEFAULT = new Tickets(true, null, HOURS.toNanos(12));
  }

  /**
   * Certificates of clients.
   *
   * @param required whether a client without one is refused
   * @param authorities PEM: whose certificates are accepted; nothing else is trusted
   * @param revocations PEM: revocation lists, one of each authority; null: revocation isn't looked
   *     at
   * @param forward what the backend is told
   */
  public record ClientCertificates(
      boolean required, Path authorities, @Nullable Path revocations, Forward forward) {

    /** What a backend is told of a client's certificate, by the fields of RFC 9440. */
    public enum Forward {
      NOTHING,
      /** The client's own certificate, in {@code Client-Cert}. */
      CERTIFICATE,
      /** That, and the others that it has shown, in {@code Client-Cert-Chain}. */
      CHAIN
    }
  }

  /**
   * Bounds on the work of handshakes. A connection counts from its first byte.
   *
   * @param maxConcurrent at once, over all event loops; more are closed at once and counted
   * @param maxPerSecond begun per second, over all event loops, with as many at once after a pause;
   *     more are closed at once and counted; 0: any number
   */
  public record Handshakes(int maxConcurrent, int maxPerSecond) {
    public static final Handshakes DEFAULT = new Handshakes(2_000, 0);
  }

  /**
   * @param headNanos from the first byte of a request head (or the end of the handshake) to its
   *     end; 408 after it
   * @param bodyIdleNanos between two reads of a request body; 408 after it
   * @param keepAliveNanos an idle connection between requests; closed after it
   * @param writeIdleNanos a client that takes no byte of a waiting response; closed after it
   * @param drainNanos how long requests under way may go on after a drain has begun
   */
  public record Timeouts(
      long headNanos,
      long bodyIdleNanos,
      long keepAliveNanos,
      long writeIdleNanos,
      long drainNanos) {
    public static final Timeouts DEFAULT =
        new Timeouts(
            SECONDS.toNanos(10),
            SECONDS.toNanos(30),
            SECONDS.toNanos(65),
            SECONDS.toNanos(30),
            SECONDS.toNanos(30));
  }

  /**
   * @param maxConnections at once, over all event loops; more are closed at once and counted
   * @param maxRequestsPerConnection the last answer carries {@code Connection: close}
   * @param maxHeadBytes request line and headers; 431 beyond
   * @param maxTargetBytes request target; 414 beyond
   * @param maxHeaders number of header fields; 431 beyond
   * @param maxBodyBytes request body; 413 beyond
   * @param bufferBytes most of an answer that waits for a client that takes it slower than it
   *     comes; the backend isn't read until half of it is gone
   */
  public record Limits(
      int maxConnections,
      int maxRequestsPerConnection,
      int maxHeadBytes,
      int maxTargetBytes,
      int maxHeaders,
      long maxBodyBytes,
      int bufferBytes) {
    public static final int DEFAULT_BUFFER_BYTES = 128 * 1024;

    public static final Limits DEFAULT =
        new Limits(8_000, 10_000, 64 * 1024, 8 * 1024, 100, 1L << 30);

    /** With the usual buffer. */
    public Limits(
        int maxConnections,
        int maxRequestsPerConnection,
        int maxHeadBytes,
        int maxTargetBytes,
        int maxHeaders,
        long maxBodyBytes) {
      this(
          maxConnections,
          maxRequestsPerConnection,
          maxHeadBytes,
          maxTargetBytes,
          maxHeaders,
          maxBodyBytes,
          DEFAULT_BUFFER_BYTES);
    }
  }
}
