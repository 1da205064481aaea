package io.gatehouse.l7.downstream;

import io.gatehouse.l7.tls.TlsHandler;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.SocketChannel;

/** The ways to end a client's connection. */
final class ChannelEnd {
  private ChannelEnd() {}

  /** Closes once everything that was written has been sent. */
  static void afterWrites(ChannelHandlerContext ctx) {
    ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
  }

  /**
   * Ends the output once everything that was written has been sent, in TLS with a close_notify; the
   * input stays open.
   */
  static void ofOutput(ChannelHandlerContext ctx, SocketChannel channel) {
    var tls = channel.pipeline().get(TlsHandler.class);
    ChannelFuture written =
        tls == null ? ctx.writeAndFlush(Unpooled.EMPTY_BUFFER) : tls.closeOutput();
    written.addListener(done -> channel.shutdownOutput());
  }

  /** Resets the connection, past TLS, so that neither close_notify nor FIN looks like an end. */
  static void withReset(SocketChannel channel) {
    channel.config().setOption(ChannelOption.SO_LINGER, 0);
    channel.unsafe().close(channel.voidPromise());
  }
}
