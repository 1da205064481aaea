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

  /** The way through a connection that stands, in the protocol that was chosen. */
  UpstreamStream over(SocketChannel connected, boolean isHttp2) {
    return isHttp2 ? http2.over(connected) : http1.over(connected);
  }
}
