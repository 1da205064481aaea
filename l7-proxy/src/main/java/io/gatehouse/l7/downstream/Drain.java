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

  /** Begins; calling it again changes nothing. */
  public void begin() {
    if (!begun) {
      begunNanos = System.nanoTime();
      begun = true;
    }
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

  /** Whether this much time has passed since it began. */
  boolean hasLasted(long nanos, long nowNanos) {
    return begun && nowNanos - begunNanos >= nanos;
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
