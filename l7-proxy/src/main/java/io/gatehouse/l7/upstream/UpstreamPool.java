package io.gatehouse.l7.upstream;

import io.gatehouse.health.Endpoint;
import io.gatehouse.l7.PoolConfig;
import io.gatehouse.l7.tls.ClientTls;
import io.netty.handler.ssl.ApplicationProtocolNames;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a pool has beyond its endpoints, which come and go: its configuration and its TLS. */
public final class UpstreamPool implements AutoCloseable {
  private final PoolConfig config;
  private final List<UpstreamConnector> connectors;
  private final @Nullable ClientTls tls;

  /**
   * Reads the files that the pool names.
   *
   * @param connectors by index of the loop
   * @throws IllegalArgumentException if one can't be used; the message names the pool and says why
   */
  public UpstreamPool(PoolConfig config, List<UpstreamConnector> connectors, Instant now) {
    this.config = config;
    this.connectors = List.copyOf(connectors);
    try {
      var wanted = config.connections().tls();
      this.tls = wanted == null ? null : ClientTls.load(wanted, alpn(config), now);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "pool %s: tls: %s".formatted(config.name(), e.getMessage()), e);
    }
  }

  private static List<String> alpn(PoolConfig config) {
    return switch (config.connections().protocol()) {
      case H1 -> List.of(ApplicationProtocolNames.HTTP_1_1);
      case H2, H2C -> List.of(ApplicationProtocolNames.HTTP_2);
      case AUTO -> List.of(ApplicationProtocolNames.HTTP_2, ApplicationProtocolNames.HTTP_1_1);
    };
  }

  public PoolConfig config() {
    return config;
  }

  /** An endpoint without connections. */
  public UpstreamEndpoint newEndpoint(Endpoint endpoint) {
    return new UpstreamEndpoint(endpoint, config, tls, connectors);
  }

  @Override
  public void close() {
    if (tls != null) {
      tls.close();
    }
  }
}
