package io.gatehouse.l7.upstream;

import io.netty.channel.socket.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * Connections whose protocol the endpoint chooses by ALPN (RFC 7301), each time anew, since an
 * endpoint may be replaced by another. A request that finds none with room opens one of its own.
 *
 * <p>Owned by its loop's thread.
 */
final class AlpnConnections implements ConnectionSet {
  private final LoopPool pool;
  private final Http1Connections http1;
  private final Http2Connections http2;

  AlpnConnections(LoopPool pool) {
    this.pool = pool;
    this.http1 = new Http1Connections(pool);
    this.http2 = new Http2Connections(pool);
  }

  @Override
  public @Nullable UpstreamStream takeKept() {
    var stream = http2.takeKept();
    return stream == null ? http1.takeKept() : stream;
  }

  @Override
  public @Nullable UpstreamStream takeNew() {
    var channel = pool.newChannel();
    return channel == null ? null : new AlpnStream(this, pool, channel);
  }

  @Override
  public int ready() {
    return http1.ready() + http2.ready();
  }

  @Override
  public boolean warm(Preconnect caller) {
    var channel = pool.newChannel();
    if (channel != null) {
      pool.dial(channel, new Warming(channel, caller));
    }
    return channel != null;
  }

  /** A connection on its way to being kept, in the protocol that the endpoint will choose. */
  private final class Warming implements Dial.Caller {
    private final SocketChannel channel;
    private final Preconnect caller;

    Warming(SocketChannel channel, Preconnect caller) {
      this.channel = channel;
      this.caller = caller;
    }

    @Override
    public void connected() {
      if (AlpnStream.choseHttp2(channel)) {
        http2.keepUnused(channel);
      } else {
        http1.keepUnused(channel);
      }
      caller.done();
    }

    @Override
    public void notConnected(UpstreamFailure failure, String detail) {
      caller.failed(failure, detail);
    }
  }

  /** The way through a connection that stands, in the protocol that was chosen. */
  UpstreamStream over(SocketChannel connected, boolean isHttp2) {
    return isHttp2 ? http2.over(connected) : http1.over(connected);
  }
}
