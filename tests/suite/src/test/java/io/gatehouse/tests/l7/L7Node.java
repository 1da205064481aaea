package io.gatehouse.tests.l7;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import io.gatehouse.testkit.peer.FreePorts;
import io.gatehouse.testkit.product.Product;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
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
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * One L7 node of the built product, running alone on 127.0.0.1 with the leak detector at its most
 * suspicious. Confined to the test's thread, but for {@link #address}.
 */
final class L7Node implements AutoCloseable {
  private static final Pattern PORT = Pattern.compile("\\$\\{port:(\\w+)}");
  private static final Pattern SAMPLE = Pattern.compile("(?m)^(\\w+(?:\\{.*})?) (\\S+)$");
  private static final long POLL_NANOS = MILLISECONDS.toNanos(20);
  private static final long PATIENCE_NANOS = SECONDS.toNanos(30);

  private final Map<String, Integer> ports = new HashMap<>();
  private final Path accessLog;
  private final Product product;
  private final HttpClient http = HttpClient.newHttpClient();

  private L7Node(Path directory, List<String> jvmOptions, String text) {
    accessLog = directory.resolve("access.log");
    var file = directory.resolve("front-door.yaml");
    try {
      Files.writeString(file, fill(head() + text));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    var options =
        Stream.concat(Stream.of("-Dio.netty.leakDetection.level=paranoid"), jvmOptions.stream())
            .toList();
    product = Product.start(options, "run", file.toString(), "--node", "l7");
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

  /**
   * Starts it.
   *
   * @param directory for its files
   * @param text listeners, routes and pools; <code>${port:NAME}</code> stands for a free port
   */
  static L7Node start(Path directory, String text) {
    return start(directory, List.of(), text);
  }

  /** Starts it with further JVM options. */
  static L7Node start(Path directory, List<String> jvmOptions, String text) {
    return new L7Node(directory, jvmOptions, text);
  }

  private String head() {
    return """
    cluster: { port: ${port:gossip}, network: local }
    process: { accessLog: "%s" }
    nodes:
      l7: { role: l7, address: 127.0.0.1, admin: "127.0.0.1:${port:admin}" }
    """
        .formatted(accessLog);
  }

  private String fill(String text) {
    return PORT.matcher(text)
        .replaceAll(
            match ->
                Integer.toString(ports.computeIfAbsent(match.group(1), _ -> FreePorts.next())));
  }

  /** Where <code>${port:NAME}</code> of its file is. */
  InetSocketAddress address(String name) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port(name));
  }

  private int port(String name) {
    return Objects.requireNonNull(ports.get(name), name);
  }

  /** The page that Prometheus reads, by name with labels. */
  Map<String, Double> metrics() {
    var samples = new HashMap<String, Double>();
    var page = SAMPLE.matcher(admin("/metrics"));
    while (page.find()) {
      samples.put(page.group(1), Double.parseDouble(page.group(2)));
    }
    return samples;
  }

  /** The sum of all samples whose name with labels is like this. */
  static long sum(Map<String, Double> metrics, Predicate<String> name) {
    return metrics.entrySet().stream()
        .filter(sample -> name.test(sample.getKey()))
        .mapToLong(sample -> sample.getValue().longValue())
        .sum();
  }

  /**
   * A counter or gauge of the L7 tier.
   *
   * @param name such as {@code requests_refused_total{reason="head_timeout"}}, without the prefix
   */
  long count(String name) {
    var wanted = "gatehouse_l7_" + name;
    return sum(
        metrics(),
        sample ->
            sample.equals(wanted) || (!wanted.endsWith("}") && sample.startsWith(wanted + "{")));
  }

  private String admin(String path) {
    var uri = URI.create("http://127.0.0.1:%d%s".formatted(port("admin"), path));
    try {
      return http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString()).body();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  /** Makes the process collect what is garbage. */
  void collectGarbage() throws IOException, InterruptedException {
    var jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    var run =
        new ProcessBuilder(jcmd, Long.toString(product.pid()), "GC.run")
            .redirectErrorStream(true)
            .start();
    var output = new String(run.getInputStream().readAllBytes(), UTF_8);
    if (run.waitFor() != 0) {
      throw new IOException("jcmd: " + output);
    }
  }

  /** What it has written to its standard output and error. */
  Product product() {
    return product;
  }

  Path accessLog() {
    return accessLog;
  }

  /** Waits until a counter or gauge has this value. */
  void awaitCount(String name, long value) {
    await("%s = %d (is %d)".formatted(name, value, count(name)), () -> count(name) == value);
  }

  static void await(String what, BooleanSupplier reached) {
    await(Duration.ofNanos(PATIENCE_NANOS), what, reached);
  }

  static void await(Duration patience, String what, BooleanSupplier reached) {
    long deadline = System.nanoTime() + patience.toNanos();
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
