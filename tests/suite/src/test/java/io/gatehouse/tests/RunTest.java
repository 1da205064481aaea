package io.gatehouse.tests;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.testkit.product.Product;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code gatehouse run}: one node, as a service manager starts and stops it. */
class RunTest {
  private static final int TIMEOUT_MILLIS = 20_000;

  @TempDir Path temp;
  private Path file;
  private int gossipPort;
  private int entryPort;
  private int adminPort;

  @BeforeEach
  void writeFile() throws IOException {
    try (var a = new ServerSocket(0);
        var b = new ServerSocket(0);
        var c = new ServerSocket(0)) {
      gossipPort = a.getLocalPort();
      entryPort = b.getLocalPort();
      adminPort = c.getLocalPort();
    }
    file = temp.resolve("front-door.yaml");
    Files.writeString(
        file,
        """
        cluster: { port: %d, network: local }
        nodes:
          l7-1: { role: l7, address: 127.0.0.1, admin: "127.0.0.1:%d" }
        listeners:
          web: { port: %d }
        routes:
          - { name: app, pool: app }
        pools:
          app: { endpoints: ["127.0.0.1:9"] }
        """
            .formatted(gossipPort, adminPort, entryPort));
  }

  private Product start() {
    var node = Product.start("run", file.toString(), "--node", "l7-1");
    node.awaitLine("\"message\":\"ready\"");
    return node;
  }

  private String admin(String path) throws IOException, InterruptedException {
    try (var client = HttpClient.newHttpClient()) {
      var uri = URI.create("http://127.0.0.1:%d%s".formatted(adminPort, path));
      return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString()).body();
    }
  }

  private Socket connect() throws IOException {
    var socket = new Socket(InetAddress.getLoopbackAddress(), entryPort);
    socket.setSoTimeout(TIMEOUT_MILLIS);
    return socket;
  }

  @Test
  void showsItselfOnTheAdminPort() throws Exception {
    try (var node = start()) {
      assertThat(node.isRunning()).isTrue();
      assertThat(admin("/healthz")).isEqualTo("alive\n");
      assertThat(admin("/readyz")).isEqualTo("ready\n");
      assertThat(admin("/metrics")).contains("gatehouse_l7_", "gatehouse_ring_");
      assertThat(admin("/status")).contains("\"node\":\"l7-1\"", "\"state\":\"ALIVE\"");
    }
  }

  @Test
  void startsWithoutAWarning() {
    try (var node = start()) {
      assertThat(node.lines())
          .noneMatch(line -> line.text().startsWith("WARNING") || line.text().startsWith("\tat "));
    }
  }

  @Test
  void answersWhatCannotBeServedWithTheRequestIdThatItLogs() throws Exception {
    try (var node = start();
        var socket = connect()) {
      socket
          .getOutputStream()
          .write("GET / HTTP/1.0\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      var answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(answer).startsWith("HTTP/1.1 50");
      String line = node.awaitLine("\"kind\":\"request\"");
      String id = line.replaceAll(".*\"request_id\":\"([^\"]+)\".*", "$1");
      assertThat(answer).contains(id);
    }
  }

  @Test
  void drainsOnTheFirstSignalAndEndsWithZero() {
    try (var node = start()) {
      node.signal("TERM");
      assertThat(node.awaitExit()).isZero();
      assertThat(node.lines()).anyMatch(line -> line.text().contains("\"drained\""));
    }
  }

  @Test
  void stopsAtOnceOnTheSecondSignalAndEndsWithThree() throws Exception {
    try (var node = start();
        var request = connect()) {
      // A request whose body never ends keeps the drain from being over.
      request
          .getOutputStream()
          .write(
              "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      node.signal("TERM");
      node.awaitLine("\"message\":\"draining\"");
      node.signal("TERM");
      assertThat(node.awaitExit()).isEqualTo(3);
    }
  }

  @Test
  void endsWithOneAndSaysWhichAddressIsTaken() throws Exception {
    try (var taken = new ServerSocket(entryPort, 1, InetAddress.getLoopbackAddress())) {
      var ended = Product.run("run", file.toString(), "--node", "l7-1");
      assertThat(ended.exitCode()).isEqualTo(1);
      assertThat(ended.err()).contains(String.valueOf(taken.getLocalPort()));
    }
  }

  @Test
  void endsWithTwoWhenTheFileHasNoSuchNode() {
    var ended = Product.run("run", file.toString(), "--node", "l7-2");
    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.err()).contains("l7-2", "did you mean 'l7-1'?");
  }
}
