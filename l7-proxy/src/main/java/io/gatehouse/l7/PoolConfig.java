package io.gatehouse.l7;

import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * How requests are spread over a pool and how its connections are kept. The endpoints and their
 * verdicts come with the health snapshot, under the pool's name.
 *
 * @param balance how an endpoint is chosen
 * @param maxAttempts endpoints tried for one request, the first included; a further one is tried
 *     only while nothing of the request has been sent
 */
public record PoolConfig(
    String name, Balance balance, int maxAttempts, Timeouts timeouts, Limits limits) {

  /** How an endpoint is chosen. */
  public enum Balance {
    ROUND_ROBIN,
    /** The less loaded of two random choices (Mitzenmacher, 2001). */
    LEAST_REQUEST
  }

  /**
   * @param connectNanos to one endpoint
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
