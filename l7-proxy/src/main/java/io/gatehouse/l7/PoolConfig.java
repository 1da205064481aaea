package io.gatehouse.l7;

import static java.util.concurrent.TimeUnit.SECONDS;

import java.nio.file.Path;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * How requests are spread over a pool and how its connections are kept. The endpoints and their
 * verdicts come with the health snapshot, under the pool's name.
 *
 * @param balance how an endpoint is chosen
 * @param maxAttempts endpoints tried for one request, the first included; a further one is tried
 *     only while nothing of the request has been sent
 * @param connections what is spoken to the endpoints, and for how long
 */
public record PoolConfig(
    String name,
    Balance balance,
    int maxAttempts,
    Connections connections,
    Timeouts timeouts,
    Limits limits) {

  /** The same, over connections of this kind. */
  public PoolConfig over(Protocol protocol, @Nullable Tls tls) {
    return new PoolConfig(
        name,
        balance,
        maxAttempts,
        new Connections(protocol, tls, connections.http2(), connections.lifetime()),
        timeouts,
        limits);
  }

  /** How an endpoint is chosen. */
  public enum Balance {
    ROUND_ROBIN,
    /** The less loaded of two random choices (Mitzenmacher, 2001). */
    LEAST_REQUEST
  }

  /**
   * What is spoken to the endpoints.
   *
   * @param tls null: in the clear; {@link Protocol#H2} and {@link Protocol#AUTO} need it
   */
  public record Connections(Protocol protocol, @Nullable Tls tls, Http2 http2, Lifetime lifetime) {
    public static final Connections DEFAULT =
        new Connections(Protocol.H1, null, Http2.DEFAULT, Lifetime.DEFAULT);

    /**
     * @throws IllegalArgumentException if protocol and TLS don't fit each other
     */
    public Connections {
      boolean needsTls = protocol == Protocol.H2 || protocol == Protocol.AUTO;
      if (needsTls && tls == null) {
        throw new IllegalArgumentException("protocol: " + protocol + " (expected: with TLS)");
      }
      if (protocol == Protocol.H2C && tls != null) {
        throw new IllegalArgumentException("protocol: H2C (expected: without TLS)");
      }
    }
  }

  /** A version of HTTP, and how it is agreed on. */
  public enum Protocol {
    /** HTTP/1.1. */
    H1,
    /** HTTP/2 over TLS. */
    H2,
    /** HTTP/2 in the clear, of which both sides know (RFC 9113 section 3.3). */
    H2C,
    /** HTTP/2 or HTTP/1.1 over TLS, as each endpoint chooses by ALPN. */
    AUTO
  }

  /**
   * @param maxStreams requests at once on one connection, unless the endpoint allows fewer
   * @param pingAfterNanos an endpoint that owes something and has sent nothing for so long is asked
   *     by PING whether it is there
   * @param pingTimeoutNanos it isn't, if it sends nothing for so long after that
   * @param streamWindowBytes most of one answer that waits for its client; at least {@value
   *     Http2Config#MIN_WINDOW_BYTES}
   * @param connectionWindowBytes most of all answers of a connection that may be on their way; at
   *     least one stream's
   */
  public record Http2(
      int maxStreams,
      long pingAfterNanos,
      long pingTimeoutNanos,
      int streamWindowBytes,
      int connectionWindowBytes) {
    public static final Http2 DEFAULT = new Http2(100, SECONDS.toNanos(10), SECONDS.toNanos(5));

    public Http2 {
      if (streamWindowBytes < Http2Config.MIN_WINDOW_BYTES) {
        throw new IllegalArgumentException(
            "streamWindowBytes: %d (expected: >= %d)"
                .formatted(streamWindowBytes, Http2Config.MIN_WINDOW_BYTES));
      }
      if (connectionWindowBytes < streamWindowBytes) {
        throw new IllegalArgumentException(
            "connectionWindowBytes: %d (expected: >= streamWindowBytes, %d)"
                .formatted(connectionWindowBytes, streamWindowBytes));
      }
    }

    /** With the usual windows. */
    public Http2(int maxStreams, long pingAfterNanos, long pingTimeoutNanos) {
      this(maxStreams, pingAfterNanos, pingTimeoutNanos, 128 * 1024, 1024 * 1024);
    }
  }

  /**
   * @param maxAgeNanos a connection takes no more requests after it, give or take a tenth, so that
   *     connections made at one time don't end at one time
   * @param maxRequests on one connection
   */
  public record Lifetime(long maxAgeNanos, int maxRequests) {
    public static final Lifetime DEFAULT = new Lifetime(SECONDS.toNanos(1_200), 1_000_000);
    private static final double JITTER = 0.1;

    /** When a connection made now has lived long enough. */
    public long endNanos(long nowNanos, RandomGenerator random) {
      return nowNanos + (long) (maxAgeNanos * random.nextDouble(1 - JITTER, 1 + JITTER));
    }
  }

  /**
   * TLS to the endpoints.
   *
   * @param verify whether an endpoint must show a certificate of an authority that is trusted here,
   *     in force now, for its name; without it, whoever answers is believed
   * @param serverName asked for by SNI and looked for in the certificate; null: the endpoint's own
   *     name or address
   * @param authorities PEM file of the authorities that are trusted; null: those of the JDK
   * @param certificate shown to endpoints that ask for one; null: none
   * @param minVersion the oldest version that is spoken
   */
  public record Tls(
      boolean verify,
      @Nullable String serverName,
      @Nullable Path authorities,
      ListenerConfig.@Nullable Certificate certificate,
      TlsVersion minVersion) {
    public static final Tls DEFAULT = new Tls(true, null, null, null, TlsVersion.TLS_1_2);
  }

  /** A version of TLS. */
  public enum TlsVersion {
    TLS_1_2,
    TLS_1_3
  }

  /**
   * @param connectNanos to one endpoint: TCP, and then once more for TLS
   * @param keepAliveNanos an idle connection is closed after this; keep it under the backend's own
   */
  public record Timeouts(long connectNanos, long keepAliveNanos) {
    public static final Timeouts DEFAULT = new Timeouts(SECONDS.toNanos(2), SECONDS.toNanos(50));
  }

  /**
   * @param maxConnections to one endpoint, over all event loops; 503 with flag UO beyond
   * @param maxIdleConnections kept to one endpoint, per event loop
   * @param preconnect connections that each event loop keeps ready to each endpoint that takes work
   * @param maxResponseHeadBytes 502 beyond
   * @param bufferBytes most of a request that waits for a backend that takes it slower than it
   *     comes; the client isn't read until half of it is gone
   */
  public record Limits(
      int maxConnections,
      int maxIdleConnections,
      int preconnect,
      int maxResponseHeadBytes,
      int bufferBytes) {
    public static final int DEFAULT_BUFFER_BYTES = 128 * 1024;

    public static final Limits DEFAULT = new Limits(1024, 1024, 64 * 1024);

    /**
     * @throws IllegalArgumentException if more connections are to be made than are kept
     */
    public Limits {
      if (preconnect > maxIdleConnections) {
        throw new IllegalArgumentException(
            "preconnect: %d (expected: <= maxIdleConnections, %d)"
                .formatted(preconnect, maxIdleConnections));
      }
    }

    /** With the usual buffer, and no connection before it is needed. */
    public Limits(int maxConnections, int maxIdleConnections, int maxResponseHeadBytes) {
      this(maxConnections, maxIdleConnections, 0, maxResponseHeadBytes, DEFAULT_BUFFER_BYTES);
    }
  }

  /** Attempts for one request. */
  public static final int DEFAULT_MAX_ATTEMPTS = 3;
}
