package io.gatehouse.membership;

/**
 * Whether this node has heard anybody lately, and whether it stood still itself: a process that was
 * stopped, a virtual machine that was moved, a network card that is gone. Its verdicts about others
 * are then worth nothing. The gossip timer runs always, so a step long after it was due shows that
 * no step was taken meanwhile. Owned by the ring's loop.
 */
final class Hearing {
  private final Guard guard;
  private long heardNanos;
  private long tickDueNanos;
  private boolean ticking;

  Hearing(Guard guard, long nowNanos) {
    this.guard = guard;
    this.heardNanos = nowNanos;
  }

  /** The next step is due then, at the latest. */
  void tickDue(long atNanos) {
    tickDueNanos = atNanos;
    ticking = true;
  }

  /**
   * Somebody was heard.
   *
   * @return whether that ends a silence
   */
  boolean heard(long nowNanos) {
    boolean wasDeaf = silent(nowNanos);
    heardNanos = nowNanos;
    return wasDeaf;
  }

  /** Whether this step comes so late that the node stood still; true once. */
  boolean stoodStill(long nowNanos) {
    if (guard.deafAfterNanos() == 0 || !ticking) {
      return false;
    }
    boolean late = nowNanos - tickDueNanos > guard.deafAfterNanos() / 4;
    if (late) {
      tickDueNanos = nowNanos;
      // What came meanwhile may still lie in the socket: give it a moment.
      heardNanos = nowNanos;
    }
    return late;
  }

  /** Whether verdicts have to wait since nothing was heard from anybody. */
  boolean deaf(long nowNanos) {
    return silent(nowNanos) && nowNanos - heardNanos <= guard.deafUntilNanos();
  }

  private boolean silent(long nowNanos) {
    return guard.deafAfterNanos() > 0 && nowNanos - heardNanos > guard.deafAfterNanos();
  }
}
