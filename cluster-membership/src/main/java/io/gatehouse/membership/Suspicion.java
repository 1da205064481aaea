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
  private final String first;
  private final Set<String> sources = new HashSet<>();
  private long startNanos;
  private int confirmations;
  private boolean shared;
  private boolean lastWordGiven;

  /**
   * @param from who suspected first; does not count as a confirmation
   * @param expected confirmations that shorten the wait to its minimum
   */
  Suspicion(String from, int expected, long minNanos, long maxNanos, long nowNanos) {
    this.expected = expected;
    this.minNanos = minNanos;
    this.maxNanos = maxNanos;
    this.first = from;
    this.startNanos = nowNanos;
    sources.add(from);
  }

  /** Whether {@code from} is news: not heard before, and confirmations are still wanted. */
  boolean confirm(String from) {
    shared |= !from.equals(first);
    if (confirmations >= expected || !sources.add(from)) {
      return false;
    }
    confirmations++;
    return true;
  }

  boolean startedBy(String node) {
    return first.equals(node);
  }

  /** Whether somebody else than who suspected first agrees. */
  boolean shared() {
    return shared;
  }

  /** Whether the suspect is still to be asked a last time; true once for each time that it gets. */
  boolean takeLastWord() {
    boolean due = !lastWordGiven;
    lastWordGiven = true;
    return due;
  }

  /** Gives the suspect its time anew. */
  void restart(long nowNanos) {
    startNanos = nowNanos;
    lastWordGiven = false;
  }

  long deadlineNanos() {
    return startNanos + Formulas.suspicionNanos(confirmations, expected, minNanos, maxNanos);
  }
}
