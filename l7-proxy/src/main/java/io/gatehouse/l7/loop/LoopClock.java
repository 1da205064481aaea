package io.gatehouse.l7.loop;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

/**
 * The time of an event loop, read once per batch of events and passed down. Owned by its loop's
 * thread.
 */
public final class LoopClock {
  private long nanos;
  private long epochOffsetNanos;

  /** Starts at the present time. */
  public LoopClock() {
    read();
    followWallClock();
  }

  /** Reads the time anew; called once at the start of a batch of events. */
  public long read() {
    nanos = System.nanoTime();
    return nanos;
  }

  /** The time that was read last, on the scale of {@link System#nanoTime()}. */
  public long nanos() {
    return nanos;
  }

  /** That moment on the wall clock, in nanoseconds since the epoch. */
  public long epochNanos(long momentNanos) {
    return momentNanos + epochOffsetNanos;
  }

  /** Takes over what has been set right on the wall clock. */
  void followWallClock() {
    epochOffsetNanos = MILLISECONDS.toNanos(System.currentTimeMillis()) - nanos;
  }
}
