package io.gatehouse.membership;

/**
 * A Lamport clock as Serf has them: it counts what is said, and never falls behind what was heard.
 * Owned by the ring's loop.
 */
final class LamportClock {
  /** The latest time. A clock that has been brought here stands still, and nothing overflows. */
  static final long MAX_TIME = 1L << 62;

  private long time = 1;

  /** The time of the next thing that this node says. */
  long time() {
    return time;
  }

  /** Something was said here at {@link #time}. */
  void increment() {
    time = Math.min(time + 1, MAX_TIME);
  }

  /** Something was said at {@code heard}: what comes next is later. */
  void witness(long heard) {
    assert heard >= 0 && heard <= MAX_TIME : heard;
    time = Math.min(Math.max(time, heard + 1), MAX_TIME);
  }
}
