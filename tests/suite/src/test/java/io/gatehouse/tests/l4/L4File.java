package io.gatehouse.tests.l4;

import io.gatehouse.testkit.peer.FreePorts;
import io.gatehouse.testkit.product.Product;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * The configuration of one L4 node, {@code l4}, with one service that leads to L7 nodes which the
 * test plays, or with services that lead to pools. A service listens on an IPv4 and an IPv6
 * address. Immutable; ports are of its own.
 */
final class L4File {
  private static final String ADDRESS = "127.0.41.1";

  private final String address;
  private final List<String> l7Addresses;
  private final int servicePort = FreePorts.next();
  private final int otherPort = FreePorts.next();
  private final int l7Port = FreePorts.next();
  private final int adminPort = FreePorts.next();
  private final int gossipPort = FreePorts.next();
  private final Path file;
  private final Path accessLog;

  private L4File(Path directory, String address, List<String> l7Addresses) {
    this.address = address;
    this.l7Addresses = List.copyOf(l7Addresses);
    this.file = directory.resolve("front-door-%d.yaml".formatted(servicePort));
    this.accessLog = directory.resolve("access-%d.log".formatted(servicePort));
  }

  /**
   * Writes it.
   *
   * @param directory where it and the access log go
   * @param dataPlane {@code relay} or {@code kernel}
   * @param l7Count L7 nodes
   * @param service further lines of the service's entry, such as {@code timeouts: { idle: 1s }}
   */
  L4File(Path directory, String dataPlane, int l7Count, String... service) {
    this(directory, ADDRESS, IntStream.range(0, l7Count).mapToObj(L4File::l7Address).toList());
    write(
        head(dataPlane, "")
            + tier(
                "[\"%s:%d\", \"[::1]:%d\"]".formatted(ADDRESS, servicePort, servicePort), service));
  }

  /**
   * One in a namespace, with one L7 node outside of it.
   *
   * @param node further keys of the node, such as {@code sourceAddresses: [192.0.2.1]}
   */
  static L4File in(Namespace namespace, Path directory, String node) {
    var file = new L4File(directory, namespace.inside(), List.of(namespace.outside()));
    file.write(
        file.head("relay", node)
            + file.tier(
                "[\"%s:%d\"]".formatted(namespace.inside(), file.servicePort), "healthCheck: off"));
    return file;
  }

  /**
   * One whose services lead to pools.
   *
   * @param services and {@code pools} in YAML; {@code ${listen}} and {@code ${other}} stand for the
   *     addresses of two services, in brackets
   */
  static L4File ofPools(Path directory, String dataPlane, String process, String services) {
    var file = new L4File(directory, ADDRESS, List.of());
    file.write(
        file.head(dataPlane, "").replace("${process}", process.isEmpty() ? "" : ", " + process)
            + services
                .replace(
                    "${listen}",
                    "[\"%s:%d\", \"[::1]:%d\"]"
                        .formatted(ADDRESS, file.servicePort, file.servicePort))
                .replace("${other}", "[\"%s:%d\"]".formatted(ADDRESS, file.otherPort)));
    return file;
  }

  /** Over epoll, for io_uring (Netty 4.2) does not tell of every reset. */
  private String head(String dataPlane, String node) {
    return """
    cluster: { port: %d, network: local, gossip: { unencrypted: true } }
    process: { transport: epoll, dataPlane: %s, accessLog: "%s"${process} }
    nodes:
      l4: { role: l4, address: %s, admin: "%s:%d"%s }
    """
        .formatted(
            gossipPort,
            dataPlane,
            accessLog,
            address,
            address,
            adminPort,
            node.isEmpty() ? "" : ", " + node);
  }

  /** The L7 nodes, the service that leads there, and what the L7 tier needs besides. */
  private String tier(String listen, String... service) {
    return """
    %s
    services:
      entry:
        listen: %s
        to: web
    %s
    listeners:
      web: { port: %d }
    routes:
      - { pool: app }
    pools:
      app: { endpoints: ["127.0.0.1:9"] }
    """
        .formatted(
            IntStream.range(0, l7Addresses.size())
                .mapToObj(
                    i -> "  l7-%d: { role: l7, address: %s }".formatted(i, l7Addresses.get(i)))
                .collect(Collectors.joining("\n")),
            listen,
            Stream.of(service).map(line -> "    " + line).collect(Collectors.joining("\n")),
            l7Port);
  }

  private void write(String text) {
    try {
      Files.writeString(file, text.replace("${process}", ""));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String l7Address(int index) {
    return "127.0.42." + (1 + index);
  }

  Path path() {
    return file;
  }

  Path accessLog() {
    return accessLog;
  }

  /** Where the L7 nodes take connections. */
  List<InetSocketAddress> l7Nodes() {
    return l7Addresses.stream().map(l7 -> new InetSocketAddress(l7, l7Port)).toList();
  }

  /** The service's IPv4 address. */
  InetSocketAddress ipv4() {
    return new InetSocketAddress(address, servicePort);
  }

  /** The service's IPv6 address. */
  InetSocketAddress ipv6() {
    return new InetSocketAddress("::1", servicePort);
  }

  /** The address of the other service. */
  InetSocketAddress other() {
    return new InetSocketAddress(address, otherPort);
  }

  InetSocketAddress admin() {
    return new InetSocketAddress(address, adminPort);
  }

  /** Skips the test, with what the product says, where it does not know what this file asks for. */
  L4File assumeAccepted() {
    var check = Product.run("check", file.toString());
    Assumptions.assumeTrue(check.exitCode() == 0, check.out() + check.err());
    return this;
  }
}
