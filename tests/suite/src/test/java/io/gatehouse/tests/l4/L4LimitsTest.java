package io.gatehouse.tests.l4;

import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.testkit.peer.FreePorts;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The limits of an L4 node: who is over one is closed at once without a byte, counted, logged with
 * the reason, and keeps nobody else out. On the relay only: limits come before the data plane.
 */
@Timeout(120)
class L4LimitsTest {
  @TempDir Path temp;

  @Test
  void aServiceHasSoManyConnectionsAndNoMore() throws Exception {
    var file = file(1, "limits: { maxConnections: 3 }");
    try (var node = L4Node.start(file);
        var _ = new EchoEndpoint(file.l7Nodes().getFirst())) {
      var clients = EchoClient.connectAll(file.ipv4(), 3);
      assertRefused(node, file.ipv4(), "over_service_cap", "UO");
      assertRefused(node, file.ipv6(), "over_service_cap", "UO");
      assertThat(node.refused("over_service_cap")).isEqualTo(2);
      assertThat(node.activeConnections()).isEqualTo(3);
      clients.getFirst().close();
      L4Node.await("room for one", () -> node.activeConnections() == 2);
      clients.addAll(EchoClient.connectAll(file.ipv6(), 1));
      EchoClient.closeAll(clients);
    }
  }

  @Test
  void anL7NodeHasSoManyConnectionsAndTheOthersTakeMore() throws Exception {
    var file = file(2, "limits: { maxConnectionsPerNode: 4 }");
    try (var node = L4Node.start(file);
        var one = new EchoEndpoint(file.l7Nodes().getFirst());
        var other = new EchoEndpoint(file.l7Nodes().getLast())) {
      var clients = EchoClient.connectAll(file.ipv4(), 8);
      assertThat(one.clients()).hasSize(4);
      assertThat(other.clients()).hasSize(4);
      assertRefused(node, file.ipv4(), "endpoints_full", "UO");
      assertThat(node.refused("endpoints_full")).isOne();
      EchoClient.closeAll(clients);
    }
  }

  @Test
  void theServicesOfANodeShareItsCap() throws Exception {
    var app = new InetSocketAddress("127.0.42.1", FreePorts.next());
    var file =
        L4File.ofPools(
            temp,
            "relay",
            "maxConnections: 3",
            """
            services:
              one: { listen: ${listen}, toPool: app, proxyProtocol: v2 }
              two: { listen: ${other}, toPool: app, proxyProtocol: v2 }
            pools:
              app: { endpoints: ["127.0.42.1:%d"], healthCheck: off }
            """
                .formatted(app.getPort()));
    try (var node = L4Node.start(file);
        var _ = new EchoEndpoint(app)) {
      var clients = EchoClient.connectAll(file.ipv4(), 2);
      clients.addAll(EchoClient.connectAll(file.other(), 1));
      assertRefused(node, file.ipv4(), "over_node_cap", "UO");
      assertRefused(node, file.other(), "over_node_cap", "UO");
      assertThat(node.refused("over_node_cap")).isEqualTo(2);
      clients.getFirst().close();
      L4Node.await("room for one", () -> node.activeConnections() == 2);
      clients.addAll(EchoClient.connectAll(file.other(), 1));
      EchoClient.closeAll(clients);
    }
  }

  @Test
  void newConnectionsComeAtARateForAll() throws Exception {
    var file = file(1, "limits: { newConnections: { perSecond: 1, burst: 200 } }");
    try (var node = L4Node.start(file);
        var endpoint = new EchoEndpoint(file.l7Nodes().getFirst())) {
      long began = System.nanoTime();
      int through = 0;
      for (int i = 0; i < 500; i++) {
        through += connectAndReset(file.ipv4(), "127.0.51." + (1 + i % 250)) ? 1 : 0;
      }
      long seconds = NANOSECONDS.toSeconds(System.nanoTime() - began);
      assertThat(through).isBetween(200, 200 + (int) seconds + 1);
      assertThat(endpoint.clients()).hasSize(through);
      assertThat(node.refused("over_rate")).isEqualTo(500 - through);
      assertFewLines(node, "over_rate", seconds);
    }
  }

  @Test
  void newConnectionsComeAtARateForEachNetwork() throws Exception {
    var file =
        file(
            1, "limits: { newConnectionsPerSource: { perSecond: 1, burst: 100, ipv4Prefix: 24 } }");
    try (var node = L4Node.start(file);
        var _ = new EchoEndpoint(file.l7Nodes().getFirst())) {
      long began = System.nanoTime();
      int flood = 0;
      int others = 0;
      for (int i = 0; i < 400; i++) {
        flood += connectAndReset(file.ipv4(), "127.0.51." + (1 + i % 250)) ? 1 : 0;
        others += i % 4 == 0 && connectAndReset(file.ipv4(), "127.0.52.1") ? 1 : 0;
      }
      long seconds = NANOSECONDS.toSeconds(System.nanoTime() - began);
      assertThat(flood).isBetween(100, 100 + (int) seconds + 1);
      assertThat(others).as("of another network").isEqualTo(100);
      assertThat(node.refused("over_source_rate")).isEqualTo(400 - flood);
      assertFewLines(node, "over_source_rate", seconds);
    }
  }

  private L4File file(int l7Nodes, String limits) {
    return new L4File(temp, "relay", l7Nodes, "healthCheck: off", limits);
  }

  private static boolean connectAndReset(InetSocketAddress service, String source)
      throws IOException {
    var client = EchoClient.connect(service, source);
    boolean echoes = client.echoes();
    client.reset();
    return echoes;
  }

  /** Closed without a byte, with a line in both logs. */
  private static void assertRefused(
      L4Node node, InetSocketAddress service, String reason, String flag) throws IOException {
    try (var client = EchoClient.connect(service)) {
      var address = client.address();
      client.awaitEnd();
      var line = node.awaitLine(address);
      assertThat(line.flags()).isEqualTo(flag);
      assertThat(line.bytesIn() + line.bytesOut()).isZero();
      node.awaitLogged("a client was turned away", "\"reason\":\"" + reason + "\"");
    }
  }

  /** One per second, over all loops. */
  private static void assertFewLines(L4Node node, String reason, long seconds) {
    assertThat(
            node.lines().stream()
                .filter(line -> line.contains("a client was turned away"))
                .filter(line -> line.contains("\"reason\":\"" + reason + "\"")))
        .hasSizeBetween(1, (int) seconds + 2);
  }
}
