package io.gatehouse.l7;

import static java.util.concurrent.TimeUnit.SECONDS;

import io.gatehouse.proxyprotocol.SignedOrigin;
import java.net.InetSocketAddress;
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
 * @param timeouts when to give up on a client
 * @param limits what a client may ask for
 */
public record ListenerConfig(
    String name,
    List<InetSocketAddress> listen,
    ProxyGate proxyProtocol,
    @Nullable Tls tls,
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
   *     names come from the certificates themselves (subjectAltName), wildcards included
   * @param handshakeTimeoutNanos from accept (or PROXY header) to a finished handshake
   */
  public record Tls(List<Certificate> certificates, long handshakeTimeoutNanos) {
    public static final long DEFAULT_HANDSHAKE_TIMEOUT_NANOS = SECONDS.toNanos(10);

    public Tls {
      certificates = List.copyOf(certificates);
    }
  }

  /**
   * @param name its name in the configuration file
   * @param chain PEM, leaf first
   * @param key PEM, PKCS#8
   */
  public record Certificate(String name, Path chain, Path key) {}

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
   */
  public record Limits(
      int maxConnections,
      int maxRequestsPerConnection,
      int maxHeadBytes,
      int maxTargetBytes,
      int maxHeaders,
      long maxBodyBytes) {
    public static final Limits DEFAULT =
        new Limits(8_000, 10_000, 64 * 1024, 8 * 1024, 100, 1L << 30);
  }
}
