package io.gatehouse.l4;

import static java.util.concurrent.TimeUnit.SECONDS;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Lets one log line through per second, so that a flood of connections is not a flood of lines.
 * Loops share it, without a lock.
 */
final class LogGate {
  private static final long INTERVAL_NANOS = SECONDS.toNanos(1);

  private final AtomicLong nextNanos;
  private final AtomicLong suppressed = new AtomicLong();

  /**
   * @param nowNanos from when lines may be written
   */
  LogGate(long nowNanos) {
    nextNanos = new AtomicLong(nowNanos);
  }

  /** Whether a line may be written now. */
  boolean admits(long nowNanos) {
    long next = nextNanos.get();
    if (nowNanos - next >= 0 && nextNanos.compareAndSet(next, nowNanos + INTERVAL_NANOS)) {
      return true;
    }
    suppressed.incrementAndGet();
    return false;
  }

  /** Lines held back since the last one that was written; starts again at 0. */
  long takeSuppressed() {
    return suppressed.getAndSet(0);
  }
}
