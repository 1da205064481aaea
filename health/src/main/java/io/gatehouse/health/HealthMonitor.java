package io.gatehouse.health;

import io.gatehouse.membership.Ring;
import io.gatehouse.transport.LoopCounters;
import io.gatehouse.transport.Transport;
import io.netty.channel.EventLoop;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Watches pools and publishes verdicts. Every method may be called from any thread; listeners are
 * called on the monitor's own thread and must not block.
 */
public interface HealthMonitor extends AutoCloseable {

  /**
   * Starts to watch. The first snapshot is there when this returns, every endpoint in it as its
   * check assumes.
   *
   * @param ring null: there is none, and this node is on its own
   * @param loop runs everything the monitor does; borrowed, not closed
   * @throws IllegalArgumentException if a pool, or an endpoint of a pool, is named twice
   */
  static HealthMonitor start(
      HealthConfig config, @Nullable Ring ring, Transport transport, EventLoop loop) {
    return start(config, ring, transport, loop, Prober::plainLocalHeader);
  }

  /**
   * Starts to watch, like the other.
   *
   * @param localHeader asked for the PROXY v2 header with the LOCAL command of each probe that
   *     opens with one, such as a signed one; called on the loop, must not block
   */
  static HealthMonitor start(
      HealthConfig config,
      @Nullable Ring ring,
      Transport transport,
      EventLoop loop,
      Supplier<byte[]> localHeader) {
    return ProbingMonitor.start(
        config, ring, transport, loop, ProbingMonitor.Seams.system(localHeader));
  }

  /** The latest verdicts. */
  HealthSnapshot snapshot();

  /** Calls {@code listener} with the present snapshot now and with every later one. */
  void onChange(Consumer<HealthSnapshot> listener);

  /**
   * Tells what the data path saw: a hint to probe now, not a verdict.
   *
   * @param cause for the log, such as {@code connect refused}
   */
  void reportFailure(String pool, String endpoint, String cause);

  /**
   * Tells that an endpoint has answered so many requests in a row with an error of its own (5xx). A
   * run as long as the pool's {@link PoolHealth#serverErrorRun}, and each multiple of it, is a hint
   * to probe now.
   *
   * @param run at least 1
   */
  void reportServerErrors(String pool, String endpoint, int run);

  /** Who sees which endpoint how; empty without a ring. */
  HealthMatrix matrix();

  /** What the monitor counts: one shard, the monitor's loop. */
  LoopCounters<HealthCounter> counters();

  /** Ends probes and publishing; the last snapshot stands. Does not wait. */
  @Override
  void close();
}
