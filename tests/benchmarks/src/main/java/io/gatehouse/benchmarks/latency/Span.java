package io.gatehouse.benchmarks.latency;

/** From the first request to the last; those before {@code measureNanos} are warm-up. */
record Span(long startNanos, long measureNanos, long endNanos) {

  /** How long is measured. */
  long nanos() {
    return endNanos - measureNanos;
  }
}
