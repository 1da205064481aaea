package io.gatehouse.l4;

import io.gatehouse.health.Endpoint;
import io.gatehouse.health.HealthMonitor;
import io.gatehouse.linux.Sockets;
import io.gatehouse.transport.LoopCounters;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One service on one event loop: takes its accepted sockets and holds what their connections need.
 * Owned by that loop.
 */
final class ServiceWorker {
  private static final Logger log = LoggerFactory.getLogger(ServiceWorker.class);

  private final VirtualService service;
  private final L4Loop loop;
  private final LoopCounters.Shard<L4Counter> shard;
  private final Connector connector;
  private final HeaderWriter headers;
  private final HealthMonitor health;
  private final ConnectionRecorder recorder;
  private final LogGate refusals = new LogGate();
  private final LogGate unhealthy = new LogGate();
  private final LogGate connectFailures = new LogGate();
  private final LogGate acceptFailures = new LogGate();

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
    if (connectFailures.admits(loop.nowNanos())) {
      log.atWarn()
          .addKeyValue("service", service.config().name())
          .addKeyValue("endpoint", endpoint.name())
          .addKeyValue("address", endpoint.address())
          .addKeyValue("cause", failure.cause())
          .addKeyValue("suppressed", connectFailures.takeSuppressed())
          .log("an endpoint could not be connected");
    }
  }

  void record(ConnectionRecord connection) {
    recorder.ended(connection);
  }

  void logRefused(Admission why, InetSocketAddress client) {
    if (refusals.admits(loop.nowNanos())) {
      log.atWarn()
          .addKeyValue("service", service.config().name())
          .addKeyValue("client", client)
          .addKeyValue("reason", why.reason())
          .addKeyValue("suppressed", refusals.takeSuppressed())
          .log("a client was turned away");
    }
  }

  void logUnhealthy() {
    if (unhealthy.admits(loop.nowNanos())) {
      log.atWarn()
          .addKeyValue("service", service.config().name())
          .addKeyValue("pool", service.config().pool())
          .addKeyValue("suppressed", unhealthy.takeSuppressed())
          .log("no endpoint takes new work: a client was turned away");
    }
  }

  void acceptFailed(String cause) {
    shard.increment(L4Counter.ACCEPT_FAILURES);
    if (acceptFailures.admits(loop.nowNanos())) {
      log.atWarn()
          .addKeyValue("service", service.config().name())
          .addKeyValue("cause", cause)
          .addKeyValue("suppressed", acceptFailures.takeSuppressed())
          .log("an accept failed");
    }
  }
}
