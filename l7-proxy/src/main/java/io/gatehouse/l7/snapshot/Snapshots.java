package io.gatehouse.l7.snapshot;

import io.gatehouse.health.EndpointHealth;
import io.gatehouse.health.HealthSnapshot;
import io.gatehouse.l7.L7Config;
import io.gatehouse.l7.ListenerConfig;
import io.gatehouse.l7.PoolConfig;
import io.gatehouse.l7.RouteConfig;
import io.gatehouse.l7.route.Route;
import io.gatehouse.l7.route.RouteTable;
import io.gatehouse.l7.upstream.PoolView;
import io.gatehouse.l7.upstream.UpstreamEndpoint;
import io.gatehouse.l7.upstream.UpstreamPool;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Makes a snapshot of every change of health and publishes it through the tier's one volatile
 * reference.
 *
 * <p>{@link #update} is called on the health monitor's thread and guarded, as the first call may
 * come from the thread that starts the tier; {@link #current} may be called by any thread.
 */
public final class Snapshots {
  private final List<UpstreamPool> pools;
  private final Map<String, Map<String, UpstreamEndpoint>> endpoints = new HashMap<>();
  private volatile L7Snapshot current;

  /**
   * @param pools those of the configuration, in its order; borrowed
   * @throws IllegalArgumentException if two routes match the same requests
   */
  public Snapshots(L7Config config, List<UpstreamPool> pools) {
    this.pools = List.copyOf(pools);
    var names = config.pools().stream().map(PoolConfig::name).toList();
    var routes = new ArrayList<Route>();
    for (RouteConfig route : config.routes()) {
      int pool = names.indexOf(route.pool());
      if (pool < 0) {
        throw new IllegalArgumentException(
            "route %s: pool: %s (expected: one of %s)"
                .formatted(route.name(), route.pool(), names));
      }
      routes.add(new Route(route, pool));
    }
    var tables =
        config.listeners().stream()
            .map(ListenerConfig::name)
            .map(name -> RouteTable.compile(name, routes))
            .toList();
    this.current = new L7Snapshot(-1, tables, views(HealthSnapshot.EMPTY));
  }

  /** The latest snapshot: read it once per request. */
  public L7Snapshot current() {
    return current;
  }

  /** Publishes what a later health snapshot says; an earlier one is passed over. */
  public synchronized void update(HealthSnapshot health) {
    if (health.generation() > current.generation()) {
      current = new L7Snapshot(health.generation(), current.routes(), views(health));
    }
  }

  private List<PoolView> views(HealthSnapshot health) {
    var views = new ArrayList<PoolView>();
    for (UpstreamPool pool : pools) {
      views.add(view(pool, health.pool(pool.config().name())));
    }
    return views;
  }

  /** Endpoints are known by name; one whose address changed starts anew. */
  private PoolView view(UpstreamPool pool, List<EndpointHealth> health) {
    var known = endpoints.getOrDefault(pool.config().name(), Map.of());
    var present = new HashMap<String, UpstreamEndpoint>();
    var inOrder = new ArrayList<UpstreamEndpoint>();
    for (EndpointHealth state : health) {
      var earlier = known.get(state.endpoint().name());
      var endpoint =
          earlier != null && earlier.isSame(state.endpoint())
              ? earlier
              : pool.newEndpoint(state.endpoint());
      endpoint.weigh(state.endpoint().weight());
      present.put(endpoint.name(), endpoint);
      inOrder.add(endpoint);
    }
    known.values().stream()
        .filter(e -> present.get(e.name()) != e)
        .forEach(UpstreamEndpoint::leave);
    endpoints.put(pool.config().name(), present);
    return PoolView.of(pool.config(), health, inOrder);
  }
}
