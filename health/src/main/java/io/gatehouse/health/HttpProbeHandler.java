package io.gatehouse.health;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import java.net.InetSocketAddress;
import java.util.function.Consumer;

/**
 * Sends one request over HTTP/1.1 and reads the status line of its answer. After that it waits for
 * the endpoint to close, as the request asks for: a reset in the midst of a body would fill the log
 * of many a backend. Owned by the loop of its channel.
 */
final class HttpProbeHandler extends ProbeHandler {
  /** Of the answer after its status line; beyond, the connection is reset. */
  static final int MAX_DISCARDED_BYTES = 64 * 1024;

  private final Probe.Http probe;
  private final InetSocketAddress address;
  private final AnswerJudge judge;
  private final StatusLineReader statusLine = new StatusLineReader();
  private int discardedBytes;

  HttpProbeHandler(
      HealthCheck check,
      Probe.Http probe,
      InetSocketAddress address,
      Consumer<ProbeResult> result) {
    super(check, probe.tls() != null, result);
    this.probe = probe;
    this.address = address;
    this.judge = new AnswerJudge(probe);
  }

  @Override
  void onReady(ChannelHandlerContext ctx) {
    ctx.writeAndFlush(Http1Request.bytes(probe.request(), address));
  }

  @Override
  void onMessage(ChannelHandlerContext ctx, Object message) {
    if (!(message instanceof ByteBuf in)) {
      return;
    }
    if (!decided()) {
      switch (statusLine.read(in)) {
        case StatusLineReader.Incomplete _ -> {}
        case StatusLineReader.Status(int status) -> {
          var outcome = judge.status(status, tookNanos());
          decide(outcome == null ? judge.end(tookNanos()) : outcome);
        }
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

  @Override
  ProbeResult onClosed() {
    return new ProbeResult.Failed(
        HealthCounter.FAILED_CLOSED,
        statusLine.begun() ? "closed within the status line" : "closed without an answer");
  }
}
