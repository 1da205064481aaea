package io.gatehouse.health;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The dialogue of one probe on its connection. Says its result once, then sees the connection to
 * its end; one deadline covers both. Owned by the loop of its channel.
 */
abstract sealed class ProbeHandler extends ChannelInboundHandlerAdapter
    permits TcpProbeHandler,
        TlsProbeHandler,
        HttpProbeHandler,
        HttpBodyProbeHandler,
        Http2ProbeHandler {

  private final HealthCheck check;
  private final boolean overTls;
  private final Consumer<ProbeResult> result;
  private @Nullable Future<?> deadline;
  private long startNanos;
  private boolean connected;
  private boolean ready;
  private boolean decided;

  /**
   * @param overTls whether the dialogue begins after a handshake
   */
  ProbeHandler(HealthCheck check, boolean overTls, Consumer<ProbeResult> result) {
    this.check = check;
    this.overTls = overTls;
    this.result = result;
  }

  /** Speaks first; with TLS, the handshake is done. */
  abstract void onReady(ChannelHandlerContext ctx);

  /** Takes in what the endpoint sends until the end of the connection; borrows {@code message}. */
  abstract void onMessage(ChannelHandlerContext ctx, Object message);

  /** The endpoint closed before the result was said. */
  abstract ProbeResult onClosed();

  /** Whether the endpoint may close first once the result is said. */
  final boolean decided() {
    return decided;
  }

  final void decide(ProbeResult outcome) {
    if (!decided) {
      decided = true;
      result.accept(outcome);
    }
  }

  final void decideFailed(HealthCounter counter, String cause) {
    decide(new ProbeResult.Failed(counter, cause));
  }

  final void connectFailed(Throwable failure) {
    cancelDeadline();
    decide(ConnectFailure.classify(failure));
  }

  /** Since the connection was ready. */
  final long tookNanos() {
    return System.nanoTime() - startNanos;
  }

  /**
   * Closes with a reset, so that this host keeps no TIME_WAIT: with thousands of probes a minute
   * they would hold the ports.
   */
  static void abort(ChannelHandlerContext ctx) {
    if (ctx.channel().isOpen()) {
      ctx.channel().config().setOption(ChannelOption.SO_LINGER, 0);
      ctx.channel().close();
    }
  }

  @Override
  public final void handlerAdded(ChannelHandlerContext ctx) {
    deadline = ctx.executor().schedule(() -> onDeadline(ctx), check.timeoutNanos(), NANOSECONDS);
  }

  @Override
  public final void channelActive(ChannelHandlerContext ctx) {
    connected = true;
    if (!overTls) {
      begin(ctx);
    }
  }

  @Override
  public final void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof SslHandshakeCompletionEvent handshake && !ready) {
      if (handshake.isSuccess()) {
        begin(ctx);
      } else if (!decided) {
        decide(TlsFault.classify(handshake.cause()));
        abort(ctx);
      }
    }
  }

  private void begin(ChannelHandlerContext ctx) {
    ready = true;
    startNanos = System.nanoTime();
    onReady(ctx);
  }

  @Override
  public final void channelRead(ChannelHandlerContext ctx, Object message) {
    try {
      onMessage(ctx, message);
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  @Override
  public final void channelInactive(ChannelHandlerContext ctx) {
    cancelDeadline();
    decide(
        ready || !overTls
            ? onClosed()
            : new ProbeResult.Failed(HealthCounter.FAILED_TLS, "closed within the TLS handshake"));
  }

  @Override
  public final void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (overTls && !ready) {
      decide(TlsFault.classify(cause));
    } else {
      decideFailed(HealthCounter.FAILED_CLOSED, "connection reset");
    }
    abort(ctx);
  }

  private void onDeadline(ChannelHandlerContext ctx) {
    if (!connected) {
      decideFailed(HealthCounter.FAILED_CONNECT_TIMEOUT, "connect timeout after " + timeout());
    } else if (!ready) {
      decideFailed(HealthCounter.FAILED_TLS, "no TLS handshake after " + timeout());
    } else {
      decideFailed(HealthCounter.FAILED_ANSWER_TIMEOUT, "no answer after " + timeout());
    }
    abort(ctx);
  }

  private String timeout() {
    return NANOSECONDS.toMillis(check.timeoutNanos()) + " ms";
  }

  private void cancelDeadline() {
    if (deadline != null) {
      deadline.cancel(false);
    }
  }
}
