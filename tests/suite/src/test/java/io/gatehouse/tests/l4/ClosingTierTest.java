package io.gatehouse.tests.l4;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ConnectException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of connections when their L4 node drains, or their L7 node goes down. */
@Timeout(120)
class ClosingTierTest {
  private static final int CONNECTIONS = 60;
  private static final long DRAIN_NANOS = SECONDS.toNanos(6);

  /** A node closes what is due every 50 ms; two busy cores take their time besides. */
  private static final long LATE_NANOS = SECONDS.toNanos(3);

  @TempDir Path temp;

  @ParameterizedTest
  @ValueSource(strings = {"relay", "kernel"})
  void aDrainTakesNobodyNewAndSpreadsTheEndOfTheOthers(String dataPlane) throws Exception {
    L4Node.assumeDataPlane(dataPlane, temp);
    var file = new L4File(temp, dataPlane, 1, "healthCheck: off", "timeouts: { drain: 6s }");
    try (var node = L4Node.start(file);
        var endpoint = new EchoEndpoint(file.l7Nodes().getFirst());
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var clients = EchoClient.connectAll(file.ipv4(), CONNECTIONS);
      assertThat(endpoint.clients()).hasSize(CONNECTIONS);
      long began = System.nanoTime();
      node.signal("TERM");
      L4Node.await("the listener closed", () -> isRefused(file));
      long closed = System.nanoTime(); // once others have heard; the drain's time runs from here
      assertThat(closed - began).as("soon").isLessThan(DRAIN_NANOS / 2);
      for (var client : clients) {
        assertThat(client.echoes()).as("goes on while the node drains").isTrue();
      }
      assertThat(System.nanoTime() - closed).isLessThan(DRAIN_NANOS / 2);
      var ends =
          threads.invokeAll(clients.stream().map(c -> (Callable<Long>) c::awaitEnd).toList());
      int inThirdQuarter = 0;
      for (var end : ends) {
        assertThat(end.get() - began).isGreaterThan(DRAIN_NANOS / 2);
        assertThat(end.get() - closed).isLessThan(DRAIN_NANOS + LATE_NANOS);
        inThirdQuarter += end.get() - closed < DRAIN_NANOS * 3 / 4 ? 1 : 0;
      }
      assertThat(inThirdQuarter)
          .as("evenly spread over the second half")
          .isBetween(CONNECTIONS / 5, CONNECTIONS * 4 / 5);
      assertThat(node.awaitExit()).isZero();
      for (var line : lines(node, clients)) {
        assertThat(line.flags()).contains("DT", "LR");
        assertThat(line.bytesIn()).isEqualTo(2);
      }
      EchoClient.closeAll(clients);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"relay", "kernel"})
  void aDrainIsOverWithItsLastConnection(String dataPlane) throws Exception {
    L4Node.assumeDataPlane(dataPlane, temp);
    var file = new L4File(temp, dataPlane, 1, "healthCheck: off", "timeouts: { drain: 10m }");
    try (var node = L4Node.start(file);
        var _ = new EchoEndpoint(file.l7Nodes().getFirst())) {
      var clients = EchoClient.connectAll(file.ipv4(), 5);
      node.signal("TERM");
      L4Node.await("the listener closed", () -> isRefused(file));
      EchoClient.closeAll(clients);
      assertThat(node.awaitExit()).isZero();
      assertThat(lines(node, clients)).allSatisfy(line -> assertThat(line.flags()).isEqualTo("-"));
    }
  }

  @ParameterizedTest
  @CsvSource({"relay, close", "relay, leave", "kernel, close", "kernel, leave"})
  void connectionsOfAnL7NodeThatGoesDownAreClosedOrLeft(String dataPlane, String what)
      throws Exception {
    L4Node.assumeDataPlane(dataPlane, temp);
    var file =
        new L4File(
            temp,
            dataPlane,
            2,
            "healthCheck: { interval: 100ms, timeout: 5s, rise: 1, fall: 2 }",
            "whenNodeRemoved: " + what);
    try (var node = L4Node.start(file);
        var gone = new EchoEndpoint(file.l7Nodes().getFirst());
        var stays = new EchoEndpoint(file.l7Nodes().getLast())) {
      node.awaitHealthy();
      var clients = EchoClient.connectAll(file.ipv4(), CONNECTIONS);
      int its = gone.clients().size();
      assertThat(its).isPositive();
      assertThat(stays.clients()).hasSize(CONNECTIONS - its).isNotEmpty();
      gone.goDown();
      node.awaitDown(1);
      boolean close = what.equals("close");
      if (close) {
        L4Node.await("its connections closed", () -> node.counter("closed_with_endpoint") == its);
      }
      for (var client : clients) {
        boolean goesOn = !close || !gone.clients().contains(client.address());
        assertThat(client.echoes()).isEqualTo(goesOn);
      }
      assertThat(node.counter("closed_with_endpoint")).isEqualTo(close ? its : 0);
      var another = EchoClient.connectAll(file.ipv4(), 10);
      assertThat(gone.clients()).hasSize(its);
      EchoClient.closeAll(another);
      EchoClient.closeAll(clients);
      var lines = node.awaitLog(CONNECTIONS + another.size());
      assertThat(lines.stream().filter(line -> line.reason().contains("removed or went down")))
          .hasSize(close ? its : 0)
          .allSatisfy(line -> assertThat(line.flags()).isEqualTo("LR"));
    }
  }

  private static List<LogLine> lines(L4Node node, List<EchoClient> clients) {
    return clients.stream().map(client -> node.awaitLine(client.address())).toList();
  }

  private static boolean isRefused(L4File file) {
    try (var client = EchoClient.connect(file.ipv4())) {
      client.reset();
      return false;
    } catch (ConnectException e) {
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
