package io.gatehouse.l7.downstream;

import io.gatehouse.l7.RejectedConnection.Reason;
import io.gatehouse.l7.loop.TimedHandler;
import io.gatehouse.l7.message.InputBuffer;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import java.nio.charset.StandardCharsets;

/**
 * Tells by the first octets of a plain connection whether its client speaks HTTP/2 with prior
 * knowledge (RFC 9113 sections 3.3 and 3.4), and makes way for that protocol or for HTTP/1.1.
 *
 * <p>Owned by its connection's event loop.
 */
final class Http2Preface extends TimedHandler {
  private static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  static final int LENGTH = PREFACE.length;

  /** No request of HTTP/1.1 begins so: there is no method PRI (section 11.6 of RFC 7540). */
  private static final int TELLING_OCTETS = 4;

  private final Intake intake;
  private final InputBuffer in = new InputBuffer();
  private final long deadlineNanos;

  Http2Preface(Intake intake) {
    this.intake = intake;
    this.deadlineNanos = intake.loop().clock().nanos() + intake.config().timeouts().headNanos();
  }

  static byte octet(int index) {
    return PREFACE[index];
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    intake.loop().ticker().add(this);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    intake.loop().ticker().remove(this);
    in.release();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    intake.loop().clock().read();
    intake.sawBytes();
    in.add(ctx.alloc(), (ByteBuf) message);
    ByteBuf bytes = in.take();
    int telling = Math.min(TELLING_OCTETS, bytes.readableBytes());
    boolean http2 = true;
    for (int i = 0; i < telling; i++) {
      http2 &= bytes.getByte(bytes.readerIndex() + i) == PREFACE[i];
    }
    if (http2 && telling < TELLING_OCTETS) {
      in.add(ctx.alloc(), bytes);
      return;
    }
    intake.secured(http2 ? Intake.HTTP_2 : "");
    ctx.fireChannelRead(bytes);
    ctx.pipeline().remove(this);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    intake.closedByClient(Reason.NO_REQUEST_TIMEOUT, null);
  }

  @Override
  protected void tick(long nowNanos) {
    if (expired(deadlineNanos, nowNanos)) {
      intake.reject(Reason.NO_REQUEST_TIMEOUT, "no request");
    }
  }

  @Override
  protected void closeNow() {
    intake.channel().close();
  }
}
