package io.gatehouse.appliance.admin;

import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.stream.IntStream;

/**
 * Counts that have a number for a name, such as a status; one shard per event loop, which alone
 * writes it, without a lock or a fence. Any thread may read the sums.
 */
final class LoopCounts {
  private final List<Shard> shards;

  /**
   * @param counts how many there are
   * @param loops number of shards
   */
  LoopCounts(int counts, int loops) {
    shards = IntStream.range(0, loops).mapToObj(i -> new Shard(counts)).toList();
  }

  /** The shard that only the loop of this index may write. */
  Shard shard(int loop) {
    return shards.get(loop);
  }

  /** The sum over all loops; a moment old. */
  long sum(int number) {
    return shards.stream().mapToLong(shard -> shard.counts.getOpaque(Shard.PADDING + number)).sum();
  }

  /** What one loop has counted. Owned by that loop's thread. */
  static final class Shard {
    /** Keeps what one loop writes off the cache lines that another writes. */
    private static final int PADDING = 8;

    private final AtomicLongArray counts;

    private Shard(int counts) {
      this.counts = new AtomicLongArray(PADDING + counts + PADDING);
    }

    void increment(int number) {
      int i = PADDING + number;
      counts.setOpaque(i, counts.getPlain(i) + 1);
    }
  }
}
