package io.gatehouse.health;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A call of gRPC's health service. Owned by the loop of its channel. */
final class GrpcDialogue implements Http2Dialogue {
  /** Longest answer; a healthy one has seven bytes. */
  static final int MAX_BODY_BYTES = 64;

  private static final int OK = 200;
  private static final String GRPC_STATUS = "grpc-status";
  private static final String GRPC_OK = "0";

  private final Probe.Grpc probe;
  private final InetSocketAddress address;
  private byte[] body = {};
  private boolean begun;

  GrpcDialogue(Probe.Grpc probe, InetSocketAddress address) {
    this.probe = probe;
    this.address = address;
  }

  @Override
  public Http2Headers head() {
    var head =
        new DefaultHttp2Headers()
            .method("POST")
            .scheme(probe.tls() == null ? "http" : "https")
            .authority(
                probe.authority().isEmpty()
                    ? NetUtil.toSocketAddressString(address)
                    : probe.authority())
            .path(GrpcHealth.PATH);
    head.set("content-type", "application/grpc");
    head.set("te", "trailers");
    head.set("user-agent", Http1Request.USER_AGENT);
    return head;
  }

  @Override
  public byte[] body() {
    return GrpcHealth.request(probe.service());
  }

  @Override
  public @Nullable ProbeResult headers(Http2Headers headers, boolean end, long tookNanos) {
    if (!begun) {
      int status = Http2ProbeHandler.status(headers);
      if (status / 100 == 1) {
        return null;
      }
      begun = true;
      if (status != OK) {
        return new ProbeResult.Failed(
            HealthCounter.FAILED_STATUS, "HTTP %d to a gRPC call".formatted(status));
      }
    }
    return end ? trailers(headers.get(GRPC_STATUS)) : null;
  }

  private ProbeResult trailers(@Nullable CharSequence status) {
    if (status == null) {
      return new ProbeResult.Failed(HealthCounter.FAILED_BAD_ANSWER, "no grpc-status");
    }
    if (!GRPC_OK.contentEquals(status)) {
      return new ProbeResult.Failed(
          HealthCounter.FAILED_NOT_SERVING, "grpc-status " + Evidence.plain(status.toString()));
    }
    String health = GrpcHealth.status(body);
    return GrpcHealth.isServing(health)
        ? new ProbeResult.Passed("gRPC " + health)
        : new ProbeResult.Failed(HealthCounter.FAILED_NOT_SERVING, "gRPC " + health);
  }

  @Override
  public @Nullable ProbeResult data(ByteBuf piece, boolean end, long tookNanos) {
    int more = piece.readableBytes();
    if (body.length + more > MAX_BODY_BYTES) {
      return new ProbeResult.Failed(
          HealthCounter.FAILED_BAD_ANSWER, "the answer exceeds %d bytes".formatted(MAX_BODY_BYTES));
    }
    body = Arrays.copyOf(body, body.length + more);
    piece.readBytes(body, body.length - more, more);
    return end ? trailers(null) : null;
  }
}
