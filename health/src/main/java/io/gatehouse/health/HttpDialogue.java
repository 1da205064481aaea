package io.gatehouse.health;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import java.net.InetSocketAddress;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** An HTTP probe over HTTP/2. Owned by the loop of its channel. */
final class HttpDialogue implements Http2Dialogue {
  private final Probe.Http probe;
  private final InetSocketAddress address;
  private final AnswerJudge judge;
  private boolean begun;

  HttpDialogue(Probe.Http probe, InetSocketAddress address) {
    this.probe = probe;
    this.address = address;
    this.judge = new AnswerJudge(probe);
  }

  @Override
  public Http2Headers head() {
    var request = probe.request();
    var head =
        new DefaultHttp2Headers()
            .method(request.method())
            .scheme(probe.tls() == null ? "http" : "https")
            .authority(Http1Request.host(request, address))
            .path(request.path());
    head.set("user-agent", Http1Request.USER_AGENT);
    for (var header : request.headers()) {
      head.set(header.name().toLowerCase(Locale.ROOT), header.value());
    }
    return head;
  }

  @Override
  public byte[] body() {
    return new byte[0];
  }

  @Override
  public @Nullable ProbeResult headers(Http2Headers headers, boolean end, long tookNanos) {
    if (!begun) {
      int status = Http2ProbeHandler.status(headers);
      if (status / 100 == 1) {
        return null;
      }
      begun = true;
      var outcome = judge.status(status, tookNanos);
      if (outcome != null) {
        return outcome;
      }
    }
    return end ? judge.end(tookNanos) : null;
  }

  @Override
  public @Nullable ProbeResult data(ByteBuf piece, boolean end, long tookNanos) {
    boolean enough = judge.body(piece);
    return enough || end ? judge.end(tookNanos) : null;
  }
}
