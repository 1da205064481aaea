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
import org.junit.jupiter.api.Assumptions;

/**
 * The configuration of one L4 node, {@code l4}, with one service that leads to L7 nodes which the
 * test plays. The service listens on an IPv4 and an IPv6 address. Immutable; ports are of its own.
 */
final class L4File {
  private static final String ADDRESS = "127.0.41.1";

  private final String dataPlane;
  private final int l7Count;
  private final List<String> service;
  private final int servicePort = FreePorts.next();
  private final int l7Port = FreePorts.next();
  private final int adminPort = FreePorts.next();
  private final int gossipPort = FreePorts.next();
  private final Path file;
  private final Path accessLog;

  /**
   * Writes it.
   *
   * @param directory where it and the access log go
   * @param dataPlane {@code relay} or {@code kernel}
   * @param l7Count L7 nodes
   * @param service further lines of the service's entry, such as {@code timeouts: { idle: 1s }}
   */
  L4File(Path directory, String dataPlane, int l7Count, String... service) {
    this.dataPlane = dataPlane;
    this.l7Count = l7Count;
    this.service = List.of(service);
    this.file = directory.resolve("front-door-%d.yaml".formatted(servicePort));
    this.accessLog = directory.resolve("access-%d.log".formatted(servicePort));
    try {
      Files.writeString(file, text());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Over epoll, for io_uring (Netty 4.2) does not tell of every reset. */
  private String text() {
    return """
    cluster: { port: %d, network: local }
    process: { transport: epoll, dataPlane: %s, accessLog: "%s" }
    nodes:
      l4: { role: l4, address: %s, admin: "%s:%d" }
    %s
    services:
      entry:
        listen: ["%s:%d", "[::1]:%d"]
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
            gossipPort,
            dataPlane,
            accessLog,
            ADDRESS,
            ADDRESS,
            adminPort,
            IntStream.range(0, l7Count)
                .mapToObj(i -> "  l7-%d: { role: l7, address: %s }".formatted(i, l7Address(i)))
                .collect(Collectors.joining("\n")),
            ADDRESS,
            servicePort,
            servicePort,
            service.stream().map(line -> "    " + line).collect(Collectors.joining("\n")),
            l7Port);
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
    return IntStream.range(0, l7Count)
        .mapToObj(i -> new InetSocketAddress(l7Address(i), l7Port))
        .toList();
  }

  /** The service's IPv4 address. */
  InetSocketAddress ipv4() {
    return new InetSocketAddress(ADDRESS, servicePort);
  }

  /** The service's IPv6 address. */
  InetSocketAddress ipv6() {
    return new InetSocketAddress("::1", servicePort);
  }

  InetSocketAddress admin() {
    return new InetSocketAddress(ADDRESS, adminPort);
  }

  /** Skips the test, with what the product says, where it does not know what this file asks for. */
  L4File assumeAccepted() {
    var check = Product.run("check", file.toString());
    Assumptions.assumeTrue(check.exitCode() == 0, check.out() + check.err());
    return this;
  }
}
