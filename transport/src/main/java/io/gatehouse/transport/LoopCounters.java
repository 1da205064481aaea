package io.gatehouse.transport;

import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Counters and gauges of the data path, one shard per event loop. Each shard has one writer, its
 * loop, and is written without a lock or a fence; any thread may read the sums.
 *
 * @param <C> the counters, one per constant
 */
public final class LoopCounters<C extends Enum<C> & Metric> {
  private final List<C> counters;
  private final Shard<C>[] shards;

  /**
   * @param counters the enum that names them
   * @param loops number of event loops, which is the number of shards
   */
  @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type
  public LoopCounters(Class<C> counters, int loops) {
    this.counters = List.of(counters.getEnumConstants());
    int size = this.counters.size();
    shards = new Shard[loops];
    for (int i = 0; i < loops; i++) {
      shards[i] = new Shard<>(size);
    }
  }

  /** Everything that is counted. */
  public List<C> counters() {
    return counters;
  }

  /** The shard that only the loop of this index may write. */
  public Shard<C> shard(int loop) {
    return shards[loop];
  }

  /** The sum over all loops; a moment old. */
  public long sum(C counter) {
    long sum = 0;
    for (Shard<C> shard : shards) {
      sum += shard.values.getOpaque(counter.ordinal());
    }
    return sum;
  }

  /** The counters of one loop. Owned by that loop's thread. */
  public static final class Shard<C extends Enum<C> & Metric> {
    private final AtomicLongArray values;

    private Shard(int size) {
      values = new AtomicLongArray(size);
    }

    /** Adds one. */
    public void increment(C counter) {
      add(counter, 1);
    }

    /** Adds {@code delta}; negative for a gauge that falls. */
    public void add(C counter, long delta) {
      int i = counter.ordinal();
      values.setOpaque(i, values.getPlain(i) + delta);
    }
  }
}
