package io.gatehouse.l7.upstream;

import io.gatehouse.l7.L7Counter;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one loop to one endpoint. Idle ones are a stack: the one used last is used
 * next, so that the others grow old and close.
 *
 * <p>Owned by its loop's thread; the two gauges may be read by any.
 */
public final class LoopPool {
  private final UpstreamEndpoint endpoint;
  private final UpstreamConnector connector;
  private final @Nullable Http1Upstream[] idle;
  private int idleCount;
  // Written by the loop alone, without a fence.
  private final AtomicInteger idleGauge = new AtomicInteger();
  private final AtomicInteger activeGauge = new AtomicInteger();

  LoopPool(UpstreamEndpoint endpoint, UpstreamConnector connector) {
    this.endpoint = endpoint;
    this.connector = connector;
    this.idle = new Http1Upstream[endpoint.pool().limits().maxIdleConnections()];
  }

  /** A kept connection, or null if there is none. */
  public @Nullable UpstreamStream takeKept() {
    while (idleCount > 0) {
      var connection = idle[idleCount - 1];
      forget(idleCount - 1);
      if (connection != null && connection.isUsable()) {
        return connection;
      }
    }
    return null;
  }

  /** A new connection, to be connected by its use; null if the cap is reached. */
  public @Nullable UpstreamStream takeNew() {
    return endpoint.reserveConnection() ? connector.newConnection(this) : null;
  }

  public UpstreamEndpoint endpoint() {
    return endpoint;
  }

  /** Requests under way on this loop. */
  public int activeRequests() {
    return activeGauge.getOpaque();
  }

  int idleConnections() {
    return idleGauge.getOpaque();
  }

  /** Keeps a connection for a next request, unless enough are kept. */
  boolean keep(Http1Upstream connection) {
    if (idleCount == idle.length) {
      connector.loop().count(L7Counter.UPSTREAM_IDLE_OVERFLOW);
      return false;
    }
    idle[idleCount++] = connection;
    idleGauge.setOpaque(idleCount);
    return true;
  }

  /** Forgets a kept connection that has been closed. */
  void forget(Http1Upstream connection) {
    for (int i = idleCount - 1; i >= 0; i--) {
      if (idle[i] == connection) {
        forget(i);
        return;
      }
    }
  }

  void requestBegins() {
    activeGauge.setOpaque(activeGauge.getPlain() + 1);
  }

  void requestEnds() {
    activeGauge.setOpaque(activeGauge.getPlain() - 1);
  }

  private void forget(int index) {
    idleCount--;
    System.arraycopy(idle, index + 1, idle, index, idleCount - index);
    idle[idleCount] = null;
    idleGauge.setOpaque(idleCount);
  }
}
