package io.gatehouse.l4;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

import io.gatehouse.transport.LoopCounters;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * What the L4 tier keeps per event loop: the loop's connections, counters, deadlines and clock.
 * Owned by that loop; other threads go through {@link #eventLoop()}'s queue.
 */
final class L4Loop {
  /** How late a deadline may be, and how old {@link #coarseNanos()}. */
  static final long TICK_NANOS = MILLISECONDS.toNanos(50);

  private final int index;
  private final EventLoop eventLoop;
  private final LoopCounters.Shard<L4Counter> shard;
  private final UniqueIds uniqueIds;
  private final LongSupplier clock;
  private final DeadlineWheel deadlines;
  private final Set<Connection> connections = new HashSet<>();
  private final CompletableFuture<Void> emptied = new CompletableFuture<>();
  private final ScheduledFuture<?> ticking;
  private long coarseNanos;
  private boolean closing;

  /**
   * @param index of this loop among the tier's
   */
  L4Loop(
      int index,
      EventLoop eventLoop,
      LoopCounters.Shard<L4Counter> shard,
      UniqueIds uniqueIds,
      LongSupplier clock) {
    this.index = index;
    this.eventLoop = eventLoop;
    this.shard = shard;
    this.uniqueIds = uniqueIds;
    this.clock = clock;
    this.coarseNanos = clock.getAsLong();
    this.deadlines = new DeadlineWheel(TICK_NANOS, coarseNanos);
    this.ticking = eventLoop.scheduleAtFixedRate(this::tick, TICK_NANOS, TICK_NANOS, NANOSECONDS);
  }

  private void tick() {
    coarseNanos = clock.getAsLong();
    deadlines.advance(coarseNanos);
  }

  int index() {
    return index;
  }

  EventLoop eventLoop() {
    return eventLoop;
  }

  LoopCounters.Shard<L4Counter> shard() {
    return shard;
  }

  DeadlineWheel deadlines() {
    return deadlines;
  }

  UniqueIds uniqueIds() {
    return uniqueIds;
  }

  long nowNanos() {
    return clock.getAsLong();
  }

  /** The time of the last tick: for what is touched with every packet. */
  long coarseNanos() {
    return coarseNanos;
  }

  void opened(Connection connection) {
    assert eventLoop.inEventLoop();
    connections.add(connection);
    shard.increment(L4Counter.CONNECTIONS_ACTIVE);
  }

  void ended(Connection connection) {
    assert eventLoop.inEventLoop();
    if (connections.remove(connection)) {
      shard.add(L4Counter.CONNECTIONS_ACTIVE, -1);
    }
    completeIfEmptied();
  }

  /** Ends the connections that match. */
  void abort(Predicate<Connection> which, FlowEnd why) {
    assert eventLoop.inEventLoop();
    for (Connection connection : List.copyOf(connections)) {
      if (which.test(connection)) {
        connection.abort(why);
      }
    }
  }

  /** No connection will be added from now on: {@link #emptied} completes with the last one. */
  void close() {
    assert eventLoop.inEventLoop();
    closing = true;
    completeIfEmptied();
  }

  private void completeIfEmptied() {
    if (closing && connections.isEmpty()) {
      ticking.cancel(false);
      emptied.complete(null);
    }
  }

  CompletableFuture<Void> emptied() {
    return emptied;
  }

  /** Bytes of all connections that wait in this process to be written. */
  long waitingBytes() {
    assert eventLoop.inEventLoop();
    return connections.stream().mapToLong(Connection::waitingBytes).sum();
  }
}
