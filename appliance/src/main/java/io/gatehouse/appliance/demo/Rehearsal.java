package io.gatehouse.appliance.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A front door of one node with both tiers, its backend and its client, all for one process: what
 * the JVM learns about a start while this plays, it need not learn again. Owned by one thread, but
 * for {@link #play}, which another may call.
 */
public final class Rehearsal implements AutoCloseable {
  /** The node's name in the {@link #configuration}. */
  public static final String NODE = "rehearsal";

  private static final Duration READY_TIMEOUT = Duration.ofSeconds(20);
  private static final String BACKEND = DemoTopology.BACKENDS.getFirst();
  private static final String ADDRESS_OF = DemoTopology.L7_NODES.getFirst();

  /** A rehearsal is for the start; what is hot later, the JVM finds out by itself. */
  private static final int REQUESTS = 10;

  private final DemoTopology topology;
  private final Path directory;
  private final DemoCertificate certificate;
  private final DemoBackend backend;

  private Rehearsal(DemoTopology topology, Path directory) throws IOException {
    this.topology = topology;
    this.directory = directory;
    certificate =
        DemoCertificate.make(
            directory, "demo", List.of("localhost"), List.of(topology.address(ADDRESS_OF)));
    backend = DemoBackend.start(BACKEND, topology.backend(BACKEND));
    Files.writeString(configuration(), text());
  }

  /**
   * Starts the backend and writes the files.
   *
   * @throws IOException if either cannot be done
   */
  public static Rehearsal open() throws IOException {
    return new Rehearsal(
        DemoTopology.freePorts(), Files.createTempDirectory("gatehouse-rehearsal-"));
  }

  /** The front door's file. */
  public Path configuration() {
    return directory.resolve("front-door.yaml");
  }

  private String text() {
    String address = topology.address(ADDRESS_OF);
    return """
    cluster: { name: rehearsal, port: %d, network: local }
    nodes:
      %s: { role: [l4, l7], address: %s, admin: "%s:%d" }
    services:
      https: { port: %d, to: web }
    listeners:
      web: { port: %d, tls: { certificates: [demo] } }
    certificates:
      demo: { chain: "%s", key: "%s" }
    routes:
      - { path: /bytes, pool: api }
      - { pool: app }
    pools:
      app: { endpoints: ["%s:%d"], healthCheck: { http: /healthz, interval: 1s } }
      api: { endpoints: ["%s:%d"], balance: least-request }
    process: { accessLog: "%s" }
    """
        .formatted(
            topology.gossipPort(),
            NODE,
            address,
            address,
            topology.adminPort(),
            topology.entryPort(),
            topology.webPort(),
            certificate.chain().getFileName(),
            certificate.key().getFileName(),
            topology.address(BACKEND),
            topology.backendPort(),
            topology.address(BACKEND),
            topology.backendPort(),
            directory.resolve("access.log"));
  }

  /**
   * What clients and probes do, once the node serves.
   *
   * @throws IOException if the node does not serve, or not rightly
   */
  public void play() throws IOException, InterruptedException {
    var admin = new InetSocketAddress(topology.address(ADDRESS_OF), topology.adminPort());
    if (!DemoFrontDoor.await(READY_TIMEOUT, () -> AdminClient.status(admin, "/readyz") == 200)) {
      throw new IOException("the node is not ready after " + READY_TIMEOUT);
    }
    var entry = new InetSocketAddress(topology.address(ADDRESS_OF), topology.entryPort());
    try (var client = new DemoClient(certificate)) {
      for (int i = 0; i < REQUESTS; i++) {
        String status = client.getOnNewConnection(entry, i % 2 == 0 ? "/orders" : "/bytes/100000");
        if (!status.startsWith("HTTP/1.1 200")) {
          throw new IOException("answered with: " + status);
        }
      }
    }
    AdminClient.text(admin, "/status");
    AdminClient.text(admin, "/metrics");
  }

  @Override
  public void close() {
    backend.close();
    try (Stream<Path> files = Files.walk(directory)) {
      files.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete " + directory, e);
    }
  }
}
