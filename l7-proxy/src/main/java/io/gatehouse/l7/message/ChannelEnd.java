package io.gatehouse.l7.message;

import io.gatehouse.l7.tls.TlsHandler;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.SslHandler;

/** The ways to end a connection. */
public final class ChannelEnd {
  private ChannelEnd() {}

  /** Closes once everything that was written has been sent. */
  public static void afterWrites(ChannelHandlerContext ctx) {
    ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
  }

  /**
   * Ends the output once everything that was written has been sent, in TLS with a close_notify; the
   * input stays open.
   */
  public static void ofOutput(ChannelHandlerContext ctx, SocketChannel channel) {
    endOfWrites(ctx, channel).addListener(done -> channel.shutdownOutput());
  }

  private static ChannelFuture endOfWrites(ChannelHandlerContext ctx, SocketChannel channel) {
    var fromClient = channel.pipeline().get(TlsHandler.class);
    if (fromClient != null) {
      return fromClient.closeOutput();
    }
    var toBackend = channel.pipeline().get(SslHandler.class);
    return toBackend == null ? ctx.writeAndFlush(Unpooled.EMPTY_BUFFER) : toBackend.closeOutbound();
  }

  /** Resets the connection, past TLS, so that neither close_notify nor FIN looks like an end. */
  public static void withReset(SocketChannel channel) {
    channel.config().setOption(ChannelOption.SO_LINGER, 0);
    channel.unsafe().close(channel.voidPromise());
  }
}
