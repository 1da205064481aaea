package io.gatehouse.l4;

import java.util.concurrent.atomic.AtomicLong;

/** Limits the rate of all new connections of a service. Shared by all loops, without a lock. */
final class ArrivalGate {
  private final ArrivalRate rate;
  private final AtomicLong theoreticalNanos = new AtomicLong();

  ArrivalGate(RateLimit limit) {
    this.rate = new ArrivalRate(limit);
  }

  /**
   * Whether one more connection may come.
   *
   * @param nowNanos not negative
   */
  boolean admits(long nowNanos) {
    while (true) {
      long before = theoreticalNanos.get();
      long after = rate.next(before, nowNanos);
      if (after == ArrivalRate.TOO_EARLY) {
        return false;
      }
      if (theoreticalNanos.compareAndSet(before, after)) {
        return true;
      }
    }
  }
}
