package io.gatehouse.l4;

import java.util.List;

/**
 * What the data path goes by, published through one volatile reference and read once per
 * connection. Immutable.
 *
 * @param healthGeneration of the health snapshot that it was made from
 * @param tables one per pool of each service, in the order of {@link ServiceConfig#pools}; the
 *     services in the order of the configuration
 */
record L4Snapshot(long healthGeneration, List<List<ServiceTable>> tables) {
  L4Snapshot {
    tables = tables.stream().map(List::copyOf).toList();
  }

  /** The table of a service's pool. */
  ServiceTable table(int service, int pool) {
    return tables.get(service).get(pool);
  }
}
