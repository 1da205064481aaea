package io.gatehouse.health;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.gatehouse.health.HealthCheck.Probe;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.util.function.Consumer;

/**
 * Sends one request and reads the status line of its answer. After that it waits for the endpoint
 * to close, as the request asks for: a reset in the midst of a body would fill the log of many a
 * backend. Owned by the loop of its channel.
 */
final class HttpProbeHandler extends ProbeHandler {
  /** Of the answer after its status line; beyond, the connection is reset. */
  static final int MAX_DISCARDED_BYTES = 64 * 1024;

  private final Probe.Http probe;
  private final ByteBuf request;
  private final StatusLineReader statusLine = new StatusLineReader();
  private int discardedBytes;

  HttpProbeHandler(
      HealthCheck check,
      byte[] proxyHeader,
      Probe.Http probe,
      InetSocketAddress address,
      Consumer<ProbeResult> result) {
    super(check, proxyHeader, result);
    this.probe = probe;
    this.request = Unpooled.copiedBuffer(request(probe, address), US_ASCII);
  }

  static String request(Probe.Http probe, InetSocketAddress address) {
    var host = probe.host().isEmpty() ? NetUtil.toSocketAddressString(address) : probe.host();
    return "%s %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: Gatehouse-health\r\nConnection: close\r\n\r\n"
        .formatted(probe.method(), probe.path(), host);
  }

  @Override
  void onConnected(ChannelHandlerContext ctx, ByteBuf header) {
    ctx.writeAndFlush(Unpooled.wrappedBuffer(header, request));
  }

  @Override
  void onBytes(ChannelHandlerContext ctx, ByteBuf in) {
    if (!decided()) {
      switch (statusLine.read(in)) {
        case StatusLineReader.Incomplete _ -> {}
        case StatusLineReader.Status(int status) -> decide(judge(status));
        case StatusLineReader.Malformed(String cause) -> {
          decideFailed(HealthCounter.FAILED_BAD_ANSWER, cause);
          abort(ctx);
        }
      }
    }
    discardedBytes += in.readableBytes();
    if (discardedBytes > MAX_DISCARDED_BYTES) {
      abort(ctx);
    }
  }

  private ProbeResult judge(int status) {
    return status >= probe.minStatus() && status <= probe.maxStatus()
        ? new ProbeResult.Passed("HTTP " + status)
        : new ProbeResult.Failed(
            HealthCounter.FAILED_STATUS,
            "HTTP %d (expected %d-%d)".formatted(status, probe.minStatus(), probe.maxStatus()));
  }

  @Override
  ProbeResult onClosed() {
    return new ProbeResult.Failed(
        HealthCounter.FAILED_CLOSED,
        statusLine.begun() ? "closed within the status line" : "closed without an answer");
  }
}
