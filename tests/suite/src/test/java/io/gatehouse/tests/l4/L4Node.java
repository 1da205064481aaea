package io.gatehouse.tests.l4;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

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
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * One L4 node of the built product, running: alone, or under {@code gatehouse keep}, which replaces
 * its process when it dies. Confined to the test's thread.
 */
final class L4Node implements AutoCloseable {
  private static final String READY = "\"message\":\"ready\"";
  private static final Pattern SAMPLE = Pattern.compile("(?m)^(\\w+)(?:\\{.*})? (\\S+)$");
  private static final long POLL_NANOS = MILLISECONDS.toNanos(20);
  private static final long PATIENCE_NANOS = SECONDS.toNanos(20);

  /** Little, so that a connection that costs too much ends the node. */
  private static final List<String> SMALL = List.of("-Xmx128m", "-XX:MaxDirectMemorySize=128m");

  private final L4File file;
  private final boolean kept;
  private final Product product;
  private final HttpClient http = HttpClient.newHttpClient();

  private L4Node(L4File file, boolean kept, List<String> within) {
    this.file = file;
    this.kept = kept;
    var command = kept ? "keep" : "run";
    product = Product.startWithin(within, SMALL, command, file.path().toString(), "--node", "l4");
    boolean ready = false;
    try {
      product.awaitLine(READY);
      ready = true;
    } finally {
      if (!ready) {
        product.close();
      }
    }
  }

  /** Starts it. The L7 nodes need not be there yet. */
  static L4Node start(L4File file) {
    return new L4Node(file, false, List.of());
  }

  /** Starts it in a namespace. */
  static L4Node start(L4File file, Namespace namespace) {
    return new L4Node(file, false, namespace.enter());
  }

  /** Starts it under a keeper, or skips the test where the product has none. */
  static L4Node keep(L4File file) {
    var help = Product.run("--help").out();
    Assumptions.assumeTrue(help.contains("keep "), "this version has no command 'keep'");
    return new L4Node(file, true, List.of());
  }

  /** Has the keeper replace its process in good order. */
  void upgrade() {
    product.signal("HUP");
  }

  /** Sends it a signal by name. */
  void signal(String name) {
    product.signal(name);
  }

  /** Waits until it has ended by itself; gives the exit code. */
  int awaitExit() {
    return product.awaitExit();
  }

  /** Its log so far, one line each. */
  List<String> lines() {
    return product.lines().stream().map(Product.Line::text).toList();
  }

  /** Waits for a line of its log that has all of these in it. */
  String awaitLogged(String... parts) {
    return product.awaitLine(
        line -> Stream.of(parts).allMatch(line::contains), Duration.ofNanos(PATIENCE_NANOS));
  }

  /** How many of its processes have become ready. */
  int timesReady() {
    return (int) product.lines().stream().filter(line -> line.text().contains(READY)).count();
  }

  /** Skips the test, with the reason, where the data plane is not to be had. */
  static void assumeDataPlane(String dataPlane, Path directory) {
    try (var _ = start(new L4File(directory, dataPlane, 1))) {
      // it starts
    } catch (AssertionError e) {
      Assumptions.abort("no data plane '%s' here: %s".formatted(dataPlane, e.getMessage()));
    }
  }

  /** Skips the test where connections belong to Netty and end with it. */
  void assumeOwnSockets() {
    Assumptions.assumeTrue(
        metrics().containsKey("gatehouse_l4_lifetime_timeouts_total"),
        "this version leaves its sockets to Netty, and their buffers' size to the kernel");
  }

  L4File file() {
    return file;
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

  /** How many clients were turned away for one reason. */
  long refused(String reason) {
    return SAMPLE
        .matcher(admin("/metrics"))
        .results()
        .filter(sample -> sample.group().startsWith("gatehouse_l4_connections_refused_total{"))
        .filter(sample -> sample.group().contains("reason=\"" + reason + "\""))
        .mapToLong(sample -> (long) Double.parseDouble(sample.group(2)))
        .sum();
  }

  /** A sample of which there is one, such as a share. */
  double gauge(String name) {
    return SAMPLE
        .matcher(admin("/metrics"))
        .results()
        .filter(sample -> sample.group(1).equals(name))
        .mapToDouble(sample -> Double.parseDouble(sample.group(2)))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no sample " + name));
  }

  long activeConnections() {
    return sample("gatehouse_l4_connections_active");
  }

  private long sample(String name) {
    return Objects.requireNonNull(metrics().get(name), name);
  }

  private String admin(String path) {
    var at = file.admin();
    var uri = URI.create("http://%s:%d%s".formatted(at.getHostString(), at.getPort(), path));
    try {
      return http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString()).body();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  /** The access log, once it has so many lines. */
  List<LogLine> awaitLog(int lines) {
    await("%d lines of the access log".formatted(lines), () -> log().count() >= lines);
    return log().map(LogLine::parse).toList();
  }

  /** The line of the connection from this address. */
  LogLine awaitLine(InetSocketAddress client) {
    await("the line of " + client, () -> lines(client).findFirst().isPresent());
    return lines(client).findFirst().orElseThrow();
  }

  private Stream<LogLine> lines(InetSocketAddress client) {
    return log().map(LogLine::parse).filter(line -> line.client().equals(client));
  }

  /** Whole lines. */
  private Stream<String> log() {
    try {
      return Files.readString(file.accessLog()).lines().filter(line -> line.endsWith("}"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Its process now; empty while a keeper has none. */
  Optional<ProcessHandle> process() {
    var own = ProcessHandle.of(product.pid());
    return kept ? own.flatMap(keeper -> keeper.children().findFirst()) : own;
  }

  /** Open descriptors of its process, and of its keeper if it has one. */
  int descriptors() {
    int sum = kept ? descriptors(product.pid()) : 0;
    return sum + process().map(process -> descriptors(process.pid())).orElse(0);
  }

  private static int descriptors(long pid) {
    var entries = Path.of("/proc", Long.toString(pid), "fd").toFile().list();
    return entries == null ? 0 : entries.length;
  }

  /** Resident memory of its process. */
  long residentBytes() {
    var status = Path.of("/proc", Long.toString(process().orElseThrow().pid()), "status");
    try (var lines = Files.lines(status)) {
      var line = lines.filter(each -> each.startsWith("VmRSS:")).findFirst().orElseThrow();
      return Long.parseLong(line.replaceAll("\\D", "")) << 10;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until the node finds each of its L7 nodes up. */
  void awaitHealthy() {
    await("every L7 node up", () -> having("UP") >= file.l7Nodes().size());
  }

  /** Waits until the node finds so many of its L7 nodes down. */
  void awaitDown(int l7Nodes) {
    await(l7Nodes + " L7 nodes down", () -> having("DOWN") >= l7Nodes);
  }

  private int having(String verdict) {
    var status = admin("/status").replaceFirst(".*\"health\":", "");
    return status.split("\"verdict\":\"%s\"".formatted(verdict), -1).length - 1;
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
