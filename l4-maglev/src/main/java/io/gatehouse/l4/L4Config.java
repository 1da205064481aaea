package io.gatehouse.l4;

import java.util.List;

/**
 * What one L4 node serves.
 *
 * @param node this node's name, as it appears in logs and in the UNIQUE_ID it sends
 * @param services its virtual services
 */
public record L4Config(String node, List<ServiceConfig> services) {
  public L4Config {
    services = List.copyOf(services);
  }
}
