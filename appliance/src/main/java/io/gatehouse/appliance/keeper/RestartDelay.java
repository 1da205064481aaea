package io.gatehouse.appliance.keeper;

import java.util.concurrent.TimeUnit;

/**
 * How long to wait before a successor starts: not at all, then 250 ms, doubled each time up to 5 s,
 * while runs end within {@link #STEADY_NANOS}; a run that lasted longer starts the count anew.
 * Owned by one thread.
 */
final class RestartDelay {
  /** A run that lasts this long was none that dies at once. */
  static final long STEADY_NANOS = TimeUnit.SECONDS.toNanos(3);

  static final long FIRST_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
  static final long MAX_NANOS = TimeUnit.SECONDS.toNanos(5);

  private long next;

  /** The wait after a run of such a length. */
  long afterRunOf(long nanos) {
    if (nanos >= STEADY_NANOS) {
      next = 0;
    }
    long delay = next;
    next = delay == 0 ? FIRST_NANOS : Math.min(2 * delay, MAX_NANOS);
    return delay;
  }
}
