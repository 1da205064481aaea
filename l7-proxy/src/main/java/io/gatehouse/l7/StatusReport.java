package io.gatehouse.l7;

import io.gatehouse.l7.downstream.Listener;
import io.gatehouse.l7.loop.BufferMemory;
import io.gatehouse.l7.snapshot.L7Snapshot;
import io.gatehouse.l7.upstream.PoolView;
import java.util.ArrayList;
import java.util.List;

/** Gathers how things stand. */
final class StatusReport {
  private StatusReport() {}

  static L7Status of(
      L7Config config,
      boolean draining,
      List<Listener> listeners,
      L7Snapshot snapshot,
      BufferMemory memory) {
    return new L7Status(
        draining,
        listeners.stream().map(StatusReport::listener).toList(),
        config.routes().stream().map(StatusReport::route).toList(),
        snapshot.pools().stream().map(StatusReport::pool).toList(),
        listeners.stream().flatMap(l -> certificates(l).stream()).toList(),
        new L7Status.Memory(memory.usedBytes(), memory.limitBytes(), memory.isScarce()));
  }

  private static L7Status.Listener listener(Listener listener) {
    return new L7Status.Listener(
        listener.config().name(),
        listener.addresses(),
        listener.tls() != null,
        listener.openConnections());
  }

  private static L7Status.Route route(RouteConfig route) {
    return new L7Status.Route(
        route.name(), route.listeners(), route.hosts(), route.pathPrefix(), route.pool());
  }

  private static L7Status.Pool pool(PoolView view) {
    var endpoints = new ArrayList<L7Status.Endpoint>();
    for (int i = 0; i < view.endpoints().size(); i++) {
      var health = view.health().get(i);
      var endpoint = view.endpoints().get(i);
      endpoints.add(
          new L7Status.Endpoint(
              endpoint.name(),
              endpoint.endpoint().address(),
              endpoint.weight(),
              health.verdict(),
              health.cause(),
              endpoint.activeRequests(),
              endpoint.openConnections(),
              endpoint.idleConnections()));
    }
    return new L7Status.Pool(view.config().name(), List.copyOf(endpoints));
  }

  private static List<L7Status.Certificate> certificates(Listener listener) {
    var tls = listener.tls();
    return tls == null
        ? List.of()
        : tls.certificates().stream()
            .map(
                c ->
                    new L7Status.Certificate(
                        c.name(), listener.config().name(), c.names(), c.notAfter()))
            .toList();
  }
}
