package io.gatehouse.l4;

/**
 * What a service asks of its table.
 *
 * @param tableSize Maglev table size M, a prime
 * @param maxConnectionsPerNode connections of this L4 node to one endpoint at once
 * @param slowStartNanos how long an endpoint that comes back takes to get its whole share; 0: no
 *     time
 */
record TablePolicy(int tableSize, int maxConnectionsPerNode, long slowStartNanos) {

  static TablePolicy of(ServiceConfig service) {
    return new TablePolicy(
        service.tableSize(), service.limits().maxConnectionsPerNode(), service.slowStartNanos());
  }
}
