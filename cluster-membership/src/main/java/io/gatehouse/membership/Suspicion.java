package io.gatehouse.membership;

import java.util.HashSet;
import java.util.Set;

/**
 * One member under suspicion: who has confirmed it, and how long it has left. Owned by the ring's
 * loop.
 */
final class Suspicion {
  private final int expected;
  private final long minNanos;
  private final long maxNanos;
  private final long startNanos;
  private final Set<String> sources = new HashSet<>();
  private int confirmations;

  /**
   * @param from who suspected first; does not count as a confirmation
   * @param expected confirmations that shorten the wait to its minimum
   */
  Suspicion(String from, int expected, long minNanos, long maxNanos, long nowNanos) {
    this.expected = expected;
    this.minNanos = minNanos;
    this.maxNanos = maxNanos;
    this.startNanos = nowNanos;
    sources.add(from);
  }

  /** Whether {@code from} is news: not heard before, and confirmations are still wanted. */
  boolean confirm(String from) {
    if (confirmations >= expected || !sources.add(from)) {
      return false;
    }
    confirmations++;
    return true;
  }

  long deadlineNanos() {
    return startNanos + Formulas.suspicionNanos(confirmations, expected, minNanos, maxNanos);
  }
}
