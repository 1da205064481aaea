package io.gatehouse.tests.l4;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The soak, while the L4 node is upgraded again and again: its keeper gets SIGHUP, the process
 * hands over and ends, and a successor goes on. Nobody may notice: no connection is refused, reset,
 * or lost in the queue in which it waits for the successor, and each has its line in the log.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class L4UpgradeTest {
  private static final Logger log = LoggerFactory.getLogger(L4UpgradeTest.class);
  private static final int L7_NODES = 3;
  private static final int UPGRADES = 3;
  private static final int LONG_LIVED = 8;
  private static final int PIECE_BYTES = 20_000;
  private static final long PAUSE_NANOS = SECONDS.toNanos(1);

  /** An upgrade may take a while on a busy machine, not for ever. */
  private static final long PATIENCE_NANOS = SECONDS.toNanos(40);

  private static final int MAX_CONNECTIONS = 20_000;

  @TempDir Path temp;

  @ParameterizedTest
  @ValueSource(strings = {"relay", "kernel"})
  void noConnectionNoticesAnUpgrade(String dataPlane) throws Exception {
    L4Node.assumeDataPlane(dataPlane, temp);
    var file =
        new L4File(temp, dataPlane, L7_NODES, "healthCheck: { interval: 250ms, timeout: 5s }");
    try (var node = L4Node.keep(file);
        var soak = new Soak(node, List.of(file.ipv4(), file.ipv6()))) {
      node.awaitHealthy();
      for (int i = 1; i <= UPGRADES; i++) {
        soakWhileUpgrading(node, soak);
      }
      soakFor(soak, PAUSE_NANOS);
      soak.awaitEnd();
      assertThat(soak.complaints()).isEmpty();
      L4Node.await("the end of all", () -> node.activeConnections() == 0);
      var lines = node.awaitLog(soak.attempts().size());
      assertThat(new Ledger(soak.attempts()).compareLines(lines)).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"relay", "kernel"})
  void connectionsThatLastGoOnThroughEveryUpgrade(String dataPlane) throws Exception {
    L4Node.assumeDataPlane(dataPlane, temp);
    var file = new L4File(temp, dataPlane, 1, "healthCheck: off");
    try (var node = L4Node.keep(file);
        var listener = Joined.listen(node.file())) {
      var random = new SplittableRandom(1);
      var lasting = new ArrayList<Joined>();
      for (int i = 0; i < LONG_LIVED; i++) {
        lasting.add(Joined.open(i % 2 == 0 ? file.ipv4() : file.ipv6(), listener));
      }
      long bytes = 0;
      for (int i = 1; i <= UPGRADES; i++) {
        bytes += echoAll(lasting, random);
        upgrade(node, () -> {});
        bytes += echoAll(lasting, random);
      }
      for (var joined : lasting) {
        joined.client().shutdownOutput();
        assertThat(joined.endpoint().getInputStream().read()).isEqualTo(-1);
        joined.endpoint().close();
        assertThat(joined.client().getInputStream().read()).isEqualTo(-1);
        var line = node.awaitLine(joined.clientAddress());
        assertThat(line.flags()).isEqualTo("-");
        assertThat(line.bytesIn()).isEqualTo(bytes);
        assertThat(line.bytesOut()).isEqualTo(bytes);
        joined.close();
      }
      assertThat(node.awaitLog(LONG_LIVED)).hasSize(LONG_LIVED);
    }
  }

  /** Sends a piece each way over all; gives its length. */
  private static int echoAll(List<Joined> lasting, SplittableRandom random) throws IOException {
    for (var joined : lasting) {
      var there = new byte[PIECE_BYTES];
      var back = new byte[PIECE_BYTES];
      random.nextBytes(there);
      random.nextBytes(back);
      joined.client().getOutputStream().write(there);
      joined.endpoint().getOutputStream().write(back);
      assertThat(joined.endpoint().getInputStream().readNBytes(PIECE_BYTES)).isEqualTo(there);
      assertThat(joined.client().getInputStream().readNBytes(PIECE_BYTES)).isEqualTo(back);
    }
    return PIECE_BYTES;
  }

  private static void soakWhileUpgrading(L4Node node, Soak soak) {
    soakFor(soak, PAUSE_NANOS);
    int before = soak.attempts().size();
    long nanos = upgrade(node, () -> startIfFewEnough(soak));
    log.atInfo()
        .addKeyValue("connections", soak.attempts().size() - before)
        .addKeyValue("seconds", nanos / 1e9)
        .log("upgraded");
  }

  private static void soakFor(Soak soak, long nanos) {
    long end = System.nanoTime() + nanos;
    while (System.nanoTime() - end < 0) {
      startIfFewEnough(soak);
    }
  }

  private static void startIfFewEnough(Soak soak) {
    assertThat(soak.attempts()).as("more than an upgrade takes").hasSizeLessThan(MAX_CONNECTIONS);
    soak.next();
  }

  /** Upgrades; meanwhile {@code load} is run all the time. Gives how long it took. */
  private static long upgrade(L4Node node, Runnable load) {
    long began = System.nanoTime();
    var before = node.process().orElseThrow().pid();
    int ready = node.timesReady();
    node.upgrade();
    while (node.timesReady() == ready) {
      load.run();
      if (System.nanoTime() - began > PATIENCE_NANOS) {
        throw new AssertionError("no successor came in time");
      }
      LockSupport.parkNanos(MILLISECONDS.toNanos(1));
    }
    assertThat(node.process().orElseThrow().pid()).isNotEqualTo(before);
    return System.nanoTime() - began;
  }
}
