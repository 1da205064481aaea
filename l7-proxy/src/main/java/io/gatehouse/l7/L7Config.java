package io.gatehouse.l7;

import java.util.List;

/**
 * What one L7 node serves. Every cross-reference (route to pool, listener to certificate) holds:
 * the configuration file's binder has checked it.
 *
 * @param node this node's name, as it appears in logs
 * @param listeners where it listens
 * @param routes in the order of the file; the most specific match wins, not the first
 * @param pools where requests are sent
 * @param bufferMemoryBytes what all buffers of the process may take before new work is refused; 0:
 *     half of what the JVM gives for them
 */
public record L7Config(
    String node,
    List<ListenerConfig> listeners,
    List<RouteConfig> routes,
    List<PoolConfig> pools,
    long bufferMemoryBytes) {
  /** With the usual bound on memory. */
  public L7Config(
      String node,
      List<ListenerConfig> listeners,
      List<RouteConfig> routes,
      List<PoolConfig> pools) {
    this(node, listeners, routes, pools, 0);
  }

  public L7Config {
    listeners = List.copyOf(listeners);
    routes = List.copyOf(routes);
    pools = List.copyOf(pools);
  }
}
