package io.gatehouse.l7.loop;

import static java.util.concurrent.TimeUnit.SECONDS;

import io.gatehouse.l7.L7Counter;
import java.util.Arrays;
import org.slf4j.Logger;

/**
 * Warns that a limit bites, an attempt failed and the like: at once the first time, then at most
 * every {@link #PERIOD_NANOS} per counter and loop, with how often it happened in between, so that
 * an attack doesn't become a flood of lines. Owned by its loop's thread.
 */
public final class CalmLog {
  /** Shortest time between two lines of one kind. */
  public static final long PERIOD_NANOS = SECONDS.toNanos(5);

  private final Logger log;
  private final long[] nextLineNanos = new long[L7Counter.values().length];
  private final long[] unsaid = new long[L7Counter.values().length];

  public CalmLog(Logger log, long nowNanos) {
    this.log = log;
    Arrays.fill(nextLineNanos, nowNanos);
  }

  void warn(L7Counter counter, String what, String where, String detail, long nowNanos) {
    int kind = counter.ordinal();
    if (nowNanos - nextLineNanos[kind] < 0) {
      unsaid[kind]++;
      return;
    }
    log.atWarn()
        .addKeyValue("where", where)
        .addKeyValue("metric", counter.metric())
        .addKeyValue("reason", counter.reason())
        .addKeyValue("detail", detail)
        .addKeyValue("unsaid", unsaid[kind])
        .log(what);
    nextLineNanos[kind] = nowNanos + PERIOD_NANOS;
    unsaid[kind] = 0;
  }
}
