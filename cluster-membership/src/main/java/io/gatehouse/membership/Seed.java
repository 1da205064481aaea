package io.gatehouse.membership;

import java.net.InetSocketAddress;

/**
 * A way into the ring, and how trying it goes: a round tries all of its addresses that are not
 * alive members. Owned by the ring's loop.
 */
final class Seed {
  private final InetSocketAddress configured;
  private final Timing timing;
  private long waitNanos;
  private boolean resolving;
  private int underWay;
  private boolean succeeded;

  Seed(InetSocketAddress configured, Timing timing) {
    this.configured = configured;
    this.timing = timing;
    this.waitNanos = timing.rejoinMinNanos();
  }

  InetSocketAddress configured() {
    return configured;
  }

  boolean isName() {
    return configured.isUnresolved();
  }

  /** Until the next round. */
  long waitNanos() {
    return waitNanos;
  }

  /** Whether the last round has not ended. */
  boolean isBusy() {
    return resolving || underWay > 0;
  }

  void resolving() {
    resolving = true;
  }

  /** The name has been looked up, or need not be; {@code count} addresses are being tried. */
  void trying(int count) {
    resolving = false;
    underWay = count;
    succeeded = false;
  }

  /** Nothing is wanting. A name is not asked for more often than it has to be. */
  void satisfied() {
    waitNanos = isName() ? timing.rejoinMaxNanos() : timing.rejoinMinNanos();
  }

  /**
   * The name leads nowhere.
   *
   * @param maxWaitNanos longest wait between rounds
   */
  void unresolved(long maxWaitNanos) {
    resolving = false;
    backOff(maxWaitNanos);
  }

  /**
   * What became of one address.
   *
   * @param maxWaitNanos longest wait between rounds
   */
  void tried(boolean success, long maxWaitNanos) {
    succeeded |= success;
    if (--underWay == 0) {
      if (succeeded) {
        waitNanos = timing.rejoinMinNanos();
      } else {
        backOff(maxWaitNanos);
      }
    }
  }

  private void backOff(long maxWaitNanos) {
    waitNanos = Math.min(waitNanos * 2, maxWaitNanos);
  }
}
