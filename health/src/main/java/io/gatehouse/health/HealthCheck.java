package io.gatehouse.health;

import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * How the endpoints of a pool are probed.
 *
 * @param probe what is sent and what answer is healthy
 * @param intervalNanos time between probes of one endpoint
 * @param jitter share of the interval by which each wait is randomly lengthened or shortened, 0 to
 *     0.5, so that many nodes do not probe in step
 * @param timeoutNanos a probe without an answer for this long has failed
 * @param rise successes in a row that turn DOWN into UP
 * @param fall failures in a row that turn UP into DOWN
 * @param proxyProtocol whether the probe opens with a PROXY v2 LOCAL header, as the L7 tier expects
 */
public record HealthCheck(
    Probe probe,
    long intervalNanos,
    double jitter,
    long timeoutNanos,
    int rise,
    int fall,
    boolean proxyProtocol) {

  /** TCP connect every 2 s, 1 s timeout, rise 2, fall 3: HAProxy's practice. */
  public static final HealthCheck DEFAULT =
      new HealthCheck(new Probe.Tcp(), SECONDS.toNanos(2), 0.1, SECONDS.toNanos(1), 2, 3, false);

  /** What a probe sends, and which answer is healthy. */
  public sealed interface Probe {
    /** The handshake is the answer. */
    record Tcp() implements Probe {}

    /**
     * An HTTP/1.1 request.
     *
     * @param host Host header; empty sends the endpoint's address
     * @param minStatus lowest healthy status
     * @param maxStatus highest healthy status
     */
    record Http(String method, String path, String host, int minStatus, int maxStatus)
        implements Probe {
      /** GET of a path, healthy on 200 to 399. */
      public static Http get(String path) {
        return new Http("GET", path, "", 200, 399);
      }
    }
  }
}
