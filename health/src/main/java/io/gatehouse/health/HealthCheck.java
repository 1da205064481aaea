package io.gatehouse.health;

import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * How the endpoints of a pool are probed.
 *
 * @param probe what is sent and what answer is healthy
 * @param intervalNanos time between probes of one endpoint
 * @param fastIntervalNanos the same while its verdict is open or about to turn
 * @param jitter share of the interval by which each wait is randomly lengthened or shortened, 0 to
 *     0.5, so that many nodes do not probe in step
 * @param timeoutNanos a probe without an answer for this long has failed
 * @param rise successes in a row that turn DOWN into UP
 * @param fall failures in a row that turn UP into DOWN
 * @param proxyProtocol whether the probe opens with a PROXY v2 LOCAL header, as the L7 tier expects
 * @param start what an endpoint is taken for before it has been probed: UNKNOWN lets the first
 *     probe decide at once, UP and DOWN stand until {@code fall} or {@code rise} probes speak
 *     against them
 */
public record HealthCheck(
    Probe probe,
    long intervalNanos,
    long fastIntervalNanos,
    double jitter,
    long timeoutNanos,
    int rise,
    int fall,
    boolean proxyProtocol,
    Verdict start) {

  /** TCP connect every 2 s, 1 s timeout, rise 2, fall 3: HAProxy's practice. */
  public static final HealthCheck DEFAULT =
      new HealthCheck(new Probe.Tcp(), SECONDS.toNanos(2), 0.1, SECONDS.toNanos(1), 2, 3, false);

  /**
   * @throws IllegalArgumentException if a value is out of its range; the message names it
   */
  public HealthCheck {
    require(intervalNanos > 0, "intervalNanos", intervalNanos, "> 0");
    require(fastIntervalNanos > 0, "fastIntervalNanos", fastIntervalNanos, "> 0");
    require(jitter >= 0 && jitter <= 0.5, "jitter", jitter, "0 to 0.5");
    require(timeoutNanos > 0, "timeoutNanos", timeoutNanos, "> 0");
    require(rise > 0, "rise", rise, "> 0");
    require(fall > 0, "fall", fall, "> 0");
    require(
        start == Verdict.UNKNOWN || start == Verdict.UP || start == Verdict.DOWN,
        "start",
        start,
        "UNKNOWN, UP or DOWN");
  }

  /** From an open start, and as fast as fits {@code rise} or {@code fall} into one interval. */
  public HealthCheck(
      Probe probe,
      long intervalNanos,
      double jitter,
      long timeoutNanos,
      int rise,
      int fall,
      boolean proxyProtocol) {
    this(
        probe,
        intervalNanos,
        fastInterval(intervalNanos, rise, fall),
        jitter,
        timeoutNanos,
        rise,
        fall,
        proxyProtocol,
        Verdict.UNKNOWN);
  }

  /** The fast interval that lets {@code rise} or {@code fall} probes fit into one interval. */
  public static long fastInterval(long intervalNanos, int rise, int fall) {
    return Math.max(1, intervalNanos / Math.max(1, Math.max(rise, fall)));
  }

  /** The same, with or without the header. */
  public HealthCheck withProxyProtocol(boolean sent) {
    return new HealthCheck(
        probe, intervalNanos, fastIntervalNanos, jitter, timeoutNanos, rise, fall, sent, start);
  }

  /** The same, with another probe. */
  public HealthCheck withProbe(Probe other) {
    return new HealthCheck(
        other,
        intervalNanos,
        fastIntervalNanos,
        jitter,
        timeoutNanos,
        rise,
        fall,
        proxyProtocol,
        start);
  }

  /**
   * The longest time from an endpoint's death to the verdict DOWN, in nanoseconds: it dies just
   * after a probe; then pass the longest wait and {@code fall} probes, each of which runs into its
   * timeout or is followed by the longest fast wait, whichever is later.
   */
  public long worstCaseNanos() {
    long wait = (long) (intervalNanos * (1 + jitter));
    long fastWait =
        Math.max(
            (long) (ProbePacing.fastNanos(this) * (1 + jitter)),
            timeoutNanos + ProbePacing.MIN_GAP_NANOS);
    return wait + (fall - 1) * fastWait + timeoutNanos;
  }

  private static void require(boolean holds, String name, Object value, String expected) {
    if (!holds) {
      throw new IllegalArgumentException("%s: %s (expected: %s)".formatted(name, value, expected));
    }
  }
}
