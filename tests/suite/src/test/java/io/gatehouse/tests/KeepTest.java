package io.gatehouse.tests;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.testkit.product.Product;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code gatehouse keep}: a node that dies, hands over, and ends, seen from outside. */
class KeepTest {
  private static final String READY = "\"message\":\"ready\"";

  @TempDir Path temp;
  private Path file = Path.of("");
  private int adminPort;

  @BeforeEach
  void writeFile() throws IOException {
    file = temp.resolve("front-door.yaml");
    try (var gossip = new ServerSocket(0);
        var entry = new ServerSocket(0);
        var admin = new ServerSocket(0)) {
      adminPort = admin.getLocalPort();
      Files.writeString(
          file,
          """
          cluster: { port: %d, network: local }
          nodes:
            l4-1: { role: l4, address: 127.0.0.1, admin: "127.0.0.1:%d" }
            l7-1: { role: l7, address: 127.0.0.2 }
          services:
            https: { port: %d, to: web }
          listeners:
            web: { port: %d }
          routes:
            - { name: app, pool: app }
          pools:
            app: { endpoints: ["127.0.0.1:9"] }
          """
              .formatted(
                  gossip.getLocalPort(), adminPort, entry.getLocalPort(), entry.getLocalPort()));
    }
  }

  private Product start() {
    var keeper = Product.start("keep", file.toString(), "--node", "l4-1");
    awaitReady(keeper, 1);
    return keeper;
  }

  /** Waits until a node has become ready for the {@code times}th time. */
  private static void awaitReady(Product keeper, int times) {
    var left = new int[] {times};
    keeper.awaitLine(line -> line.contains(READY) && --left[0] == 0, Product.PATIENCE);
  }

  private static ProcessHandle node(Product keeper) {
    return ProcessHandle.of(keeper.pid()).orElseThrow().children().findFirst().orElseThrow();
  }

  private static void awaitEnd(long pid) {
    long deadline = System.nanoTime() + Product.PATIENCE.toNanos();
    while (ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent()) {
      assertThat(System.nanoTime()).as("process %d ends in time", pid).isLessThan(deadline);
      LockSupport.parkNanos(5_000_000);
    }
  }

  private String alive() throws IOException, InterruptedException {
    try (var client = HttpClient.newHttpClient()) {
      var uri = URI.create("http://127.0.0.1:%d/healthz".formatted(adminPort));
      var request = HttpRequest.newBuilder(uri).timeout(Product.PATIENCE).build();
      return client.send(request, BodyHandlers.ofString()).body();
    }
  }

  @Test
  void startsASuccessorOfAKilledNodeAndEndsAsTheLastOneDoes() throws Exception {
    try (var keeper = start()) {
      long first = node(keeper).pid();
      node(keeper).destroyForcibly();
      awaitReady(keeper, 2);
      assertThat(node(keeper).pid()).isNotEqualTo(first);
      assertThat(alive()).isEqualTo("alive\n");
      keeper.signal("TERM");
      assertThat(keeper.awaitExit()).isZero();
      assertThat(keeper.lines()).anyMatch(line -> line.text().contains("\"drained\""));
    }
  }

  @Test
  void upgradesOnHangupWithoutDelay() {
    try (var keeper = start()) {
      keeper.signal("HUP");
      String line = keeper.awaitLine("node has handed over");
      assertThat(line).contains("\"exit_code\":85", "\"restart_in_ms\":0");
      awaitReady(keeper, 2);
      keeper.signal("TERM");
      assertThat(keeper.awaitExit()).isZero();
    }
  }

  @Test
  void leavesTheNodeServingWhenItIsKilledItself() throws Exception {
    try (var keeper = start()) {
      ProcessHandle node = node(keeper);
      try {
        keeper.signal("KILL");
        awaitEnd(keeper.pid());
        assertThat(alive()).isEqualTo("alive\n");
      } finally {
        node.destroyForcibly();
        awaitEnd(node.pid());
      }
    }
  }

  @Test
  void endsWithTwoAndWithoutASuccessorWhenTheFileIsWrong() {
    var ended = Product.run("keep", file.toString(), "--node", "l4-2");
    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.err()).contains("l4-2");
  }

  @Test
  void saysHowManyDescriptorsThereCanBe() {
    var ended =
        Product.run("keep", file.toString(), "--node", "l4-1", "--max-descriptors", "2000000000");
    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.err()).contains("--max-descriptors: 2000000000 (expected: 1 to ");
  }
}
