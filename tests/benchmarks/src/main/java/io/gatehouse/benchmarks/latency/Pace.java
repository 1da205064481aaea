package io.gatehouse.benchmarks.latency;

/**
 * When a connection's requests are due, and how late their answers came. A request is due whether
 * or not the one before it has been answered, and its time runs from then: a server that stalls
 * pays for every request that could not be sent meanwhile. Measuring from the moment of sending
 * would leave those out (coordinated omission).
 *
 * <p>Owned by the thread of its connection.
 */
final class Pace {
  private final long intervalNanos;
  private final Latencies latencies;
  private long dueNanos;

  /**
   * Starts the schedule.
   *
   * @param firstNanos when the first request is due
   * @param intervalNanos from one request to the next
   */
  Pace(long firstNanos, long intervalNanos, Latencies latencies) {
    this.dueNanos = firstNanos;
    this.intervalNanos = intervalNanos;
    this.latencies = latencies;
  }

  /** Whether the next unanswered request is due. */
  boolean isDue(long nowNanos) {
    return nowNanos - dueNanos >= 0;
  }

  /** Records the answer to the request that is due. */
  void answered(long nowNanos) {
    latencies.add(dueNanos, nowNanos - dueNanos);
    dueNanos += intervalNanos;
  }

  /** Records what was due before now and has not been answered: it took at least until now. */
  void end(long nowNanos) {
    while (nowNanos - dueNanos > 0) {
      answered(nowNanos);
    }
  }
}
