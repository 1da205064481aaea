package io.gatehouse.l7.tls;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * TLS between a socket and what speaks in clear behind it. Every read is decrypted at once, every
 * write encrypted at once, so nothing waits in here, and the channel's count of bytes to be written
 * is exact.
 *
 * <p>The peer's close_notify is to what lies behind what a FIN is without TLS: it closes the
 * channel, or where half-closed connections are allowed, is told as {@link
 * ChannelInputShutdownEvent}. A connection that is closed says close_notify first, unless bytes
 * still wait: then it is being cut off.
 *
 * <p>Owned by its channel's event loop.
 */
public final class TlsHandler extends ChannelDuplexHandler {
  /** Hears of the handshake; called on the event loop. */
  public interface Handshake {
    /** The first bytes have come; false: the connection was closed, and is not to be worked on. */
    boolean begins();

    /** It is done; whoever speaks in clear is to be put behind this handler now. */
    void done(TlsSession session);

    /** It has failed; the connection closes once the alert that says so is sent. */
    void failed(TlsFailure failure);
  }

  private static final int FLIGHT_BYTES = 1024;

  private final TlsEngine engine;
  private final Handshake handshake;
  private boolean begun;
  private boolean secured;
  private boolean outputClosed;
  private boolean failed;
  private @Nullable ChannelHandlerContext context;

  public TlsHandler(ServerTls tls, Handshake handshake) {
    this.engine = tls.accept();
    this.handshake = handshake;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    engine.free();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    var in = direct(ctx, (ByteBuf) message);
    try {
      if (!begun) {
        begun = true;
        failed = !handshake.begins();
      }
      if (!secured && !failed) {
        shakeHands(ctx, in);
      }
      if (secured && !failed && in.isReadable() && !engine.isFree()) {
        decrypt(ctx, in);
      }
    } finally {
      in.release();
    }
  }

  private void shakeHands(ChannelHandlerContext ctx, ByteBuf in) {
    var out = ctx.alloc().directBuffer(FLIGHT_BYTES);
    try {
      secured = engine.handshake(in, out);
      var session = secured ? engine.session() : null;
      if (session != null && session.resumed()) {
        engine.verifyAgain(session.clientChain());
      }
      send(ctx, out);
      if (session != null) {
        handshake.done(session);
      }
    } catch (TlsFailure e) {
      failed = true;
      sendAndClose(ctx, out);
      handshake.failed(e);
    }
  }

  private void decrypt(ChannelHandlerContext ctx, ByteBuf in) {
    var plain = ctx.alloc().directBuffer(in.readableBytes());
    boolean open;
    try {
      open = engine.decrypt(in, plain);
    } catch (TlsFailure e) {
      plain.release();
      fail(ctx, e);
      return;
    }
    if (plain.isReadable()) {
      ctx.fireChannelRead(plain);
    } else {
      plain.release();
    }
    if (!open) {
      inputEnded(ctx);
    }
  }

  private void inputEnded(ChannelHandlerContext ctx) {
    if (Boolean.TRUE.equals(ctx.channel().config().getOption(ChannelOption.ALLOW_HALF_CLOSURE))) {
      ctx.fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
    } else {
      ctx.channel().close();
    }
  }

  private void fail(ChannelHandlerContext ctx, TlsFailure e) {
    failed = true;
    var alert = ctx.alloc().directBuffer(FLIGHT_BYTES);
    engine.drain(alert);
    sendAndClose(ctx, alert);
    ctx.fireExceptionCaught(e);
  }

  private static void send(ChannelHandlerContext ctx, ByteBuf out) {
    if (out.isReadable()) {
      ctx.writeAndFlush(out, ctx.voidPromise());
    } else {
      out.release();
    }
  }

  private void sendAndClose(ChannelHandlerContext ctx, ByteBuf alert) {
    outputClosed = true;
    ctx.writeAndFlush(alert).addListener(ChannelFutureListener.CLOSE);
  }

  private static ByteBuf direct(ChannelHandlerContext ctx, ByteBuf bytes) {
    if (bytes.isDirect() && bytes.nioBufferCount() == 1) {
      return bytes;
    }
    var copy = ctx.alloc().directBuffer(bytes.readableBytes()).writeBytes(bytes);
    bytes.release();
    return copy;
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    if (!(message instanceof ByteBuf bytes) || !bytes.isReadable()) {
      ctx.write(message, promise);
      return;
    }
    var plain = direct(ctx, bytes);
    try {
      if (!secured || outputClosed || engine.isFree()) {
        throw new TlsFailure(
            io.gatehouse.l7.RejectedConnection.Reason.TLS_HANDSHAKE_FAILED, "output is closed");
      }
      ctx.write(engine.encrypt(plain, ctx.alloc()), promise);
    } catch (TlsFailure e) {
      promise.tryFailure(e);
    } finally {
      plain.release();
    }
  }

  /** Says that no more will be sent; what is written afterwards fails. */
  public ChannelFuture closeOutput() {
    var ctx = Objects.requireNonNull(context);
    var notify = ctx.alloc().directBuffer(FLIGHT_BYTES);
    if (secured && !outputClosed && !engine.isFree()) {
      outputClosed = true;
      engine.closeOutput(notify);
    }
    return ctx.writeAndFlush(notify);
  }

  @Override
  public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
    var waiting = ctx.channel().unsafe().outboundBuffer();
    if (secured && !outputClosed && waiting != null && waiting.isEmpty()) {
      closeOutput().addListener(notified -> ctx.close(promise));
    } else {
      ctx.close(promise);
    }
  }
}
