package io.gatehouse.l4;

import java.util.List;

/**
 * What the data path goes by, published through one volatile reference and read once per
 * connection. Immutable.
 *
 * @param healthGeneration of the health snapshot that it was made from
 * @param tables one per service, in the order of the configuration
 */
record L4Snapshot(long healthGeneration, List<ServiceTable> tables) {
  L4Snapshot {
    tables = List.copyOf(tables);
  }
}
