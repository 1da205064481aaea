package io.gatehouse.l7.downstream;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts the client connections of the tier, and tells them that it is time to go. Connections look
 * here once per tick. Any thread may use it.
 */
public final class Drain {
  private final AtomicInteger connections = new AtomicInteger();
  private final CompletableFuture<Void> done = new CompletableFuture<>();
  private volatile boolean begun;
  private volatile boolean listenersClosed;
  private volatile long begunNanos;

  /** Begins, or begins anew: whatever is left has its time from now on. */
  public void begin() {
    begunNanos = System.nanoTime();
    begun = true;
  }

  /** Connections that are left may stay. Those that were told to go have been told. */
  public void undo() {
    begun = false;
  }

  /** No connection can be added any more. */
  public void listenersClosed() {
    listenersClosed = true;
    completeIfEmpty();
  }

  /** Whether it has begun. */
  public boolean hasBegun() {
    return begun;
  }

  /** Completes when no client connection is left. */
  public CompletionStage<Void> done() {
    return done.minimalCompletionStage();
  }

  /**
   * Whether this much time has passed since it began, for a connection that was accepted before it;
   * one that came later has as much from there on.
   */
  boolean hasLasted(long nanos, long acceptedNanos, long nowNanos) {
    return begun && Math.min(nowNanos - begunNanos, nowNanos - acceptedNanos) >= nanos;
  }

  void opened() {
    connections.incrementAndGet();
  }

  void closed() {
    connections.decrementAndGet();
    completeIfEmpty();
  }

  private void completeIfEmpty() {
    if (listenersClosed && connections.get() == 0) {
      done.complete(null);
    }
  }
}
