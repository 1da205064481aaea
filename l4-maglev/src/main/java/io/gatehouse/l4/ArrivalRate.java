package io.gatehouse.l4;

import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * The generic cell rate algorithm: one number, the theoretical arrival time of the next connection,
 * is all that a limit of rate and burst has to remember (ITU-T I.371, annex A). Equal to a token
 * bucket, without a timer that fills it. Pure arithmetic; any thread.
 */
final class ArrivalRate {
  /** Not a theoretical arrival time: the connection comes too early. */
  static final long TOO_EARLY = -1;

  private final long intervalNanos;
  private final long toleranceNanos;

  ArrivalRate(RateLimit limit) {
    intervalNanos = SECONDS.toNanos(1) / limit.perSecond();
    toleranceNanos = intervalNanos * (limit.burst() - 1);
  }

  /**
   * The theoretical arrival time after a connection that arrives now; {@link #TOO_EARLY} if it may
   * not come yet.
   *
   * @param theoreticalNanos as it was before; 0 at first
   * @param nowNanos on the same clock, not negative
   */
  long next(long theoreticalNanos, long nowNanos) {
    long arrival = Math.max(theoreticalNanos, nowNanos);
    return arrival - nowNanos > toleranceNanos ? TOO_EARLY : arrival + intervalNanos;
  }
}
