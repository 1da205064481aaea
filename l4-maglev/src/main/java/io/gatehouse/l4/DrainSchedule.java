package io.gatehouse.l4;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

/**
 * When the connections of a drain are closed that do not end by themselves. In the first half of
 * the time none is; over the second half they are closed one after another, evenly, so that the
 * clients that come back do not come all at once; at the end of it none is left. Those that end by
 * themselves meanwhile count as closed.
 *
 * <p>The arithmetic is pure; what is remembered is how many connections were open when the second
 * half began. Owned by one event loop, with a schedule for its connections of one service.
 */
final class DrainSchedule {
  private static final int UNKNOWN = -1;

  private final long startedNanos;
  private final long drainNanos;
  private int openAtHalf = UNKNOWN;

  /**
   * @param startedNanos when the drain began
   * @param drainNanos how long it may take; 0: no time
   */
  DrainSchedule(long startedNanos, long drainNanos) {
    this.startedNanos = startedNanos;
    this.drainNanos = drainNanos;
  }

  /**
   * How many connections are to be closed now. Ask at regular, short intervals.
   *
   * @param open how many are open
   */
  int due(long nowNanos, int open) {
    long elapsedNanos = nowNanos - startedNanos;
    if (elapsedNanos >= drainNanos) {
      return open;
    }
    if (elapsedNanos < drainNanos / 2) {
      return 0;
    }
    if (openAtHalf == UNKNOWN) {
      openAtHalf = open;
    }
    return Math.max(0, open - mayStay(openAtHalf, elapsedNanos, drainNanos));
  }

  /** Of so many connections at the half, how many may still be open, rounded up. */
  private static int mayStay(int openAtHalf, long elapsedNanos, long drainNanos) {
    // Microseconds: a day of them times all connections that a node can have fits into a long.
    long leftMicros = NANOSECONDS.toMicros(drainNanos - elapsedNanos);
    long halfMicros = NANOSECONDS.toMicros(drainNanos - drainNanos / 2);
    return halfMicros == 0
        ? openAtHalf
        : (int) Math.min(openAtHalf, Math.ceilDiv(openAtHalf * leftMicros, halfMicros));
  }

  /** Whether the time is over. */
  boolean isOver(long nowNanos) {
    return nowNanos - startedNanos >= drainNanos;
  }
}
