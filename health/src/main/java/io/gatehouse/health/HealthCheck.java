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

  /**
   * @throws IllegalArgumentException if a value is out of its range; the message names it
   */
  public HealthCheck {
    require(intervalNanos > 0, "intervalNanos", intervalNanos, "> 0");
    require(jitter >= 0 && jitter <= 0.5, "jitter", jitter, "0 to 0.5");
    require(timeoutNanos > 0, "timeoutNanos", timeoutNanos, "> 0");
    require(rise > 0, "rise", rise, "> 0");
    require(fall > 0, "fall", fall, "> 0");
  }

  private static void require(boolean holds, String name, Object value, String expected) {
    if (!holds) {
      throw new IllegalArgumentException("%s: %s (expected: %s)".formatted(name, value, expected));
    }
  }

  /** What a probe sends, and which answer is healthy. */
  public sealed interface Probe {
    /**
     * The handshake is the answer. With a PROXY header, the probe also half-closes and the endpoint
     * must close in its turn: the kernel shakes hands for a process that hangs, but only a process
     * that works closes.
     */
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
      /**
       * @throws IllegalArgumentException if a text could not stand in a request head (RFC 9112,
       *     section 3), or the range of statuses is empty
       */
      public Http {
        require(method.matches("[!#$%&'*+.^_`|~0-9A-Za-z-]+"), "method", method, "a token");
        require(path.matches("/[!-~]*|\\*"), "path", path, "a / and visible ASCII");
        require(host.matches("[!-~]*"), "host", host, "visible ASCII");
        require(minStatus >= 100, "minStatus", minStatus, ">= 100");
        require(maxStatus <= 599, "maxStatus", maxStatus, "<= 599");
        require(minStatus <= maxStatus, "minStatus", minStatus, "<= maxStatus " + maxStatus);
      }

      /** GET of a path, healthy on 200 to 399. */
      public static Http get(String path) {
        return new Http("GET", path, "", 200, 399);
      }
    }
  }
}
