package io.gatehouse.health;

import io.netty.channel.Channel;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.ssl.ApplicationProtocolNames;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Puts together what a probe's connection runs through: a PROXY header, TLS, a codec, and the
 * dialogue. Owned by the monitor's loop.
 */
final class ProbePipeline {
  private static final int MAX_LINE_BYTES = 4096;
  private static final int MAX_HEAD_BYTES = 32 * 1024;

  private final ProbeTlsContexts contexts = new ProbeTlsContexts();

  /**
   * Fills the pipeline of a channel that is not connected yet.
   *
   * @param proxyHeader comes before the first byte; empty if there is none
   * @param result is told once how the probe ends
   * @throws IOException if TLS files cannot be used
   */
  ProbeHandler fill(
      Channel channel,
      HealthCheck check,
      byte[] proxyHeader,
      InetSocketAddress address,
      Consumer<ProbeResult> result)
      throws IOException {
    var pipeline = channel.pipeline();
    if (proxyHeader.length > 0) {
      pipeline.addLast(new ProxyHeaderSender(proxyHeader));
    }
    return switch (check.probe()) {
      case Probe.Tcp _ ->
          last(pipeline, new TcpProbeHandler(check, proxyHeader.length > 0, result));
      case Probe.Tls(var tls) -> {
        secure(channel, tls, "", address);
        yield last(pipeline, new TlsProbeHandler(check, result));
      }
      case Probe.Grpc grpc -> {
        secure(channel, grpc.tls(), ApplicationProtocolNames.HTTP_2, address);
        yield Http2ProbeHandler.addTo(
            pipeline, check, grpc.tls() != null, new GrpcDialogue(grpc, address), result);
      }
      case Probe.Http http -> http(channel, check, http, address, result);
    };
  }

  private ProbeHandler http(
      Channel channel,
      HealthCheck check,
      Probe.Http http,
      InetSocketAddress address,
      Consumer<ProbeResult> result)
      throws IOException {
    var pipeline = channel.pipeline();
    if (http.version() == Probe.Version.HTTP_2) {
      secure(channel, http.tls(), ApplicationProtocolNames.HTTP_2, address);
      return Http2ProbeHandler.addTo(
          pipeline, check, http.tls() != null, new HttpDialogue(http, address), result);
    }
    secure(channel, http.tls(), ApplicationProtocolNames.HTTP_1_1, address);
    if (!http.readsBody()) {
      return last(pipeline, new HttpProbeHandler(check, http, address, result));
    }
    pipeline.addLast(
        new HttpResponseDecoder(
            new HttpDecoderConfig()
                .setMaxInitialLineLength(MAX_LINE_BYTES)
                .setMaxHeaderSize(MAX_HEAD_BYTES)));
    return last(pipeline, new HttpBodyProbeHandler(check, http, address, result));
  }

  private void secure(
      Channel channel, @Nullable ProbeTls tls, String protocol, InetSocketAddress address)
      throws IOException {
    if (tls == null) {
      return;
    }
    var handler = contexts.newHandler(channel, tls, protocol, address);
    channel.pipeline().addLast(handler);
    if (tls.verify()) {
      channel.pipeline().addLast(new CertificateInForce(handler));
    }
  }

  private static ProbeHandler last(ChannelPipeline pipeline, ProbeHandler handler) {
    pipeline.addLast(handler);
    return handler;
  }

  void close() {
    contexts.close();
  }
}
