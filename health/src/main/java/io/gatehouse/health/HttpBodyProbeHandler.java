package io.gatehouse.health;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import java.net.InetSocketAddress;
import java.util.function.Consumer;

/**
 * Sends one request over HTTP/1.1 and reads its answer with as much of the body as is looked at,
 * behind Netty's decoder. Owned by the loop of its channel.
 */
final class HttpBodyProbeHandler extends ProbeHandler {
  private final Probe.Http probe;
  private final InetSocketAddress address;
  private final AnswerJudge judge;
  private boolean begun;

  HttpBodyProbeHandler(
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
    if (decided()) {
      return; // what follows is not looked at
    }
    if (message instanceof HttpObject part && part.decoderResult().isFailure()) {
      decideFailed(HealthCounter.FAILED_BAD_ANSWER, "the answer is not HTTP/1");
      abort(ctx);
      return;
    }
    if (message instanceof HttpResponse head) {
      head(ctx, head.status().code());
    }
    if (message instanceof HttpContent content && begun && !decided()) {
      boolean enough = judge.body(content.content());
      if (enough || message instanceof LastHttpContent) {
        decide(judge.end(tookNanos()));
        finish(ctx, !enough);
      }
    }
  }

  /** An interim answer is followed by another. */
  private void head(ChannelHandlerContext ctx, int status) {
    if (status / 100 == 1) {
      return;
    }
    begun = true;
    var outcome = judge.status(status, tookNanos());
    if (outcome != null) {
      decide(outcome);
      abort(ctx);
    }
  }

  private static void finish(ChannelHandlerContext ctx, boolean whole) {
    if (whole) {
      ctx.close();
    } else {
      abort(ctx);
    }
  }

  @Override
  ProbeResult onClosed() {
    return new ProbeResult.Failed(
        HealthCounter.FAILED_CLOSED,
        begun ? "closed within the answer" : "closed without an answer");
  }
}
