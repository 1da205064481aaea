package io.gatehouse.l7.upstream;

import io.gatehouse.l7.loop.Loop;
import io.netty.channel.socket.SocketChannel;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * What one loop has of one endpoint: its connections, in the protocol that the pool speaks, and how
 * busy they are.
 *
 * <p>Owned by its loop's thread; the two gauges may be read by any.
 */
public final class LoopPool {
  private final UpstreamEndpoint endpoint;
  private final UpstreamConnector connector;
  private final ConnectionSet connections;
  // Written by the loop alone, without a fence.
  private final AtomicInteger idleGauge = new AtomicInteger();
  private final AtomicInteger activeGauge = new AtomicInteger();

  LoopPool(UpstreamEndpoint endpoint, UpstreamConnector connector) {
    this.endpoint = endpoint;
    this.connector = connector;
    this.connections =
        switch (endpoint.pool().connections().protocol()) {
          case H1 -> new Http1Connections(this);
          case H2, H2C -> new Http2Connections(this);
          case AUTO -> new AlpnConnections(this);
        };
    int preconnect = endpoint.pool().limits().preconnect();
    if (preconnect > 0) {
      var ready = new Preconnect(this, connections, preconnect);
      loop().eventLoop().execute(ready::begin);
    }
  }

  /** A way through a connection that is there, or null if none has room. */
  public @Nullable UpstreamStream takeKept() {
    return connections.takeKept();
  }

  /** A way through a new connection, to be connected by its use; null if the cap is reached. */
  public @Nullable UpstreamStream takeNew() {
    return connections.takeNew();
  }

  public UpstreamEndpoint endpoint() {
    return endpoint;
  }

  /** Requests under way on this loop. */
  public int activeRequests() {
    return activeGauge.getOpaque();
  }

  int idleConnections() {
    return idleGauge.getOpaque();
  }

  Loop loop() {
    return connector.loop();
  }

  /** A channel that holds one of the endpoint's cap until it closes; null if the cap is reached. */
  @Nullable SocketChannel newChannel() {
    return endpoint.reserveConnection() ? connector.newChannel(endpoint) : null;
  }

  /** Brings a connection about. */
  void dial(SocketChannel channel, Dial.Caller caller) {
    Dial.begin(
        loop(),
        channel,
        endpoint.endpoint().address(),
        endpoint.newTls(channel.alloc()),
        endpoint.pool().timeouts().connectNanos(),
        caller);
  }

  void addIdle(int connections) {
    idleGauge.setOpaque(idleGauge.getPlain() + connections);
  }

  void requestBegins() {
    activeGauge.setOpaque(activeGauge.getPlain() + 1);
  }

  void requestEnds() {
    activeGauge.setOpaque(activeGauge.getPlain() - 1);
  }
}
