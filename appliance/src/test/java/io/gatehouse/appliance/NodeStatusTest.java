package io.gatehouse.appliance;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.appliance.admin.AdminServer;
import io.gatehouse.appliance.config.FrontDoorFile;
import io.gatehouse.linux.DescriptorStore;
import io.gatehouse.testkit.peer.FreePorts;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
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
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** {@code gatehouse status} and the pages that it rests on, against a node in this process. */
class NodeStatusTest {
  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
  private static final int TIMEOUT_MILLIS = 20_000;

  @TempDir private Path folder;
  private final int servicePort = FreePorts.next();
  private final int adminPort = FreePorts.next();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  private Path write(int backend) throws Exception {
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
          idle:
            listen: "127.0.0.1:%d"
            toPool: mail
        pools:
          mail: { endpoints: ["127.0.0.1:%d"], healthCheck: off }
        """
            .formatted(FreePorts.next(), adminPort, servicePort, FreePorts.next(), backend));
  }

  private static Node start(Path file) throws Exception {
    return switch (FrontDoorFile.read(file, "door")) {
      case FrontDoorFile.Loaded loaded ->
          Node.start(loaded.frontDoor().planFor("door"), DescriptorStore.none());
      case FrontDoorFile.Invalid invalid -> throw new AssertionError(invalid.text());
    };
  }

  @Test
  void showsTheDataPlaneEachServiceAndEachEndpoint() throws Exception {
    try (var backend = new ServerSocket(0, 8, LOOPBACK)) {
      backend.setSoTimeout(TIMEOUT_MILLIS);
      Path file = write(backend.getLocalPort());
      try (Node node = start(file);
          var client = new Socket(LOOPBACK, servicePort)) {
        client.getOutputStream().write("hello".getBytes(StandardCharsets.US_ASCII));
        try (var accepted = backend.accept()) {
          assertThat(accepted.getInputStream().readNBytes(5)).hasSize(5);
          client.shutdownOutput();
          accepted.shutdownOutput(); // both ends over: all bytes are counted
          assertThat(client.getInputStream().read()).isNegative();
          assertThat(accepted.getInputStream().read()).isNegative();
        }
        assertThat(status(file.toString(), "--node", "door")).isZero();
        assertThat(printed().lines().limit(2).toList())
            .satisfiesExactly(
                first -> assertThat(first).startsWith("door  ready, up "),
                second ->
                    assertThat(second)
                        .contains("data plane", "relay: forced by the configuration"));
        assertThat(printed())
            .contains("service mail  on 127.0.0.1:" + servicePort, "service idle  on 127.0.0.1:")
            .containsPattern("per s +adopted +retries +stalls")
            .containsPattern("endpoint +verdict +share .* p50 +p99 +cause")
            .contains("refused: none", "100.0 %");
        showsEachServiceToPrometheus(node);
      }
    }
  }

  private void showsEachServiceToPrometheus(Node node) throws Exception {
    assertThat(page(node.adminAddress(), "/metrics"))
        .contains(
            "gatehouse_l4_data_plane_info{data_plane=\"relay\"} 1",
            "gatehouse_l4_connections_accepted_total{service=\"mail\"} 1.0",
            "gatehouse_l4_connections_accepted_total{service=\"idle\"} 0.0",
            "gatehouse_l4_bytes_kernel_total{service=\"mail\"} 0.0",
            "gatehouse_l4_credit_stalls_total{service=\"mail\"} 0.0",
            "gatehouse_l4_connections_refused_total{reason=\"over_rate\",service=\"mail\"} 0.0");
  }

  @Test
  void printsWhatTheNodeSaysForMachines() throws Exception {
    try (var backend = new ServerSocket(0, 8, LOOPBACK);
        Node node = start(write(backend.getLocalPort()))) {
      assertThat(status("--admin", "127.0.0.1:" + node.adminAddress().getPort(), "--json"))
          .isZero();
      assertThat(printed())
          .startsWith("{\"node\":\"door\"")
          .contains("\"ready\":true", "\"data_plane_why\":", "\"connect_buckets\":");
    }
  }

  @Test
  void endsWithOneWhereSomethingElseAnswers() throws Exception {
    var any = new InetSocketAddress(LOOPBACK, 0);
    try (var other =
        AdminServer.start(
            any, Map.of("/status", () -> AdminServer.Page.text(200, "fine")), Map.of())) {
      assertThat(status("--admin", "127.0.0.1:" + other.address().getPort())).isOne();
      assertThat(printed()).isEmpty();
    }
  }

  @Test
  void endsWithTwoWhenTheCommandLineDoesNotSayWhomToAsk() throws Exception {
    assertThat(status("--node", "door")).isEqualTo(2);
    assertThat(status("--admin", "9901")).isEqualTo(2);
    assertThat(status(write(9).toString())).isEqualTo(2);
    assertThat(status(write(9).toString(), "--node", "dor")).isEqualTo(2);
  }

  private int status(String... arguments) {
    out.reset();
    var command = new StatusCommand(new PrintStream(out, true, StandardCharsets.UTF_8));
    return new CommandLine(command).execute(arguments);
  }

  private String printed() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private static String page(InetSocketAddress admin, String path) throws Exception {
    try (var client = HttpClient.newHttpClient()) {
      var uri = URI.create("http://127.0.0.1:%d%s".formatted(admin.getPort(), path));
      return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString()).body();
    }
  }
}
