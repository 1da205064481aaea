package io.gatehouse.tests.l4;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import io.gatehouse.testkit.peer.FreePorts;
import io.gatehouse.testkit.product.Product;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;

/**
 * One L4 node of the built product, with one service that leads to L7 nodes which the test plays at
 * {@link #l7Nodes()}. The service listens on an IPv4 and an IPv6 address. Confined to the test's
 * thread.
 */
final class L4Node implements AutoCloseable {
  private static final String ADDRESS = "127.0.41.1";
  private static final Pattern SAMPLE = Pattern.compile("(?m)^(\\w+)(?:\\{.*})? (\\S+)$");
  private static final long POLL_NANOS = MILLISECONDS.toNanos(20);
  private static final long PATIENCE_NANOS = SECONDS.toNanos(20);

  /** Little, so that a connection that costs too much ends the node. */
  private static final List<String> SMALL = List.of("-Xmx128m", "-XX:MaxDirectMemorySize=128m");

  /**
   * What a test wants of it.
   *
   * @param dataPlane {@code relay} or {@code kernel}
   * @param l7Nodes how many
   * @param service further lines of the service's entry, such as {@code timeouts: { idle: 1s }}
   */
  record Wanted(String dataPlane, int l7Nodes, List<String> service) {
    Wanted(String dataPlane, int l7Nodes, String... service) {
      this(dataPlane, l7Nodes, List.of(service));
    }
  }

  private final int servicePort = FreePorts.next();
  private final int l7Port = FreePorts.next();
  private final int adminPort = FreePorts.next();
  private final int gossipPort = FreePorts.next();
  private final Wanted wanted;
  private final Path file;
  private final Path accessLog;
  private final Product product;
  private final HttpClient http = HttpClient.newHttpClient();

  /**
   * Starts it. The L7 nodes need not be there yet.
   *
   * @param directory for its file and its access log
   */
  static L4Node start(Wanted wanted, Path directory) {
    return new L4Node(wanted, directory);
  }

  /** Skips the test, with the reason, where the data plane is not to be had. */
  static void assumeDataPlane(String dataPlane, Path directory) {
    try (var _ = start(new Wanted(dataPlane, 1), directory)) {
      // it starts
    } catch (AssertionError e) {
      Assumptions.abort("no data plane '%s' here: %s".formatted(dataPlane, e.getMessage()));
    }
  }

  private L4Node(Wanted wanted, Path directory) {
    this.wanted = wanted;
    this.file = directory.resolve("front-door.yaml");
    this.accessLog = directory.resolve("access.log");
    try {
      Files.writeString(file, configuration());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    product = Product.start(SMALL, "run", file.toString(), "--node", "l4");
    boolean ready = false;
    try {
      product.awaitLine("\"message\":\"ready\"");
      ready = true;
    } finally {
      if (!ready) {
        product.close();
      }
    }
  }

  /** Over epoll, for io_uring (Netty 4.2) does not tell of every reset. */
  private String configuration() {
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
            wanted.dataPlane(),
            accessLog,
            ADDRESS,
            ADDRESS,
            adminPort,
            IntStream.range(0, wanted.l7Nodes())
                .mapToObj(i -> "  l7-%d: { role: l7, address: %s }".formatted(i, l7Address(i)))
                .collect(Collectors.joining("\n")),
            ADDRESS,
            servicePort,
            servicePort,
            wanted.service().stream().map(line -> "    " + line).collect(Collectors.joining("\n")),
            l7Port);
  }

  private static String l7Address(int index) {
    return "127.0.42." + (1 + index);
  }

  /** Where the file says that the L7 nodes take connections. */
  List<InetSocketAddress> l7Nodes() {
    return IntStream.range(0, wanted.l7Nodes())
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

  Product product() {
    return product;
  }

  /** The page that Prometheus reads: sums by name, over all labels. */
  Map<String, Long> metrics() {
    var samples = new HashMap<String, Long>();
    var page = SAMPLE.matcher(admin("/metrics"));
    while (page.find()) {
      samples.merge(page.group(1), (long) Double.parseDouble(page.group(2)), Long::sum);
    }
    return samples;
  }

  /** A counter of the L4 tier by the middle of its name, such as {@code connections_accepted}. */
  long counter(String name) {
    return sample("gatehouse_l4_" + name + "_total");
  }

  long activeConnections() {
    return sample("gatehouse_l4_connections_active");
  }

  private long sample(String name) {
    return Objects.requireNonNull(metrics().get(name), name);
  }

  String admin(String path) {
    var uri = URI.create("http://%s:%d%s".formatted(ADDRESS, adminPort, path));
    try {
      return http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString()).body();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  /** The access log so far. */
  List<LogLine> log() {
    try (var lines = Files.lines(accessLog)) {
      return lines.filter(line -> line.endsWith("}")).map(LogLine::parse).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The access log, once it has so many lines. */
  List<LogLine> awaitLog(int lines) {
    await("%d lines of the access log".formatted(lines), () -> logBytesHold(lines));
    return log();
  }

  private boolean logBytesHold(int lines) {
    try (var log = Files.lines(accessLog)) {
      return log.count() >= lines;
    } catch (IOException e) {
      return false;
    }
  }

  /** Open descriptors of its process. */
  int descriptors() {
    var entries = Path.of("/proc", Long.toString(product.pid()), "fd").toFile().list();
    return entries == null ? 0 : entries.length;
  }

  /** Resident memory of its process. */
  long residentBytes() {
    try (var lines = Files.lines(Path.of("/proc", Long.toString(product.pid()), "status"))) {
      var line = lines.filter(each -> each.startsWith("VmRSS:")).findFirst().orElseThrow();
      return Long.parseLong(line.replaceAll("\\D", "")) << 10;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until the node finds each of its L7 nodes up. */
  void awaitHealthy() {
    await(
        "every L7 node up",
        () -> {
          var status = admin("/status").replaceFirst(".*\"health\":", "");
          return status.split("\"verdict\":\"UP\"", -1).length - 1 >= wanted.l7Nodes();
        });
  }

  static void await(String what, BooleanSupplier reached) {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (!reached.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("did not come in time: " + what);
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
  }

  @Override
  public void close() {
    http.close();
    product.close();
  }
}
