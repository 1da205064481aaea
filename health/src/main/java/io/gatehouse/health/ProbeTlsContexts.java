package io.gatehouse.health;

import static java.util.concurrent.TimeUnit.SECONDS;

import io.netty.channel.Channel;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.util.NetUtil;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * TLS contexts of probes: one for each configuration, read anew when its files have changed. Files
 * that cannot be read leave the last ones in force. Owned by the monitor's loop.
 */
final class ProbeTlsContexts {
  private static final Logger log = LoggerFactory.getLogger(HealthMonitor.class);

  /** Files are looked at no more often than this. */
  private static final long LOOK_NANOS = SECONDS.toNanos(10);

  private record Kind(ProbeTls tls, String protocol) {}

  private static final class Loaded {
    private final SslContext context;
    private final List<FileTime> times;
    private long lookedNanos;

    private Loaded(SslContext context, List<FileTime> times, long lookedNanos) {
      this.context = context;
      this.times = times;
      this.lookedNanos = lookedNanos;
    }
  }

  private final Map<Kind, Loaded> contexts = new HashMap<>();

  /**
   * What secures a probe's connection.
   *
   * @param protocol asked for by ALPN; empty: none
   * @throws IOException if the files cannot be used; the message says which and why
   */
  SslHandler newHandler(Channel channel, ProbeTls tls, String protocol, InetSocketAddress address)
      throws IOException {
    String host = tls.serverName() == null ? address.getHostString() : tls.serverName();
    var handler = context(tls, protocol).newHandler(channel.alloc(), host, address.getPort());
    handler.setHandshakeTimeoutMillis(0); // the probe's deadline covers it
    if (!NetUtil.isValidIpV4Address(host) && !NetUtil.isValidIpV6Address(host)) {
      var parameters = handler.engine().getSSLParameters();
      parameters.setServerNames(List.of(new SNIHostName(host)));
      handler.engine().setSSLParameters(parameters);
    }
    return handler;
  }

  private SslContext context(ProbeTls tls, String protocol) throws IOException {
    var kind = new Kind(tls, protocol);
    var present = contexts.get(kind);
    long now = System.nanoTime();
    if (present != null && now - present.lookedNanos < LOOK_NANOS) {
      return present.context;
    }
    try {
      var times = times(tls);
      if (present != null && present.times.equals(times)) {
        present.lookedNanos = now;
        return present.context;
      }
      var loaded = new Loaded(load(tls, protocol), times, now);
      contexts.put(kind, loaded);
      if (present != null) {
        ReferenceCountUtil.release(present.context);
      }
      return loaded.context;
    } catch (IOException | IllegalArgumentException e) {
      if (present == null) {
        throw new IOException("TLS of the probe: " + e.getMessage(), e);
      }
      present.lookedNanos = now;
      log.atWarn().setCause(e).log("TLS files of a probe cannot be read; the last ones stay");
      return present.context;
    }
  }

  private static List<FileTime> times(ProbeTls tls) throws IOException {
    var times = new ArrayList<FileTime>();
    for (var file : files(tls)) {
      times.add(Files.getLastModifiedTime(file));
    }
    return times;
  }

  private static List<Path> files(ProbeTls tls) {
    var files = new ArrayList<Path>();
    @Nullable Path authorities = tls.authorities();
    if (authorities != null) {
      files.add(authorities);
    }
    var identity = tls.identity();
    if (identity != null) {
      files.add(identity.chain());
      files.add(identity.key());
    }
    return files;
  }

  private static SslContext load(ProbeTls tls, String protocol) throws SSLException {
    var builder = SslContextBuilder.forClient();
    if (!tls.verify()) {
      builder.trustManager(InsecureTrustManagerFactory.INSTANCE);
      builder.endpointIdentificationAlgorithm(null);
    } else if (tls.authorities() != null) {
      builder.trustManager(tls.authorities().toFile());
    }
    var identity = tls.identity();
    if (identity != null) {
      builder.keyManager(identity.chain().toFile(), identity.key().toFile());
    }
    if (!protocol.isEmpty()) {
      builder.applicationProtocolConfig(
          new ApplicationProtocolConfig(
              Protocol.ALPN,
              SelectorFailureBehavior.NO_ADVERTISE,
              SelectedListenerFailureBehavior.ACCEPT,
              protocol));
    }
    return builder.build();
  }

  void close() {
    contexts.values().forEach(loaded -> ReferenceCountUtil.release(loaded.context));
    contexts.clear();
  }
}
