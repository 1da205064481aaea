package io.gatehouse.l4;

import io.gatehouse.proxyprotocol.SignedOrigin;
import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one L4 node serves.
 *
 * @param node this node's name, as it appears in logs and in the UNIQUE_ID it sends
 * @param services its virtual services
 * @param dataPlane what carries the bytes of an established connection
 * @param sourceAddresses addresses to connect from, used in turn so that one address does not run
 *     out of ports (28,232 to one endpoint by default); empty leaves the choice to the kernel
 * @param maxConnections client connections at once, over all services; more are closed at once and
 *     counted
 * @param signedOrigin signs headers with the cluster's secret; null if no service asks for it
 */
public record L4Config(
    String node,
    List<ServiceConfig> services,
    DataPlaneChoice dataPlane,
    List<InetAddress> sourceAddresses,
    int maxConnections,
    @Nullable SignedOrigin signedOrigin) {

  /** Longest node name: with the rest of the unique id it stays within the TLV's 128 bytes. */
  public static final int MAX_NODE_NAME_LENGTH = 64;

  public L4Config {
    if (!isPrintable(node)) {
      throw new IllegalArgumentException(
          "node: %s (expected: 1 to %d visible ASCII characters, no slash)"
              .formatted(node, MAX_NODE_NAME_LENGTH));
    }
    services = List.copyOf(services);
    sourceAddresses = List.copyOf(sourceAddresses);
    if (services.stream().map(ServiceConfig::name).distinct().count() != services.size()) {
      throw new IllegalArgumentException(
          "services: %s (expected: distinct names)".formatted(services));
    }
    if (maxConnections < 1) {
      throw new IllegalArgumentException(
          "maxConnections: %d (expected: >= 1)".formatted(maxConnections));
    }
    if (signedOrigin == null && services.stream().anyMatch(ServiceConfig::signsHeaders)) {
      throw new IllegalArgumentException(
          "signedOrigin: none (expected: one, as a service signs its headers)");
    }
  }

  /** Without a secret. */
  public L4Config(
      String node,
      List<ServiceConfig> services,
      DataPlaneChoice dataPlane,
      List<InetAddress> sourceAddresses,
      int maxConnections) {
    this(node, services, dataPlane, sourceAddresses, maxConnections, null);
  }

  /** With the data plane that the kernel offers, and the source address that the kernel picks. */
  public L4Config(String node, List<ServiceConfig> services) {
    this(node, services, DataPlaneChoice.AUTO, List.of());
  }

  /** With as many connections as the services may have together. */
  public L4Config(
      String node,
      List<ServiceConfig> services,
      DataPlaneChoice dataPlane,
      List<InetAddress> sourceAddresses) {
    this(node, services, dataPlane, sourceAddresses, sumOfCaps(services));
  }

  /** As many connections as the services may have together. */
  public static int sumOfCaps(List<ServiceConfig> services) {
    long sum = services.stream().mapToLong(service -> service.limits().maxConnections()).sum();
    return Math.clamp(sum, 1, Integer.MAX_VALUE);
  }

  private static boolean isPrintable(String node) {
    return !node.isEmpty()
        && node.length() <= MAX_NODE_NAME_LENGTH
        && node.chars().allMatch(c -> c > ' ' && c < 0x7f && c != '/');
  }
}
