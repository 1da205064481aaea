package io.gatehouse.l7;

import static java.util.concurrent.TimeUnit.SECONDS;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How requests are spread over a pool and how its connections are kept. The endpoints and their
 * verdicts come with the health snapshot, under the pool's name.
 *
 * @param balance how an endpoint is chosen
 * @param maxAttempts endpoints tried for one request, the first included; a further one is tried
 *     only while nothing of the request has been sent
 * @param tls null: connections are in the clear
 */
public record PoolConfig(
    String name,
    Balance balance,
    int maxAttempts,
    @Nullable Tls tls,
    Timeouts timeouts,
    Limits limits) {

  /** The same, with this TLS. */
  public PoolConfig withTls(@Nullable Tls other) {
    return new PoolConfig(name, balance, maxAttempts, other, timeouts, limits);
  }

  /** How an endpoint is chosen. */
  public enum Balance {
    ROUND_ROBIN,
    /** The less loaded of two random choices (Mitzenmacher, 2001). */
    LEAST_REQUEST
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
   * @param maxResponseHeadBytes 502 beyond
   */
  public record Limits(int maxConnections, int maxIdleConnections, int maxResponseHeadBytes) {
    public static final Limits DEFAULT = new Limits(1024, 128, 64 * 1024);
  }

  /** Attempts for one request. */
  public static final int DEFAULT_MAX_ATTEMPTS = 3;
}
