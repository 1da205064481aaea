package io.gatehouse.tests.l4;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random connections through a running L4 node: every byte at both ends, every reset, the node's
 * counters and its log to the byte, and nothing left behind.
 *
 * <p>{@code -Dgatehouse.soak.connections=100000} makes it a long one; {@code
 * -Dgatehouse.soak.seed=N} another one; with {@code -Dgatehouse.soak.only=I} too it plays
 * connection I alone.
 */
@Timeout(value = 2, unit = TimeUnit.HOURS)
class L4SoakTest {
  private static final int WARM_UP = 50;
  private static final int L7_NODES = 3;
  private static final long MAX_RESIDENT_BYTES = 512L << 20;

  /** Patient, for the endpoints share two cores with all else. */
  private static final String HEALTH_CHECK =
      "healthCheck: { interval: 250ms, timeout: 5s, rise: 1, fall: 1 }";

  @TempDir Path temp;

  @ParameterizedTest
  @ValueSource(strings = {"relay", "kernel"})
  void passesEveryByteAndEveryEndAndCountsThem(String dataPlane) throws Exception {
    L4Node.assumeDataPlane(dataPlane, temp);
    try (var node = L4Node.start(new L4File(temp, dataPlane, L7_NODES, HEALTH_CHECK));
        var soak = new Soak(node, List.of(node.file().ipv4(), node.file().ipv6()))) {
      node.awaitHealthy();
      int descriptors = warmUp(node, soak);
      soak.run(Soak.connections(2_000));
      check(node, soak, descriptors);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"relay", "kernel"})
  void aNodeThatDrainsAndComesBackCostsNoConnection(String dataPlane) throws Exception {
    L4Node.assumeDataPlane(dataPlane, temp);
    try (var node = L4Node.start(new L4File(temp, dataPlane, L7_NODES, HEALTH_CHECK));
        var soak = new Soak(node, List.of(node.file().ipv4(), node.file().ipv6()))) {
      node.awaitHealthy();
      int descriptors = warmUp(node, soak);
      var turn = new DrainTurn(soak.endpoints(), node.file().l7Nodes());
      int connections = Soak.connections(1_000);
      for (int i = 0; i < connections; i++) {
        turn.takeIfDue();
        soak.next();
      }
      soak.awaitEnd();
      check(node, soak, descriptors);
      assertThat(turn.taken()).isPositive();
      assertThat(node.counter("probed_past_owner")).isPositive();
    }
  }

  /** Classes and descriptors that come with first use are there; gives the open descriptors. */
  private static int warmUp(L4Node node, Soak soak) {
    soak.run(WARM_UP);
    L4Node.await("the end of the first ones", () -> node.activeConnections() == 0);
    return fewestDescriptors(node);
  }

  /** Probes come and go: the least of some looks. */
  private static int fewestDescriptors(L4Node node) {
    return IntStream.range(0, 50)
        .map(
            _ -> {
              node.metrics();
              return node.descriptors();
            })
        .min()
        .orElseThrow();
  }

  private static void check(L4Node node, Soak soak, int descriptors) {
    assertThat(soak.complaints()).isEmpty();
    L4Node.await("the end of all", () -> node.activeConnections() == 0);
    var log = node.awaitLog(soak.attempts().size());
    var ledger = new Ledger(soak.attempts());
    assertThat(ledger.compare(log, node.metrics())).isEmpty();
    L4Node.await(
        "as many descriptors as before, " + descriptors, () -> node.descriptors() <= descriptors);
    assertThat(node.residentBytes()).isLessThan(MAX_RESIDENT_BYTES);
    assertThat(node.metrics().get("gatehouse_access_log_dropped_lines_total")).isZero();
  }
}
