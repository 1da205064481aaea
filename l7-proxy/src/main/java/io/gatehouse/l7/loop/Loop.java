package io.gatehouse.l7.loop;

import io.gatehouse.l7.L7Counter;
import io.gatehouse.l7.http.DateHeader;
import io.gatehouse.l7.http.HttpViolation;
import io.gatehouse.transport.LoopCounters;
import io.netty.channel.EventLoop;
import java.util.SplittableRandom;

/**
 * One event loop and what belongs to it alone. Everything in here is used on that loop's thread
 * only.
 *
 * @param index of the loop, which is the index of its shards
 * @param counters this loop's shard
 * @param violations this loop's shard: requests refused, by the rule they broke
 * @param random fast, not secret; seeded from a secure source
 * @param memory of all loops
 */
public record Loop(
    int index,
    EventLoop eventLoop,
    LoopClock clock,
    Ticker ticker,
    LoopCounters.Shard<L7Counter> counters,
    LoopCounters.Shard<HttpViolation> violations,
    SplittableRandom random,
    DateHeader date,
    CalmLog warnings,
    BufferMemory memory) {

  /** Counts one. */
  public void count(L7Counter counter) {
    counters.increment(counter);
  }

  /**
   * Counts one and, at most once in a while, says so in the log.
   *
   * @param what has happened, in words
   * @param where it has happened: a listener, route or endpoint
   */
  public void warn(L7Counter counter, String what, String where, String detail) {
    counters.increment(counter);
    warnings.warn(counter, what, where, detail, clock.nanos());
  }
}
