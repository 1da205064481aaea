package io.gatehouse.l7.downstream;

import io.gatehouse.l7.RejectedConnection.Reason;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.nio.charset.StandardCharsets;

/**
 * Tells HTTP without TLS on a TLS port by its first byte, and says so to the client in its own
 * language. Whatever else comes is left to TLS; the guard then makes way.
 *
 * <p>Owned by its connection's event loop.
 */
final class PlainHttpGuard extends ChannelInboundHandlerAdapter {
  private static final byte[] ANSWER =
      """
      HTTP/1.1 400 Bad Request\r
      content-type: text/plain\r
      content-length: 35\r
      connection: close\r
      \r
      This port speaks HTTPS, not HTTP.\r
      """
          .getBytes(StandardCharsets.US_ASCII);

  private final Intake intake;

  PlainHttpGuard(Intake intake) {
    this.intake = intake;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    intake.sawBytes();
    var bytes = (ByteBuf) message;
    byte first = bytes.getByte(bytes.readerIndex());
    if (first >= 'A' && first <= 'Z') {
      bytes.release();
      ctx.writeAndFlush(Unpooled.wrappedBuffer(ANSWER)).addListener(ChannelFutureListener.CLOSE);
      intake.rejectAfterAnswer(Reason.PLAIN_HTTP_ON_TLS_PORT, "HTTP without TLS");
      return;
    }
    ctx.fireChannelRead(bytes);
    ctx.pipeline().remove(this);
  }
}
