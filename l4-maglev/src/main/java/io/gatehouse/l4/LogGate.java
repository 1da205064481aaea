package io.gatehouse.l4;

import static java.util.concurrent.TimeUnit.SECONDS;

/**
 * Lets one log line through per second, so that a flood of connections is not a flood of lines.
 * Owned by one event loop.
 */
final class LogGate {
  private static final long INTERVAL_NANOS = SECONDS.toNanos(1);

  private long nextNanos;
  private boolean used;
  private long suppressed;

  /** Whether a line may be written now. */
  boolean admits(long nowNanos) {
    if (used && nowNanos - nextNanos < 0) {
      suppressed++;
      return false;
    }
    used = true;
    nextNanos = nowNanos + INTERVAL_NANOS;
    return true;
  }

  /** Lines held back since the last one that was written; starts again at 0. */
  long takeSuppressed() {
    long taken = suppressed;
    suppressed = 0;
    return taken;
  }
}
