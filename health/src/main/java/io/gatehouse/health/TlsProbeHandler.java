package io.gatehouse.health;

import io.netty.channel.ChannelHandlerContext;
import java.util.function.Consumer;

/**
 * The TLS handshake is the answer; a close_notify and the end of the connection follow. Owned by
 * the loop of its channel.
 */
final class TlsProbeHandler extends ProbeHandler {
  TlsProbeHandler(HealthCheck check, Consumer<ProbeResult> result) {
    super(check, true, result);
  }

  @Override
  void onReady(ChannelHandlerContext ctx) {
    decide(new ProbeResult.Passed("TLS handshake"));
    ctx.close();
  }

  @Override
  void onMessage(ChannelHandlerContext ctx, Object message) {}

  @Override
  ProbeResult onClosed() {
    return new ProbeResult.Failed(HealthCounter.FAILED_CLOSED, "closed within the TLS handshake");
  }
}
