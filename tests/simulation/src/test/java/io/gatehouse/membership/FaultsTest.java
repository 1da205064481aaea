package io.gatehouse.membership;

import static io.gatehouse.membership.Scenario.MILLI;
import static io.gatehouse.membership.Scenario.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.testkit.SeededCases;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What holds whatever goes wrong, over many seeds. {@code -Dgatehouse.simulation.seeds=N} tries
 * more of them, {@code -Dgatehouse.simulation.nodes=N} larger rings; {@code -Dgatehouse.seed=N}
 * replays one.
 */
final class FaultsTest {
  private static final int SEEDS = Integer.getInteger("gatehouse.simulation.seeds", 4);
  private static final int MOST_NODES = Integer.getInteger("gatehouse.simulation.nodes", 24);

  /** Seeds are asked again within this, and what was believed is then put right by gossip. */
  private static final long HEALED = 60 * SECOND;

  @ParameterizedTest
  @EnumSource
  void allSeeAllAgainWhenItIsOver(FaultKind kind) {
    SeededCases.check(
        SEEDS,
        random -> {
          int nodes = random.nextInt(8, MOST_NODES + 1);
          Network network = kind.network(random);
          var scenario =
              Scenario.formed(nodes, Timing.DEFAULT, network, kind.incidents(random, nodes));
          var ring = new SimulatedRing(scenario, random.split());
          ring.run(FaultKind.OVER);
          ring.await("healed", 200 * MILLI, HEALED, ring::viewsAreEqual);
        });
  }

  @Test
  void nobodyWhoIsThereStaysDeadAfterTwoTroublesAtOnce() {
    SeededCases.check(
        2 * SEEDS,
        random -> {
          int nodes = random.nextInt(8, MOST_NODES + 1);
          var kinds = FaultKind.values();
          var first = kinds[random.nextInt(kinds.length)].incidents(random, nodes);
          var second = kinds[random.nextInt(kinds.length)].incidents(random, nodes);
          var both = java.util.stream.Stream.concat(first.stream(), second.stream()).toList();
          var scenario = Scenario.formed(nodes, Timing.DEFAULT, Network.BAD, both);
          var ring = new SimulatedRing(scenario, random.split());
          ring.run(FaultKind.OVER);
          ring.await("healed", 200 * MILLI, HEALED, ring::viewsAreEqual);
        });
  }

  @Test
  void aRingFormsFromItsSeedsThoughClocksAndNetworkAreBad() {
    SeededCases.check(
        SEEDS,
        random -> {
          int nodes = random.nextInt(3, MOST_NODES + 1);
          var scenario =
              new Scenario(
                  nodes,
                  Math.min(2, nodes),
                  false,
                  Timing.DEFAULT,
                  Network.BAD,
                  20_000, // two per cent: worse than any clock that is still called one
                  List.of());
          var ring = new SimulatedRing(scenario, random.split());
          ring.await("formed", 200 * MILLI, HEALED, ring::viewsAreEqual);
        });
  }

  @Test
  void incarnationsOutgrowThoseOfAnEarlierLife() {
    SeededCases.check(
        SEEDS,
        random -> {
          int nodes = random.nextInt(8, MOST_NODES + 1);
          var restart = FaultKind.MASS_RESTART_WITHOUT_DISK.incidents(random, nodes);
          var ring =
              new SimulatedRing(
                  Scenario.formed(nodes, Timing.DEFAULT, Network.GOOD, restart), random.split());
          ring.run(2 * SECOND);
          // An earlier life that had come far.
          for (int i = 0; i < nodes; i++) {
            for (int round = random.nextInt(4); round > 0; round--) {
              var meta = new Meta(Tags.encode(java.util.Map.of("round", "" + round)));
              ring.node(i).handle(new Event.MetaUpdated(meta));
            }
          }
          ring.run(FaultKind.OVER);
          ring.await("healed", 200 * MILLI, HEALED, ring::viewsAreEqual);
          for (Member member : ring.node(0).view().members().values()) {
            assertThat(member.tags()).containsEntry(Member.TAG_ROLE, "l7");
          }
        });
  }
}
