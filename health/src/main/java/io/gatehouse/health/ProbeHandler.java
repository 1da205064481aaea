package io.gatehouse.health;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The dialogue of one probe on its connection. Says its result once, then sees the connection to
 * its end; one deadline covers both. Owned by the loop of its channel.
 */
abstract sealed class ProbeHandler extends ChannelInboundHandlerAdapter
    permits TcpProbeHandler, HttpProbeHandler {

  private final HealthCheck check;
  private final byte[] proxyHeader;
  private final Consumer<ProbeResult> result;
  private @Nullable Future<?> deadline;
  private boolean connected;
  private boolean decided;

  /**
   * @param proxyHeader comes before the first byte; empty if there is none
   */
  ProbeHandler(HealthCheck check, byte[] proxyHeader, Consumer<ProbeResult> result) {
    this.check = check;
    this.proxyHeader = proxyHeader;
    this.result = result;
  }

  /** Speaks first; {@code header} comes before the first byte and is empty without one. */
  abstract void onConnected(ChannelHandlerContext ctx, ByteBuf header);

  /** Takes in bytes of the endpoint until the result is said; borrows {@code in}. */
  abstract void onBytes(ChannelHandlerContext ctx, ByteBuf in);

  /** The endpoint closed before the result was said. */
  abstract ProbeResult onClosed();

  /** Whether the endpoint may close first once the result is said. */
  final boolean decided() {
    return decided;
  }

  final boolean sendsProxyHeader() {
    return proxyHeader.length > 0;
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

  /**
   * Closes with a reset, so that this host keeps no TIME_WAIT: with thousands of probes a minute
   * they would hold the ports.
   */
  static void abort(ChannelHandlerContext ctx) {
    if (ctx.channel().isOpen()) {
      ctx.channel().config().setOption(ChannelOption.SO_LINGER, 0);
      ctx.close();
    }
  }

  @Override
  public final void handlerAdded(ChannelHandlerContext ctx) {
    deadline = ctx.executor().schedule(() -> onDeadline(ctx), check.timeoutNanos(), NANOSECONDS);
  }

  @Override
  public final void channelActive(ChannelHandlerContext ctx) {
    connected = true;
    onConnected(ctx, Unpooled.wrappedBuffer(proxyHeader));
  }

  @Override
  public final void channelRead(ChannelHandlerContext ctx, Object message) {
    try {
      if (message instanceof ByteBuf in) {
        onBytes(ctx, in);
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  @Override
  public final void channelInactive(ChannelHandlerContext ctx) {
    cancelDeadline();
    decide(onClosed());
  }

  @Override
  public final void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    decideFailed(HealthCounter.FAILED_CLOSED, "connection reset");
    abort(ctx);
  }

  private void onDeadline(ChannelHandlerContext ctx) {
    if (connected) {
      decideFailed(HealthCounter.FAILED_ANSWER_TIMEOUT, "no answer after " + timeout());
    } else {
      decideFailed(HealthCounter.FAILED_CONNECT_TIMEOUT, "connect timeout after " + timeout());
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
