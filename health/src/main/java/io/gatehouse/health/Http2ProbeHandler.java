package io.gatehouse.health;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2GoAwayFrame;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One stream of HTTP/2, behind Netty's codec. Owned by the loop of its channel. */
final class Http2ProbeHandler extends ProbeHandler {
  private static final int MAX_HEAD_BYTES = 16 * 1024;

  private final Http2Dialogue dialogue;
  private boolean begun;

  private Http2ProbeHandler(
      HealthCheck check, boolean overTls, Http2Dialogue dialogue, Consumer<ProbeResult> result) {
    super(check, overTls, result);
    this.dialogue = dialogue;
  }

  /** Adds codec and handler to the end of a pipeline. */
  static Http2ProbeHandler addTo(
      ChannelPipeline pipeline,
      HealthCheck check,
      boolean overTls,
      Http2Dialogue dialogue,
      Consumer<ProbeResult> result) {
    var settings =
        Http2Settings.defaultSettings()
            .pushEnabled(false)
            .maxConcurrentStreams(0)
            .maxHeaderListSize(MAX_HEAD_BYTES);
    var codec = Http2FrameCodecBuilder.forClient().initialSettings(settings).build();
    var handler = new Http2ProbeHandler(check, overTls, dialogue, result);
    pipeline.addLast(codec, new Http2MultiplexHandler(new ChannelInboundHandlerAdapter()), handler);
    return handler;
  }

  /** The status of an answer; 0 if it has none. */
  static int status(Http2Headers headers) {
    @Nullable CharSequence status = headers.status();
    if (status == null || status.length() != 3) {
      return 0;
    }
    int value = 0;
    for (int i = 0; i < 3; i++) {
      int digit = Character.digit(status.charAt(i), 10);
      if (digit < 0) {
        return 0;
      }
      value = 10 * value + digit;
    }
    return value;
  }

  @Override
  void onReady(ChannelHandlerContext ctx) {
    var tls = ctx.pipeline().get(SslHandler.class);
    if (tls != null && !ApplicationProtocolNames.HTTP_2.equals(tls.applicationProtocol())) {
      decideFailed(HealthCounter.FAILED_BAD_ANSWER, "no HTTP/2 by ALPN");
      abort(ctx);
      return;
    }
    new Http2StreamChannelBootstrap(ctx.channel())
        .handler(new StreamHandler(ctx))
        .open()
        .addListener(
            opened -> {
              if (opened.isSuccess()) {
                ask((Channel) opened.getNow());
              } else {
                decideFailed(HealthCounter.FAILED_CLOSED, "no stream of HTTP/2 could be opened");
                abort(ctx);
              }
            });
  }

  private void ask(Channel stream) {
    byte[] body = dialogue.body();
    stream.write(new DefaultHttp2HeadersFrame(dialogue.head(), body.length == 0));
    if (body.length > 0) {
      stream.write(new DefaultHttp2DataFrame(Unpooled.wrappedBuffer(body), true));
    }
    stream.flush();
  }

  /** What comes on the stream. Owned by the loop. */
  private final class StreamHandler extends ChannelInboundHandlerAdapter {
    private final ChannelHandlerContext connection;

    private StreamHandler(ChannelHandlerContext connection) {
      this.connection = connection;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      try {
        onMessage(connection, message);
      } finally {
        ReferenceCountUtil.release(message);
      }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event instanceof Http2ResetFrame) {
        onMessage(connection, event);
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      decideFailed(HealthCounter.FAILED_BAD_ANSWER, "the answer is not HTTP/2");
      abort(connection);
    }
  }

  @Override
  void onMessage(ChannelHandlerContext ctx, Object message) {
    if (decided()) {
      return;
    }
    switch (message) {
      case Http2HeadersFrame frame -> {
        begun = true;
        conclude(ctx, dialogue.headers(frame.headers(), frame.isEndStream(), tookNanos()));
      }
      case Http2DataFrame frame ->
          conclude(ctx, dialogue.data(frame.content(), frame.isEndStream(), tookNanos()));
      case Http2ResetFrame frame ->
          conclude(
              ctx,
              new ProbeResult.Failed(
                  HealthCounter.FAILED_CLOSED, "stream reset: error " + frame.errorCode()));
      case Http2GoAwayFrame frame when frame.errorCode() != 0 ->
          conclude(
              ctx,
              new ProbeResult.Failed(
                  HealthCounter.FAILED_CLOSED, "GOAWAY: error " + frame.errorCode()));
      default -> {}
    }
  }

  private void conclude(ChannelHandlerContext ctx, @Nullable ProbeResult outcome) {
    if (outcome != null) {
      decide(outcome);
      ctx.close(); // says GOAWAY
    }
  }

  @Override
  ProbeResult onClosed() {
    return new ProbeResult.Failed(
        HealthCounter.FAILED_CLOSED,
        begun ? "closed within the answer" : "closed without an answer");
  }
}
