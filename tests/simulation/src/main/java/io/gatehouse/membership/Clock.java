package io.gatehouse.membership;

/**
 * One node's clock: it started anywhere and runs fast or slow by some millionths.
 *
 * @param originNanos what it showed at the simulation's start
 */
record Clock(long originNanos, int driftPpm) {
  private static final long MILLION = 1_000_000;

  /** What it shows at a time of the simulation. */
  long at(long simulatedNanos) {
    return originNanos + simulatedNanos + simulatedNanos * driftPpm / MILLION;
  }

  /**
   * The first time of the simulation, from {@code nowNanos} on, at which it shows at least this.
   */
  long when(long shownNanos, long nowNanos) {
    long wait = shownNanos - at(nowNanos);
    if (wait <= 0) {
      return nowNanos;
    }
    long when = nowNanos + Math.max(0, wait * MILLION / (MILLION + driftPpm) - 2);
    while (at(when) - shownNanos < 0) {
      when++;
    }
    return when;
  }
}
