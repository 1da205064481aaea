package io.gatehouse.benchmarks.latency;

import java.util.Arrays;

/**
 * The latencies of the requests that were due in one span of time; those due before it are warm-up.
 * Owned by one thread.
 */
final class Latencies {
  private final long fromNanos;
  private long[] nanos;
  private int count;

  /**
   * Starts empty.
   *
   * @param fromNanos requests due before this do not count
   * @param expected how many there will be, about
   */
  Latencies(long fromNanos, int expected) {
    this.fromNanos = fromNanos;
    this.nanos = new long[Math.max(16, expected)];
  }

  void add(long dueNanos, long latencyNanos) {
    if (dueNanos - fromNanos < 0) {
      return;
    }
    if (count == nanos.length) {
      nanos = Arrays.copyOf(nanos, count * 2);
    }
    nanos[count++] = latencyNanos;
  }

  /** All of them, in ascending order. */
  long[] sorted() {
    long[] sorted = Arrays.copyOf(nanos, count);
    Arrays.sort(sorted);
    return sorted;
  }
}
