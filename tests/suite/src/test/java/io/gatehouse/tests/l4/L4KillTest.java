package io.gatehouse.tests.l4;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The soak, while the L4 node's process is killed every five seconds under its keeper, and, in one
 * test, L7 nodes drain and come back meanwhile. Established connections must not notice; those that
 * were being set up may be lost; no client may be refused.
 *
 * <p>The counters die with each process, and so may the last lines of its log, so neither can be
 * held against the sums here; each line that there is must be right.
 */
@Timeout(value = 2, unit = TimeUnit.HOURS)
class L4KillTest {
  private static final Logger log = LoggerFactory.getLogger(L4KillTest.class);
  private static final int L7_NODES = 3;
  private static final int MIN_KILLS = 3;

  /** How many more connections are made until the kills have been. */
  private static final int MAX_CONNECTIONS_FACTOR = 10;

  private static final long KILL_EVERY_NANOS = TimeUnit.SECONDS.toNanos(5);

  /**
   * A connection this old is in the store: the node's 50 ms (its default {@code protectAfter}), and
   * what two busy cores take until both ends and this test have seen it stand.
   */
  private static final long PROTECTED_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  /** Patient, for the endpoints share two cores with all else. */
  private static final String HEALTH_CHECK =
      "healthCheck: { interval: 250ms, timeout: 5s, rise: 1, fall: 1 }";

  @TempDir Path temp;

  @ParameterizedTest
  @ValueSource(strings = {"relay", "kernel"})
  void establishedConnectionsOutliveTheProcessThatIsKilled(String dataPlane) throws Exception {
    soakAndKill(dataPlane, false);
  }

  @ParameterizedTest
  @ValueSource(strings = {"relay", "kernel"})
  void theyDoSoWhileNodesDrainAndComeBack(String dataPlane) throws Exception {
    soakAndKill(dataPlane, true);
  }

  private void soakAndKill(String dataPlane, boolean drains) throws Exception {
    L4Node.assumeDataPlane(dataPlane, temp);
    var file = new L4File(temp, dataPlane, L7_NODES, HEALTH_CHECK);
    try (var node = L4Node.keep(file);
        var soak = new Soak(node, List.of(file.ipv4(), file.ipv6()))) {
      node.awaitHealthy();
      soak.run(50);
      L4Node.await("the end of the first ones", () -> node.activeConnections() == 0);
      int descriptors = node.descriptors();
      var turn = new DrainTurn(soak.endpoints(), file.l7Nodes());
      var kills = kill(node, soak, drains ? turn::takeIfDue : () -> {});
      turn.bringBack();
      judge(soak, kills);
      L4Node.await("a successor", () -> answers(node));
      L4Node.await("the end of all", () -> node.activeConnections() == 0);
      assertThat(new Ledger(soak.attempts()).compareLinesThereAre(node.awaitLog(1))).isEmpty();
      L4Node.await(
          "as many descriptors as before, " + descriptors, () -> node.descriptors() <= descriptors);
      assertThat(turn.taken() > 0).isEqualTo(drains);
    }
  }

  /** Gives the times of the kills. */
  private static List<Long> kill(L4Node node, Soak soak, Runnable meanwhile) {
    int connections = Soak.connections(1_500);
    var kills = new ArrayList<Long>();
    long next = System.nanoTime() + KILL_EVERY_NANOS;
    int most = connections * MAX_CONNECTIONS_FACTOR;
    for (int i = 0; i < connections || (kills.size() < MIN_KILLS && i < most); i++) {
      meanwhile.run();
      soak.next();
      if (System.nanoTime() - next >= 0) {
        next += KILL_EVERY_NANOS;
        var process = node.process();
        if (process.isPresent() && process.get().destroyForcibly()) {
          kills.add(System.nanoTime());
        }
      }
    }
    soak.awaitEnd();
    return kills;
  }

  private static void judge(Soak soak, List<Long> kills) {
    int mayBeLost = 0;
    int lost = 0;
    var complaints = new ArrayList<>(soak.endpoints().complaints());
    for (var attempt : soak.attempts()) {
      var complaint = attempt.complaint();
      boolean wasBeingSetUp = kills.stream().anyMatch(kill -> wasBeingSetUp(attempt, kill));
      mayBeLost += wasBeingSetUp ? 1 : 0;
      if (complaint.isEmpty()) {
        continue;
      }
      if (wasBeingSetUp && !complaint.contains("refused")) {
        lost++;
      } else {
        complaints.add(Soak.describe(attempt, complaint + ages(attempt, kills)));
      }
    }
    log.atInfo()
        .addKeyValue("kills", kills.size())
        .addKeyValue("connections", soak.attempts().size())
        .addKeyValue("beingSetUp", mayBeLost)
        .addKeyValue("ofThemLost", lost)
        .log("killed");
    assertThat(complaints.stream().limit(Soak.MAX_SHOWN))
        .as("%s wrong", complaints.size())
        .isEmpty();
    assertThat(kills).hasSizeGreaterThanOrEqualTo(MIN_KILLS);
  }

  /** Whether a kill came between a connection's first packet and its being safe in the store. */
  private static boolean wasBeingSetUp(Attempt attempt, long killNanos) {
    var client = attempt.client;
    var endpoint = attempt.endpoint;
    if (client == null || killNanos - attempt.startedNanos() < 0) {
      return false;
    }
    long safeNanos = endpoint == null ? client.endedNanos() : endpoint.beganNanos();
    return safeNanos + PROTECTED_NANOS - killNanos > 0;
  }

  private static String ages(Attempt attempt, List<Long> kills) {
    var endpoint = attempt.endpoint;
    return endpoint == null
        ? ""
        : ", ages at the kills in ms: "
            + kills.stream().map(kill -> (kill - endpoint.beganNanos()) / 1_000_000).toList();
  }

  private static boolean answers(L4Node node) {
    try {
      return node.activeConnections() >= 0;
    } catch (RuntimeException e) {
      return false;
    }
  }
}
