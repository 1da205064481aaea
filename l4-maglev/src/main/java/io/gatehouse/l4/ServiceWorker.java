package io.gatehouse.l4;

import io.gatehouse.health.Endpoint;
import io.gatehouse.health.HealthMonitor;
import io.gatehouse.linux.Sockets;
import io.gatehouse.transport.LoopCounters;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * One service on one event loop: takes its accepted sockets and holds what their connections need.
 * Owned by that loop.
 */
final class ServiceWorker {
  private final VirtualService service;
  private final L4Loop loop;
  private final LoopCounters.Shard<L4Counter> shard;
  private final Connector connector;
  private final HeaderWriter headers;
  private final HealthMonitor health;
  private final ConnectionRecorder recorder;

  ServiceWorker(
      VirtualService service,
      L4Loop loop,
      Connector connector,
      HeaderWriter headers,
      HealthMonitor health,
      ConnectionRecorder recorder) {
    this.service = service;
    this.loop = loop;
    this.shard = service.counters().shard(loop.index());
    this.connector = connector;
    this.headers = headers;
    this.health = health;
    this.recorder = recorder;
  }

  /**
   * Takes an accepted connection.
   *
   * @param local the address that the client connected to; null if the socket is to be asked
   */
  void accepted(int socket, InetSocketAddress client, @Nullable InetSocketAddress local) {
    var at = local;
    if (at == null) {
      if (Sockets.localAddress(socket, loop.address()) < 0) {
        acceptFailed("the client was gone before the accept");
        Sockets.close(socket);
        return;
      }
      at = loop.address().get();
    }
    new Connection(this, client, at, loop.uniqueIds().next(), loop.nowNanos()).begin(socket);
  }

  VirtualService service() {
    return service;
  }

  L4Loop loop() {
    return loop;
  }

  LoopCounters.Shard<L4Counter> shard() {
    return shard;
  }

  Connector connector() {
    return connector;
  }

  HeaderWriter headers() {
    return headers;
  }

  void reportFailure(Route route, Endpoint endpoint, ConnectFailure failure) {
    if (!failure.local()) {
      health.reportFailure(route.pool(), endpoint.name(), failure.cause());
    }
    service.log().connectFailed(endpoint, failure, loop.nowNanos());
  }

  void record(ConnectionRecord connection) {
    recorder.ended(connection);
  }

  void acceptFailed(String cause) {
    shard.increment(L4Counter.ACCEPT_FAILURES);
    service.log().acceptFailed(cause, loop.nowNanos());
  }
}
