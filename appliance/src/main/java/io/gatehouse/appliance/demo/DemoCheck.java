package io.gatehouse.appliance.demo;

import io.gatehouse.appliance.json.Json;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * {@code gatehouse demo --check}: real requests through the whole path, and what must be true of
 * them. Owned by one thread.
 */
final class DemoCheck {
  private static final int REQUESTS = 200;
  private static final int[] BODY_SIZES = {0, 1, 1_460, 16_384, 65_537, 1_000_000, 20_000_000};
  private static final int BODY_CLIENTS = 8;
  private static final Duration BODY_TIMEOUT = Duration.ofMinutes(10);
  private static final int MAX_SIZE_BITS = 26;
  private static final Duration LOG_TIMEOUT = Duration.ofSeconds(3);

  /** How long new connections may fail after a node's death: one probe interval. */
  private static final Duration PROBE_INTERVAL = Duration.ofSeconds(1);

  private final DemoFrontDoor frontDoor;
  private final DemoTopology topology;
  private final int exchanges;
  private final PrintStream out;
  private final Duration readyTimeout;
  private final List<InetSocketAddress> entries;
  private int failed;

  /**
   * @param exchanges bodies that are sent both ways, with a length and chunked
   */
  DemoCheck(DemoFrontDoor frontDoor, int exchanges, PrintStream out, Duration readyTimeout) {
    this.exchanges = exchanges;
    this.frontDoor = frontDoor;
    this.topology = frontDoor.topology();
    this.out = out;
    this.readyTimeout = readyTimeout;
    this.entries = DemoTopology.L4_NODES.stream().map(topology::entry).toList();
  }

  /** What a check found. */
  private record Finding(boolean ok, String text) {}

  /** A thing that must be true. */
  @FunctionalInterface
  private interface Check {
    Finding run() throws IOException, InterruptedException;
  }

  /** Runs every check and prints a line for each; whether all passed. */
  boolean run() throws InterruptedException {
    long start = System.nanoTime();
    out.printf("%n  %-46s %-7s %s%n", "what", "", "found");
    boolean ready = check("all nodes ready and in step", this::ready);
    if (ready) {
      try (var client = new DemoClient(frontDoor.certificate())) {
        check("requests cross both tiers over TLS", () -> requests(client));
        check("backends see the client's true address", () -> trueAddress(client));
        check("both L4 nodes, L7 nodes, all backends took part", this::everyoneTookPart);
        check("bodies 0 B to 20 MB arrive byte for byte", () -> bodies(client));
        check("plain HTTP and garbage are turned away", () -> garbage(client));
        check("an L7 node dies (kill -9): requests go on", () -> survivesDeath(client));
        check("the L4 tier and the ring know of the death", this::deathIsKnown);
        check("it comes back and takes requests again", () -> comesBack(client));
      } catch (IOException e) {
        out.println("  " + e.getMessage());
        failed++;
      }
    }
    out.printf(
        "%n  %s in %.1f s%n%n",
        failed == 0 ? "all checks passed" : failed + " check(s) FAILED",
        (System.nanoTime() - start) / 1e9);
    return failed == 0;
  }

  private boolean check(String what, Check check) throws InterruptedException {
    Finding finding;
    try {
      finding = check.run();
    } catch (IOException | RuntimeException e) {
      finding = new Finding(false, e.toString());
    }
    if (!finding.ok) {
      failed++;
    }
    out.printf("  %-46s %-7s %s%n", what, finding.ok ? "ok" : "FAILED", finding.text);
    return finding.ok;
  }

  private Finding ready() throws IOException {
    frontDoor.awaitReady(readyTimeout);
    return new Finding(true, String.join(", ", topology.nodes()));
  }

  private Finding requests(DemoClient client) {
    int answered = 0;
    String other = "";
    for (int i = 0; i < REQUESTS; i++) {
      String line = client.getOnNewConnection(entries.get(i % entries.size()), "/hello/" + i);
      if (line.startsWith("HTTP/1.1 200")) {
        answered++;
      } else {
        other = "; one got: " + line;
      }
    }
    return new Finding(
        answered == REQUESTS, "%d of %d answered 200%s".formatted(answered, REQUESTS, other));
  }

  private Finding trueAddress(DemoClient client) throws IOException, InterruptedException {
    Set<String> seen = new TreeSet<>();
    for (InetSocketAddress entry : entries) {
      var body = new String(client.get(entry, "/api/who").body(), StandardCharsets.UTF_8);
      Json headers = Json.parse(body).at("headers");
      seen.add(headers.text("X-forwarded-for"));
      if (headers.text("X-request-id").isEmpty()
          || !headers.text("X-forwarded-proto").equals("https")) {
        return new Finding(false, "X-Request-ID or X-Forwarded-Proto is wrong: " + body.strip());
      }
    }
    return new Finding(
        seen.equals(Set.of(DemoTopology.CLIENT_ADDRESS)),
        "X-Forwarded-For: %s, though the client claimed another".formatted(String.join(" ", seen)));
  }

  private Finding everyoneTookPart() {
    Set<String> everyone = new TreeSet<>(DemoTopology.L4_NODES);
    everyone.addAll(DemoTopology.L7_NODES);
    everyone.addAll(DemoTopology.BACKENDS);
    Set<String> seen = new TreeSet<>();
    boolean all =
        DemoFrontDoor.await(
            LOG_TIMEOUT,
            () -> {
              seen.clear();
              seen.addAll(tookPart());
              return seen.containsAll(everyone);
            });
    return new Finding(all, "in the access logs: " + String.join(" ", seen));
  }

  private Set<String> tookPart() {
    Set<String> seen = new TreeSet<>();
    for (String node : DemoTopology.L7_NODES) {
      try (Stream<String> lines = Files.lines(frontDoor.node(node).accessLog())) {
        lines
            .filter(line -> line.contains("\"kind\":\"request\"") && line.endsWith("}"))
            .map(Json::parse)
            .forEach(
                entry ->
                    seen.addAll(
                        List.of(
                            entry.text("node"), entry.text("l4_node"), entry.text("endpoint"))));
      } catch (IOException e) {
        return Set.of();
      }
    }
    return seen;
  }

  private Finding bodies(DemoClient client) throws InterruptedException {
    var sent = new AtomicInteger();
    Queue<String> wrong = new ConcurrentLinkedQueue<>();
    var random = new SplittableRandom(exchanges);
    try (var threads = Executors.newFixedThreadPool(BODY_CLIENTS)) {
      for (int i = 0; i < exchanges; i++) {
        int size = i < BODY_SIZES.length ? BODY_SIZES[i] : randomSize(random);
        int number = i;
        threads.execute(
            () -> {
              String fault = exchangeBodies(client, number, size);
              sent.addAndGet(4);
              if (!fault.isEmpty()) {
                wrong.add(fault);
              }
            });
      }
      threads.shutdown();
      if (!threads.awaitTermination(BODY_TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
        wrong.add("not done after " + BODY_TIMEOUT);
        threads.shutdownNow();
      }
    }
    return new Finding(
        wrong.isEmpty(),
        wrong.isEmpty()
            ? "%d requests, both directions, chunked and not".formatted(sent.get())
            : "%d of %d wrong: %s".formatted(wrong.size(), exchanges, wrong.peek()));
  }

  /** Mostly small, now and then large: each power of two up to 20 MB is as likely as the others. */
  private static int randomSize(SplittableRandom random) {
    int largest = BODY_SIZES[BODY_SIZES.length - 1];
    return Math.min(largest, random.nextInt(1 << random.nextInt(1, MAX_SIZE_BITS)));
  }

  /** A body down and up, with a length and chunked; what was wrong, or nothing. */
  private String exchangeBodies(DemoClient client, int number, int size) {
    byte[] body = DemoClient.seeded(size, size);
    String hash = sha256(body);
    for (boolean chunked : new boolean[] {false, true}) {
      String what = "#%d, %d B%s".formatted(number, size, chunked ? " chunked" : "");
      InetSocketAddress entry = entries.get(number % entries.size());
      String target = "/bytes/%d?seed=%d%s".formatted(size, size, chunked ? "&chunked" : "");
      try {
        if (!Arrays.equals(client.get(entry, target).body(), body)) {
          return what + ": the answer differs";
        }
        HttpResponse<byte[]> up = client.post(entry, "/hash", body, chunked);
        String answer = new String(up.body(), StandardCharsets.UTF_8);
        if (!answer.contains(hash)) {
          return what + ": what the backend got differs: " + answer.strip();
        }
      } catch (IOException e) {
        return what + ": " + e;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return what + ": interrupted";
      }
    }
    return "";
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  private Finding garbage(DemoClient client) throws IOException {
    byte[] plain = "GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    byte[] answer = client.sendRaw(entries.getFirst(), plain, LOG_TIMEOUT);
    InetSocketAddress web = topology.web(DemoTopology.L7_NODES.getFirst());
    byte[] gate = client.sendRaw(web, plain, LOG_TIMEOUT);
    boolean noData = new String(answer, StandardCharsets.ISO_8859_1).contains("backend");
    return new Finding(gate.length == 0 && !noData, "closed at the TLS port and at the PROXY gate");
  }

  private Finding survivesDeath(DemoClient client) {
    String victim = DemoTopology.L7_NODES.getFirst();
    frontDoor.node(victim).kill();
    long death = System.nanoTime();
    int answered = 0;
    int asked = 0;
    long lastFailure = 0;
    String lost = "";
    while (System.nanoTime() - death < 3 * PROBE_INTERVAL.toNanos()) {
      String line = client.getOnNewConnection(entries.get(asked % entries.size()), "/after");
      asked++;
      if (line.startsWith("HTTP/1.1 200")) {
        answered++;
      } else {
        lastFailure = System.nanoTime() - death;
        lost = line;
      }
    }
    boolean ok = answered > 0 && lastFailure <= PROBE_INTERVAL.toNanos();
    String text = "%s killed; %d of %d new connections answered".formatted(victim, answered, asked);
    return new Finding(
        ok,
        answered == asked
            ? text
            : text + ", the last failure after %d ms: %s".formatted(lastFailure / 1_000_000, lost));
  }

  private Finding deathIsKnown() {
    String victim = DemoTopology.L7_NODES.getFirst();
    Set<String> told = new TreeSet<>();
    boolean all =
        DemoFrontDoor.await(
            readyTimeout,
            () -> {
              for (String node : DemoTopology.L4_NODES) {
                Json status = Json.parse(AdminClient.text(topology.admin(node), "/status"));
                boolean down = isDown(status, victim);
                boolean suspected =
                    status.list("members").stream()
                        .anyMatch(
                            m -> m.text("name").equals(victim) && !m.text("state").equals("ALIVE"));
                if (down && suspected) {
                  told.add(node);
                }
              }
              return told.containsAll(DemoTopology.L4_NODES);
            });
    return new Finding(all, "%s is down for %s".formatted(victim, String.join(" ", told)));
  }

  private static boolean isDown(Json status, String endpoint) {
    return status.at("health").at("pools").lists().stream()
        .flatMap(List::stream)
        .anyMatch(e -> e.text("endpoint").equals(endpoint) && e.text("verdict").equals("DOWN"));
  }

  private Finding comesBack(DemoClient client) throws IOException {
    String victim = DemoTopology.L7_NODES.getFirst();
    frontDoor.startNode(victim);
    frontDoor.awaitReady(readyTimeout);
    long before = Files.size(frontDoor.node(victim).accessLog());
    boolean served =
        DemoFrontDoor.await(
            LOG_TIMEOUT,
            () -> {
              client.getOnNewConnection(entries.getFirst(), "/again");
              return frontDoor.node(victim).accessLog().toFile().length() > before;
            });
    return new Finding(served, victim + " serves again");
  }
}
