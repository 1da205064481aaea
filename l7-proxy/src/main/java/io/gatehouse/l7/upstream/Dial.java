package io.gatehouse.l7.upstream;

import io.gatehouse.l7.L7Counter;
import io.gatehouse.l7.loop.Loop;
import io.gatehouse.l7.loop.TimedHandler;
import io.gatehouse.l7.tls.RefusedBackendException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.internal.tcnative.SSL;
import java.net.InetSocketAddress;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Brings one connection about: TCP and, if a TLS handler stands before it in the pipeline, TLS.
 * Each has the pool's connect timeout. When it has told how it went, it is done and leaves the
 * pipeline.
 *
 * <p>Owned by its loop's thread.
 */
final class Dial extends TimedHandler {

  /** Who wants the connection; told once. */
  interface Caller {
    /** The connection stands: handlers may be added and bytes written. */
    void connected();

    /** There is none, and the channel is closed. */
    void notConnected(UpstreamFailure failure, String detail);
  }

  private final Loop loop;
  private final SocketChannel channel;
  private final @Nullable SslHandler tls;
  private final long timeoutNanos;
  private @Nullable Caller caller;
  private long deadlineNanos = NEVER;
  private boolean securing;

  private Dial(
      Loop loop,
      SocketChannel channel,
      @Nullable SslHandler tls,
      long timeoutNanos,
      Caller caller) {
    this.loop = loop;
    this.channel = channel;
    this.tls = tls;
    this.timeoutNanos = timeoutNanos;
    this.caller = caller;
  }

  /** Begins; to give up, close the channel. */
  static void begin(
      Loop loop,
      SocketChannel channel,
      InetSocketAddress address,
      @Nullable SslHandler tls,
      long timeoutNanos,
      Caller caller) {
    var dial = new Dial(loop, channel, tls, timeoutNanos, caller);
    if (tls != null) {
      channel.pipeline().addLast(tls);
    }
    channel.pipeline().addLast(dial);
    dial.deadlineNanos = loop.clock().nanos() + timeoutNanos;
    loop.ticker().add(dial);
    channel.connect(address).addListener(f -> dial.tcpDone((ChannelFuture) f));
  }

  private void tcpDone(ChannelFuture future) {
    loop.clock().read();
    if (!future.isSuccess()) {
      fail(UpstreamFailure.CONNECT_FAILED, String.valueOf(future.cause()));
    } else if (tls == null) {
      succeed();
    } else {
      securing = true;
      deadlineNanos = loop.clock().nanos() + timeoutNanos;
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof SslHandshakeCompletionEvent handshake) {
      loop.clock().read();
      if (handshake.isSuccess()) {
        loop.count(
            wasResumed(Objects.requireNonNull(tls))
                ? L7Counter.UPSTREAM_TLS_RESUMED
                : L7Counter.UPSTREAM_TLS_FULL);
        succeed();
      } else {
        fail(handshake.cause());
      }
    }
  }

  private static boolean wasResumed(SslHandler tls) {
    return tls.engine() instanceof ReferenceCountedOpenSslEngine engine
        && SSL.isSessionReused(engine.sslPointer());
  }

  private void fail(Throwable handshake) {
    var last = handshake;
    for (var cause = handshake; cause != null; cause = cause.getCause()) {
      if (cause instanceof RefusedBackendException refused) {
        fail(failureFor(refused.fault()), String.valueOf(refused.getMessage()));
        return;
      }
      last = cause;
    }
    fail(UpstreamFailure.TLS_FAILED, last.toString());
  }

  private static UpstreamFailure failureFor(RefusedBackendException.Fault fault) {
    return switch (fault) {
      case NOT_IN_FORCE -> UpstreamFailure.TLS_EXPIRED;
      case UNKNOWN_AUTHORITY -> UpstreamFailure.TLS_UNTRUSTED;
      case WRONG_NAME -> UpstreamFailure.TLS_WRONG_NAME;
    };
  }

  private void succeed() {
    var told = take();
    if (told != null) {
      channel.pipeline().remove(this);
      told.connected();
    }
  }

  private void fail(UpstreamFailure failure, String detail) {
    var told = take();
    if (told != null) {
      channel.close();
      told.notConnected(failure, detail);
    }
  }

  private @Nullable Caller take() {
    var told = caller;
    caller = null;
    deadlineNanos = NEVER;
    return told;
  }

  /** The channel was closed, or the connection stands. */
  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    caller = null;
    loop.ticker().remove(this);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable thrown) {
    loop.clock().read();
    fail(thrown);
  }

  @Override
  protected void tick(long nowNanos) {
    if (expired(deadlineNanos, nowNanos)) {
      if (securing) {
        fail(UpstreamFailure.TLS_TIMEOUT, "the TLS handshake isn't done");
      } else {
        fail(UpstreamFailure.CONNECT_TIMEOUT, "no answer to the connect");
      }
    }
  }

  @Override
  protected void closeNow() {
    caller = null;
    channel.close();
  }
}
