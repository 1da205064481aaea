package io.gatehouse.l7.downstream;

import io.gatehouse.l7.L7Counter;
import io.gatehouse.l7.RejectedConnection.Reason;
import io.gatehouse.l7.loop.TimedHandler;
import io.gatehouse.l7.tls.ServerTls;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.SniHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Watches a TLS handshake from behind Netty's handler: it must be done within its deadline. Then it
 * makes way for HTTP.
 *
 * <p>Owned by its connection's event loop.
 */
final class TlsGate extends TimedHandler {
  private static final int MAX_CLIENT_HELLO_BYTES = 16 * 1024;

  private final Intake intake;
  private final SniHandler sni;
  private final long startNanos;
  private long deadlineNanos;

  private TlsGate(Intake intake, SniHandler sni) {
    this.intake = intake;
    this.sni = sni;
    this.startNanos = intake.loop().clock().nanos();
    this.deadlineNanos =
        startNanos + Objects.requireNonNull(intake.config().tls()).handshakeTimeoutNanos();
  }

  /** Adds what a handshake needs to a pipeline. */
  static void install(ChannelPipeline pipeline, Intake intake, ServerTls tls) {
    // No timeout of Netty's: the gate's own deadline is not a task per connection.
    var sni =
        new SniHandler(tls::forName, MAX_CLIENT_HELLO_BYTES, 0) {
          @Override
          protected SslHandler newSslHandler(SslContext context, ByteBufAllocator allocator) {
            var handler = super.newSslHandler(context, allocator);
            handler.setHandshakeTimeoutMillis(0);
            return handler;
          }
        };
    pipeline.addLast(new PlainHttpGuard(intake), sni, new TlsGate(intake, sni));
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    intake.loop().ticker().add(this);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    intake.loop().ticker().remove(this);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof SslHandshakeCompletionEvent completion) {
      intake.loop().clock().read();
      if (completion.isSuccess()) {
        done(ctx);
      } else {
        failed(completion.cause());
      }
    }
  }

  private void done(ChannelHandlerContext ctx) {
    deadlineNanos = NEVER;
    intake.loop().count(L7Counter.TLS_HANDSHAKES);
    var session = ctx.pipeline().get(SslHandler.class).engine().getSession();
    String name = sni.hostname();
    intake
        .client()
        .secured(
            session.getProtocol(),
            session.getCipherSuite(),
            name == null ? "" : name,
            intake.loop().clock().nanos() - startNanos);
    intake.secured();
    ctx.pipeline().remove(this);
  }

  private void failed(@Nullable Throwable cause) {
    deadlineNanos = NEVER;
    intake.closedByClient(
        Reason.TLS_HANDSHAKE_FAILED, cause == null ? "no cause given" : cause.toString());
    intake.channel().close();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    intake.closedByClient(Reason.TLS_HANDSHAKE_FAILED, "closed in the middle of the handshake");
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    failed(cause);
  }

  @Override
  protected void tick(long nowNanos) {
    if (expired(deadlineNanos, nowNanos)) {
      deadlineNanos = NEVER;
      intake.reject(Reason.TLS_HANDSHAKE_TIMEOUT, "the TLS handshake isn't done");
    }
  }

  @Override
  protected void closeNow() {
    intake.channel().close();
  }
}
