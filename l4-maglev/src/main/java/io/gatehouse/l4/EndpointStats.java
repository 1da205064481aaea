package io.gatehouse.l4;

import static java.util.concurrent.TimeUnit.MICROSECONDS;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * What this node has seen of one endpoint of one service. One shard per event loop, which that loop
 * alone writes, without a lock or a fence; any thread may read the sums.
 */
final class EndpointStats {
  /** Upper bounds of the connect-time buckets; a last one without a bound follows. */
  static final List<Long> CONNECT_BOUNDS_NANOS =
      List.of(
          MICROSECONDS.toNanos(250),
          MICROSECONDS.toNanos(500),
          MILLISECONDS.toNanos(1),
          MICROSECONDS.toNanos(2_500),
          MILLISECONDS.toNanos(5),
          MILLISECONDS.toNanos(10),
          MILLISECONDS.toNanos(25),
          MILLISECONDS.toNanos(50),
          MILLISECONDS.toNanos(100),
          MILLISECONDS.toNanos(250),
          MILLISECONDS.toNanos(500),
          SECONDS.toNanos(1),
          MILLISECONDS.toNanos(2_500));

  private static final int ACTIVE = 0;
  private static final int CONNECTED = 1;
  private static final int BYTES_FROM_CLIENTS = 2;
  private static final int BYTES_TO_CLIENTS = 3;
  private static final int CONNECT_FAILURES = 4;
  private static final int RETRIES = 5;
  private static final int CONNECT_NANOS = 6;
  private static final int BUCKETS = 7;
  private static final int SIZE = BUCKETS + CONNECT_BOUNDS_NANOS.size() + 1;

  private final String endpoint;
  private final long id;
  private final Shard[] shards;

  EndpointStats(String pool, String endpoint, int loops) {
    this.endpoint = endpoint;
    this.id = Hash64.hash((pool + ' ' + endpoint).getBytes(StandardCharsets.UTF_8), 0);
    this.shards = new Shard[loops];
    for (int i = 0; i < loops; i++) {
      shards[i] = new Shard();
    }
  }

  /** Names the endpoint in the table that outlives the process. */
  long id() {
    return id;
  }

  /** The shard that only the loop of this index may write. */
  Shard shard(int loop) {
    return shards[loop];
  }

  /** Connects under way and connections open, over all loops; a moment old. */
  long active() {
    return sum(ACTIVE);
  }

  EndpointStatsView view(String service, String pool) {
    var buckets = new ArrayList<Long>(SIZE - BUCKETS);
    for (int i = BUCKETS; i < SIZE; i++) {
      buckets.add(sum(i));
    }
    return new EndpointStatsView(
        service,
        pool,
        endpoint,
        sum(ACTIVE),
        sum(CONNECTED),
        sum(BYTES_FROM_CLIENTS),
        sum(BYTES_TO_CLIENTS),
        sum(CONNECT_FAILURES),
        sum(RETRIES),
        sum(CONNECT_NANOS),
        buckets);
  }

  private long sum(int index) {
    long sum = 0;
    for (Shard shard : shards) {
      sum += shard.values.getOpaque(index);
    }
    return sum;
  }

  /**
   * One loop's part. Every connection goes {@link #begin}, then either {@link #connectFailed} or,
   * with {@link #connected} between if it gets so far, {@link #ended}. Owned by that loop.
   */
  static final class Shard {
    private final AtomicLongArray values = new AtomicLongArray(SIZE);

    /**
     * A connect begins.
     *
     * @param retry whether another endpoint was tried before for the same client
     */
    void begin(boolean retry) {
      add(ACTIVE, 1);
      if (retry) {
        add(RETRIES, 1);
      }
    }

    /** A connection goes on that this process did not open but was given. */
    void adopted() {
      add(ACTIVE, 1);
    }

    /** The connect came to nothing. */
    void connectFailed() {
      add(ACTIVE, -1);
      add(CONNECT_FAILURES, 1);
    }

    /** The connect took {@code nanos}. */
    void connected(long nanos) {
      add(CONNECTED, 1);
      add(CONNECT_NANOS, nanos);
      add(BUCKETS + bucket(nanos), 1);
    }

    /** Bytes have passed since the last call. */
    void passed(long bytesFromClient, long bytesToClient) {
      add(BYTES_FROM_CLIENTS, bytesFromClient);
      add(BYTES_TO_CLIENTS, bytesToClient);
    }

    /** The connection is over, or was given up while it was being opened. */
    void ended() {
      add(ACTIVE, -1);
    }

    private static int bucket(long nanos) {
      int bucket = 0;
      while (bucket < CONNECT_BOUNDS_NANOS.size() && nanos > CONNECT_BOUNDS_NANOS.get(bucket)) {
        bucket++;
      }
      return bucket;
    }

    private void add(int index, long delta) {
      values.setOpaque(index, values.getPlain(index) + delta);
    }
  }
}
