package io.gatehouse.l7.route;

import io.gatehouse.l7.RouteConfig;

/**
 * A row of the routing table, ready for the data path.
 *
 * @param pool index of its pool in the configuration
 */
public record Route(RouteConfig config, int pool) {
  /** Its name. */
  public String name() {
    return config.name();
  }
}
