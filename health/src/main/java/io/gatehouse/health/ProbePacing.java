package io.gatehouse.health;

import java.util.SplittableRandom;

/**
 * When an endpoint is probed next. A pure function of the check, a little state and injected
 * randomness. Owned by the monitor's loop.
 *
 * <p>Two paces: the interval of the check while the verdict stands, and {@link #fastNanos} while it
 * is open or about to turn. Both are counted from the start of the previous probe and jittered.
 */
final class ProbePacing {
  /** Probes of one endpoint are at least this far apart, whatever is reported about it. */
  static final long MIN_GAP_NANOS = 20_000_000L;

  /** A start does not wait longer than this for its first probes. */
  static final long MAX_FIRST_WAIT_NANOS = 500_000_000L;

  private final long intervalNanos;
  private final double jitter;
  private final long fastNanos;
  private final SplittableRandom random;
  private long lastStartNanos;

  ProbePacing(HealthCheck check, SplittableRandom random, long nowNanos) {
    this.intervalNanos = check.intervalNanos();
    this.jitter = check.jitter();
    this.fastNanos = fastNanos(check);
    this.random = random;
    this.lastStartNanos = nowNanos - fastNanos;
  }

  /** The fast pace: at least {@link #MIN_GAP_NANOS}, at most the interval. */
  static long fastNanos(HealthCheck check) {
    return Math.min(check.intervalNanos(), Math.max(MIN_GAP_NANOS, check.fastIntervalNanos()));
  }

  /** Wait before the first probe: random, so that the first probes are spread. */
  long firstWaitNanos() {
    return random.nextLong(Math.min(fastNanos, MAX_FIRST_WAIT_NANOS));
  }

  void started(long nowNanos) {
    lastStartNanos = nowNanos;
  }

  /** Wait from now until the next probe in turn. */
  long nextWaitNanos(boolean fast, long nowNanos) {
    long pace = fast ? fastNanos : intervalNanos;
    double factor = jitter == 0 ? 1 : 1 + random.nextDouble(-jitter, jitter);
    return waitUntil(lastStartNanos + (long) (pace * factor), nowNanos);
  }

  /** Wait from now until a probe that something has asked for: one per fast pace at most. */
  long hintedWaitNanos(long nowNanos) {
    return waitUntil(lastStartNanos + fastNanos, nowNanos);
  }

  private long waitUntil(long dueNanos, long nowNanos) {
    long earliest = Math.max(dueNanos - lastStartNanos, MIN_GAP_NANOS) + lastStartNanos;
    return Math.max(0, earliest - nowNanos);
  }
}
