package io.gatehouse.appliance.admin;

import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.stream.IntStream;

/**
 * Durations counted by bucket, one shard per event loop: each has one writer, and is written
 * without a lock or a fence. Any thread may read the sums.
 */
final class LoopDurations {
  private final long[] boundsNanos;
  private final List<Shard> shards;

  /**
   * @param bounds upper bounds of the buckets, inclusive, in rising order; one more has no bound
   * @param loops number of shards
   */
  LoopDurations(List<Duration> bounds, int loops) {
    boundsNanos = bounds.stream().mapToLong(Duration::toNanos).toArray();
    shards = IntStream.range(0, loops).mapToObj(i -> new Shard(boundsNanos)).toList();
  }

  /** The shard that only the loop of this index may write. */
  Shard shard(int loop) {
    return shards.get(loop);
  }

  /** The sums over all loops under these labels; a moment old. */
  HistogramDataPointSnapshot snapshot(Labels labels) {
    List<Double> bounds = new ArrayList<>();
    List<Number> counts = new ArrayList<>();
    for (int bucket = 0; bucket <= boundsNanos.length; bucket++) {
      boolean last = bucket == boundsNanos.length;
      bounds.add(last ? Double.POSITIVE_INFINITY : boundsNanos[bucket] / 1e9);
      counts.add(sum(bucket));
    }
    return HistogramDataPointSnapshot.builder()
        .labels(labels)
        .classicHistogramBuckets(ClassicHistogramBuckets.of(bounds, counts))
        .sum(sum(boundsNanos.length + 1) / 1e9)
        .build();
  }

  private long sum(int cell) {
    return shards.stream().mapToLong(shard -> shard.cells.getOpaque(Shard.PADDING + cell)).sum();
  }

  /** The durations that one loop has seen. Owned by that loop's thread. */
  static final class Shard {
    /** Keeps what one loop writes off the cache lines that another writes. */
    private static final int PADDING = 8;

    private final long[] boundsNanos;
    // The buckets, then the sum in nanoseconds.
    private final AtomicLongArray cells;

    private Shard(long[] boundsNanos) {
      this.boundsNanos = boundsNanos;
      this.cells = new AtomicLongArray(PADDING + boundsNanos.length + 2 + PADDING);
    }

    void record(long nanos) {
      int bucket = 0;
      while (bucket < boundsNanos.length && nanos > boundsNanos[bucket]) {
        bucket++;
      }
      add(bucket, 1);
      add(boundsNanos.length + 1, nanos);
    }

    private void add(int cell, long delta) {
      int i = PADDING + cell;
      cells.setOpaque(i, cells.getPlain(i) + delta);
    }
  }
}
