package io.gatehouse.l7.upstream;

import io.gatehouse.l7.L7Counter;
import io.netty.channel.socket.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * Connections that carry one request at a time. Idle ones are a stack: the one used last is used
 * next, so that the others grow old and close.
 *
 * <p>Owned by its loop's thread.
 */
final class Http1Connections implements ConnectionSet {
  private final LoopPool pool;
  private final @Nullable Http1Upstream[] idle;
  private int idleCount;

  Http1Connections(LoopPool pool) {
    this.pool = pool;
    this.idle = new Http1Upstream[pool.endpoint().pool().limits().maxIdleConnections()];
  }

  @Override
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

  @Override
  public @Nullable UpstreamStream takeNew() {
    var channel = pool.newChannel();
    return channel == null ? null : new Http1Upstream(this, pool, channel, false);
  }

  @Override
  public int ready() {
    return idleCount;
  }

  @Override
  public boolean warm(Preconnect caller) {
    var channel = pool.newChannel();
    if (channel != null) {
      pool.dial(channel, new Warming(channel, caller));
    }
    return channel != null;
  }

  /** Keeps a connection that stands and has carried nothing. */
  void keepUnused(SocketChannel connected) {
    new Http1Upstream(this, pool, connected, true).keepUnused();
  }

  /** A connection on its way to being kept. */
  private final class Warming implements Dial.Caller {
    private final SocketChannel channel;
    private final Preconnect caller;

    Warming(SocketChannel channel, Preconnect caller) {
      this.channel = channel;
      this.caller = caller;
    }

    @Override
    public void connected() {
      keepUnused(channel);
      caller.done();
    }

    @Override
    public void notConnected(UpstreamFailure failure, String detail) {
      caller.failed(failure, detail);
    }
  }

  /** A way through a connection that stands. */
  UpstreamStream over(SocketChannel connected) {
    return new Http1Upstream(this, pool, connected, true);
  }

  /** Keeps a connection for a next request, unless enough are kept. */
  boolean keep(Http1Upstream connection) {
    if (idleCount == idle.length) {
      pool.loop().count(L7Counter.UPSTREAM_IDLE_OVERFLOW);
      return false;
    }
    idle[idleCount++] = connection;
    pool.addIdle(1);
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

  private void forget(int index) {
    idleCount--;
    System.arraycopy(idle, index + 1, idle, index, idleCount - index);
    idle[idleCount] = null;
    pool.addIdle(-1);
  }
}
