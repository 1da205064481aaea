package io.gatehouse.l7.snapshot;

import io.gatehouse.l7.route.RouteTable;
import io.gatehouse.l7.upstream.PoolView;
import java.util.List;

/**
 * All that a request's decisions depend on, of one moment. Immutable.
 *
 * @param generation of the health snapshot that it was made from
 * @param routes by index of the listener
 * @param pools by index of the pool
 */
public record L7Snapshot(long generation, List<RouteTable> routes, List<PoolView> pools) {
  public L7Snapshot {
    routes = List.copyOf(routes);
    pools = List.copyOf(pools);
  }
}
