package io.gatehouse.l4;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * The {@link EndpointStats} of one pool, as one service uses it. An endpoint that leaves the pool
 * is forgotten when its last connection is over, so there are never more than the pool and the
 * connections explain. Any thread.
 */
final class PoolStats {
  private final String service;
  private final String pool;
  private final int loops;
  private final Map<String, EndpointStats> byEndpoint = new ConcurrentSkipListMap<>();

  PoolStats(String service, String pool, int loops) {
    this.service = service;
    this.pool = pool;
    this.loops = loops;
  }

  /** Name of the pool. */
  String pool() {
    return pool;
  }

  EndpointStats of(String endpoint) {
    return byEndpoint.computeIfAbsent(endpoint, name -> new EndpointStats(pool, name, loops));
  }

  /** Forgets endpoints that are neither among these nor connected. */
  void retain(Set<String> endpoints) {
    byEndpoint
        .entrySet()
        .removeIf(e -> !endpoints.contains(e.getKey()) && e.getValue().active() == 0);
  }

  /** In the order of the names. */
  List<EndpointStatsView> views() {
    return byEndpoint.values().stream().map(stats -> stats.view(service, pool)).toList();
  }
}
