package io.gatehouse.health;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.SocketChannel;
import java.util.function.Consumer;

/**
 * Without a PROXY header the handshake is the answer, and a reset ends the probe. With one, the
 * endpoint's close is the answer to ours. Owned by the loop of its channel.
 */
final class TcpProbeHandler extends ProbeHandler {
  private boolean waitsForClose;

  TcpProbeHandler(HealthCheck check, byte[] proxyHeader, Consumer<ProbeResult> result) {
    super(check, proxyHeader, result);
  }

  @Override
  void onConnected(ChannelHandlerContext ctx, ByteBuf header) {
    if (!sendsProxyHeader()) {
      decide(new ProbeResult.Passed("TCP connect"));
      abort(ctx);
      return;
    }
    waitsForClose = true;
    ctx.writeAndFlush(header)
        .addListener(
            (ChannelFutureListener)
                written -> {
                  if (written.isSuccess()) {
                    ((SocketChannel) written.channel()).shutdownOutput();
                  }
                });
  }

  /** A TLS alert or a greeting may come before the close. */
  @Override
  void onBytes(ChannelHandlerContext ctx, ByteBuf in) {}

  @Override
  ProbeResult onClosed() {
    return waitsForClose
        ? new ProbeResult.Passed("TCP connect and close")
        : new ProbeResult.Failed(HealthCounter.FAILED_CLOSED, "closed while connecting");
  }
}
