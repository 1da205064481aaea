package io.gatehouse.health;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.SocketChannel;
import java.util.function.Consumer;

/**
 * Without a PROXY header the handshake is the answer, and a reset ends the probe. With one, the
 * endpoint's close is the answer to ours. Owned by the loop of its channel.
 */
final class TcpProbeHandler extends ProbeHandler {
  private final boolean waitsForClose;

  /**
   * @param waitsForClose whether a PROXY header has been sent
   */
  TcpProbeHandler(HealthCheck check, boolean waitsForClose, Consumer<ProbeResult> result) {
    super(check, false, result);
    this.waitsForClose = waitsForClose;
  }

  @Override
  void onReady(ChannelHandlerContext ctx) {
    if (waitsForClose) {
      // what has been written before it goes first
      ctx.writeAndFlush(Unpooled.EMPTY_BUFFER)
          .addListener(
              (ChannelFutureListener)
                  written -> {
                    if (written.isSuccess()) {
                      ((SocketChannel) written.channel()).shutdownOutput();
                    }
                  });
    } else {
      decide(new ProbeResult.Passed("TCP connect"));
      abort(ctx);
    }
  }

  /** A TLS alert or a greeting may come before the close. */
  @Override
  void onMessage(ChannelHandlerContext ctx, Object message) {}

  @Override
  ProbeResult onClosed() {
    return waitsForClose
        ? new ProbeResult.Passed("TCP connect and close")
        : new ProbeResult.Failed(HealthCounter.FAILED_CLOSED, "closed while connecting");
  }
}
