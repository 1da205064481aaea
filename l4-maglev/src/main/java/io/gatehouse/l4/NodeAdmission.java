package io.gatehouse.l4;

import static java.util.concurrent.TimeUnit.SECONDS;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * What the services of a node share: one number of connections, and whether the node is short of
 * descriptors or memory. Any loop may call any method; nothing locks.
 */
final class NodeAdmission {
  private static final long SHED_NANOS = SECONDS.toNanos(1);

  private final int maxConnections;
  private final AtomicInteger active = new AtomicInteger();
  private volatile boolean shedding;
  private volatile long shedUntilNanos;

  NodeAdmission(int maxConnections) {
    this.maxConnections = maxConnections;
  }

  /** Counts one connection, unless there are as many as may be. */
  boolean take() {
    if (active.incrementAndGet() <= maxConnections) {
      return true;
    }
    active.decrementAndGet();
    return false;
  }

  /** Counts a connection that is there already, whatever the cap. */
  void adopt() {
    active.incrementAndGet();
  }

  void release() {
    active.decrementAndGet();
  }

  int active() {
    return active.get();
  }

  /**
   * The kernel had no descriptor or no memory for a socket (EMFILE, ENFILE, ENOBUFS, ENOMEM): for a
   * second every new connection is refused, so that those that are open get what there is.
   */
  void shed(long nowNanos) {
    shedUntilNanos = nowNanos + SHED_NANOS;
    shedding = true;
  }

  boolean sheds(long nowNanos) {
    if (shedding && nowNanos - shedUntilNanos >= 0) {
      shedding = false;
    }
    return shedding;
  }
}
