package io.gatehouse.appliance;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.appliance.config.FrontDoorFile;
import io.gatehouse.linux.DescriptorStore;
import io.gatehouse.testkit.peer.FreePorts;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** {@code gatehouse drain} against an L4 node in this process, with a connection that stays. */
class DrainCommandTest {
  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
  private static final int TIMEOUT_MILLIS = 20_000;

  @TempDir private Path folder;
  private final int servicePort = FreePorts.next();
  private final int adminPort = FreePorts.next();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ServerSocket backend = unopened();

  @BeforeEach
  void open() throws Exception {
    backend.bind(new InetSocketAddress(LOOPBACK, 0), 8);
    backend.setSoTimeout(TIMEOUT_MILLIS);
  }

  @AfterEach
  void close() throws Exception {
    backend.close();
  }

  private static ServerSocket unopened() {
    try {
      return new ServerSocket();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path file(String drain) throws Exception {
    return Files.writeString(
        folder.resolve("front-door.yaml"),
        """
        cluster: { port: %d, network: local }
        process: { transport: epoll, eventLoops: 1, dataPlane: relay, accessLog: off }
        nodes:
          door: { role: l4, address: 127.0.0.1, admin: "127.0.0.1:%d" }
        services:
          mail:
            listen: "127.0.0.1:%d"
            toPool: mail
            timeouts: { drain: %s }
        pools:
          mail: { endpoints: ["127.0.0.1:%d"], healthCheck: off }
        """
            .formatted(FreePorts.next(), adminPort, servicePort, drain, backend.getLocalPort()));
  }

  private static Node start(Path file) throws Exception {
    return switch (FrontDoorFile.read(file, "door")) {
      case FrontDoorFile.Loaded loaded ->
          Node.start(loaded.frontDoor().planFor("door"), DescriptorStore.none());
      case FrontDoorFile.Invalid invalid -> throw new AssertionError(invalid.text());
    };
  }

  private int drain(String... arguments) {
    out.reset();
    var command = new DrainCommand(new PrintStream(out, true, StandardCharsets.UTF_8));
    return new CommandLine(command).execute(arguments);
  }

  private String printed() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private String page(String path) throws Exception {
    try (var client = HttpClient.newHttpClient()) {
      var uri = URI.create("http://127.0.0.1:%d%s".formatted(adminPort, path));
      return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString()).body();
    }
  }

  /** A connection through the node that has carried a byte. */
  private Socket connect() throws Exception {
    var client = new Socket(LOOPBACK, servicePort);
    client.setSoTimeout(TIMEOUT_MILLIS);
    client.getOutputStream().write('a');
    return client;
  }

  @Test
  void takesANodeOutOfServiceAndBackWithoutEndingItsConnections() throws Exception {
    Path file = file("1h");
    try (Node node = start(file);
        var client = connect();
        var accepted = backend.accept()) {
      assertThat(accepted.getInputStream().read()).isEqualTo('a');
      assertThat(drain(file.toString(), "--node", "door")).isZero();
      assertThat(printed()).startsWith("draining: 1 connections left, until ");
      assertThat(page("/readyz")).isEqualTo("draining\n");
      assertThat(page("/status"))
          .contains("\"draining\":true", "\"drain\":{\"state\":\"draining\",", "\"connections\":1");
      assertThat(page("/metrics")).contains("gatehouse_draining 1.0");
      assertThat(drain("--admin", "127.0.0.1:" + adminPort, "--undo")).isZero();
      assertThat(printed()).isEqualTo("in service\n");
      assertThat(page("/readyz")).isEqualTo("ready\n");
      accepted.getOutputStream().write('b');
      assertThat(client.getInputStream().read()).isEqualTo('b');
      assertThat(node.adminAddress().getPort()).isEqualTo(adminPort);
    }
  }

  @Test
  void waitsForTheDeadlineAndServesWhoComesAfterwards() throws Exception {
    Path file = file("200ms");
    try (Node node = start(file);
        var client = connect();
        var accepted = backend.accept()) {
      assertThat(accepted.getInputStream().read()).isEqualTo('a');
      assertThat(drain(file.toString(), "--node", "door", "--wait")).isZero();
      assertThat(printed()).endsWith("drained: 0 connections left, 1 cut at the deadline\n");
      try (var late = connect();
          var served = backend.accept()) {
        assertThat(served.getInputStream().read()).isEqualTo('a');
        assertThat(late.isConnected()).isTrue();
      }
      assertThat(client.isConnected()).isTrue();
      assertThat(node.adminAddress().getPort()).isEqualTo(adminPort);
    }
  }

  @Test
  void cannotUndoAStop() throws Exception {
    Path file = file("1s");
    try (Node node = start(file)) {
      node.drain().join();
      assertThat(page("/drain")).contains("\"state\":\"stopping\"");
      assertThat(drain("--admin", "127.0.0.1:" + adminPort, "--undo")).isOne();
    }
  }

  @Test
  void endsWithOneWhereNothingAnswersAndWithTwoForAWrongCommandLine() throws Exception {
    assertThat(drain("--admin", "127.0.0.1:" + adminPort)).isOne();
    assertThat(drain("--node", "door")).isEqualTo(2);
    assertThat(drain("--undo", "--wait")).isEqualTo(2);
  }
}
