package io.gatehouse.appliance.demo;

import io.gatehouse.appliance.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * The running demo: backends in this process, each node in one of its own, everything in a folder
 * that goes away with it. Owned by one thread, but for {@link #close}, which a shutdown hook calls.
 */
final class DemoFrontDoor implements AutoCloseable {
  private static final long POLL_NANOS = Duration.ofMillis(25).toNanos();

  private final DemoTopology topology;
  private final Path directory;
  private final List<DemoBackend> backends = new ArrayList<>();
  private final Map<String, NodeProcess> nodes = new LinkedHashMap<>();
  private final DemoCertificate certificate;
  private boolean closed;

  private DemoFrontDoor(DemoTopology topology, Path directory, DemoCertificate certificate) {
    this.topology = topology;
    this.directory = directory;
    this.certificate = certificate;
  }

  /**
   * Starts backends and nodes; does not wait until they are ready.
   *
   * @throws IOException if a port is taken or a process cannot be started; what was begun is undone
   */
  static DemoFrontDoor start(DemoTopology topology) throws IOException {
    Path directory = Files.createTempDirectory("gatehouse-demo-");
    List<String> entries = DemoTopology.L4_NODES.stream().map(topology::address).toList();
    var certificate =
        DemoCertificate.make(directory, "demo", List.of("localhost", "*.localhost"), entries);
    var frontDoor = new DemoFrontDoor(topology, directory, certificate);
    try {
      frontDoor.open();
      return frontDoor;
    } catch (IOException | RuntimeException e) {
      frontDoor.close();
      throw e;
    }
  }

  private void open() throws IOException {
    for (String name : DemoTopology.BACKENDS) {
      try {
        backends.add(DemoBackend.start(name, topology.backend(name)));
      } catch (IOException e) {
        throw new IOException(
            "%s cannot listen on %s: %s (is another demo running?)"
                .formatted(name, topology.backend(name), e.getMessage()),
            e);
      }
    }
    Files.writeString(configuration(), topology.configuration(certificate));
    for (String node : topology.nodes()) {
      startNode(node);
    }
  }

  Path directory() {
    return directory;
  }

  Path configuration() {
    return directory.resolve("front-door.yaml");
  }

  DemoTopology topology() {
    return topology;
  }

  DemoCertificate certificate() {
    return certificate;
  }

  NodeProcess node(String name) {
    NodeProcess node = nodes.get(name);
    if (node == null) {
      throw new IllegalArgumentException("node: %s (expected: %s)".formatted(name, nodes.keySet()));
    }
    return node;
  }

  /** Starts a node, for the first time or again. */
  synchronized void startNode(String name) throws IOException {
    if (closed) {
      throw new IOException("the demo is closing");
    }
    nodes.put(name, NodeProcess.start(name, configuration(), directory, topology.admin(name)));
  }

  /**
   * Waits until every node is ready and sees every other.
   *
   * @throws IOException naming the node that did not come up and its last words
   */
  void awaitReady(Duration timeout) throws IOException {
    boolean ready =
        await(timeout, () -> anyDied() || nodes.values().stream().allMatch(this::inStep));
    for (NodeProcess node : nodes.values()) {
      if (!node.isAlive()) {
        throw new IOException("%s ended: %s".formatted(node.name(), node.lastWords()));
      }
    }
    if (!ready) {
      String late =
          nodes.values().stream()
              .filter(node -> !inStep(node))
              .map(node -> node.name() + " (" + node.lastWords() + ")")
              .reduce((a, b) -> a + ", " + b)
              .orElse("");
      throw new IOException("not ready after %s: %s".formatted(timeout, late));
    }
  }

  private boolean anyDied() {
    return nodes.values().stream().anyMatch(node -> !node.isAlive());
  }

  private boolean inStep(NodeProcess node) {
    if (!node.isReady()) {
      return false;
    }
    var status = Json.parse(AdminClient.text(topology.admin(node.name()), "/status"));
    long alive =
        status.list("members").stream().filter(m -> m.text("state").equals("ALIVE")).count();
    boolean undecided =
        status.at("health").at("pools").lists().stream()
            .flatMap(List::stream)
            .anyMatch(endpoint -> !endpoint.text("verdict").equals("UP"));
    return alive == topology.nodes().size() && !undecided;
  }

  /** Polls until the condition holds; false if it does not within the time. */
  static boolean await(Duration timeout, BooleanSupplier condition) {
    long deadline = System.nanoTime() + timeout.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0 || Thread.currentThread().isInterrupted()) {
        return false;
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
    return true;
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    nodes.values().forEach(NodeProcess::terminate);
    nodes.values().forEach(NodeProcess::close);
    backends.forEach(DemoBackend::close);
    try (Stream<Path> files = Files.walk(directory)) {
      files.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
    } catch (IOException e) {
      System.err.println("cannot delete " + directory + ": " + e.getMessage());
    }
  }
}
