package io.gatehouse.l7.downstream;

import static java.util.concurrent.TimeUnit.SECONDS;

import io.gatehouse.l7.Http2Config;
import io.gatehouse.l7.L7Counter;
import java.util.Arrays;

/**
 * How many frames of the kinds that cost more here than there a client may send in a period. Each
 * kind is an attack by name, with a counter of its own; whoever uses one up loses the connection.
 * Owned by its connection's event loop.
 */
final class FrameBudget {
  static final long PERIOD_NANOS = SECONDS.toNanos(10);

  /** What is counted. The limits are far above what browsers and gRPC do. */
  enum Kind {
    /** Requests that the client breaks off (rapid reset, CVE-2023-44487; CVE-2019-9514). */
    RESET(L7Counter.HTTP2_RAPID_RESET, 0),
    /** Streams that end here because of what the client sends (MadeYouReset, CVE-2025-8671). */
    PROVOKED_RESET(L7Counter.HTTP2_PROVOKED_RESET, 0),
    /** CVE-2019-9512. */
    PING(L7Counter.HTTP2_PING_FLOOD, 200),
    /** CVE-2019-9515. */
    SETTINGS(L7Counter.HTTP2_SETTINGS_FLOOD, 100),
    /** CVE-2019-9513; Firefox sends a handful, some clients one per request. */
    PRIORITY(L7Counter.HTTP2_PRIORITY_FLOOD, 2_000),
    /** DATA of nothing, padding aside, that doesn't end a body (CVE-2019-9518). */
    EMPTY_DATA(L7Counter.HTTP2_EMPTY_FRAMES, 200),
    /** Frames of unknown types. */
    UNKNOWN(L7Counter.HTTP2_UNKNOWN_FRAMES, 1_000),
    /** WINDOW_UPDATE beyond a few for each DATA frame that was sent. */
    WINDOW_UPDATE(L7Counter.HTTP2_WINDOW_FLOOD, 2_000),
    /** DATA frames that had to be tiny because the window was (data dribble, CVE-2019-9511). */
    TINY_DATA(L7Counter.HTTP2_DATA_DRIBBLE, 500);

    private static final Kind[] ALL = values();

    final L7Counter counter;
    private final int max;

    Kind(L7Counter counter, int max) {
      this.counter = counter;
      this.max = max;
    }
  }

  private final int maxResets;
  private final int[] spent = new int[Kind.ALL.length];
  private long periodEndNanos;

  FrameBudget(Http2Config config, long nowNanos) {
    this.maxResets = config.maxResets();
    this.periodEndNanos = nowNanos + PERIOD_NANOS;
  }

  /** Counts one; false if that is one too many. */
  boolean spend(Kind kind) {
    return ++spent[kind.ordinal()] <= max(kind);
  }

  /** Makes up for some that are to be expected. */
  void earn(Kind kind, int count) {
    spent[kind.ordinal()] = Math.max(-max(kind), spent[kind.ordinal()] - count);
  }

  int max(Kind kind) {
    return kind.max == 0 ? maxResets : kind.max;
  }

  /** Begins the next period when it is time. */
  void tick(long nowNanos) {
    if (nowNanos - periodEndNanos >= 0) {
      periodEndNanos = nowNanos + PERIOD_NANOS;
      Arrays.fill(spent, 0);
    }
  }
}
