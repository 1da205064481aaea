package io.gatehouse.membership;

import static io.gatehouse.membership.Simulation.MILLI;
import static io.gatehouse.membership.Simulation.SECOND;
import static io.gatehouse.membership.Simulation.address;
import static io.gatehouse.membership.Simulation.config;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.membership.Simulation.Network;
import io.gatehouse.membership.Simulation.Node;
import io.gatehouse.testkit.SeededCases;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What a ring of real state machines does on a simulated network, over many seeds. */
final class SwimTest {
  private static final Timing TIMING = Timing.DEFAULT;

  private static boolean allSee(Collection<Node> observers, String node, NodeState state) {
    return observers.stream().allMatch(n -> n.sees(node) == state);
  }

  private static boolean allAlive(Collection<Node> nodes) {
    return nodes.stream()
        .allMatch(
            n ->
                n.view().members().size() == nodes.size()
                    && allSee(nodes, n.name, NodeState.ALIVE));
  }

  private static void awaitAllAlive(Simulation ring, Collection<Node> nodes) {
    ring.await("all join", 60 * SECOND, () -> allAlive(nodes));
  }

  private static List<Node> without(Map<String, Node> nodes, String... names) {
    var excluded = Set.of(names);
    return nodes.values().stream().filter(n -> !excluded.contains(n.name)).toList();
  }

  private static Set<NodeState> sightingsOf(Simulation ring, String node) {
    return ring.sightings().stream()
        .filter(s -> s.node().equals(node))
        .map(Simulation.Sighting::state)
        .collect(Collectors.toSet());
  }

  @Test
  void joiningConvergesThoughPacketsAreLostAndReordered() {
    SeededCases.check(
        30,
        random -> {
          var ring = new Simulation(random, Network.LOSSY);
          var nodes = ring.startRing(random.nextInt(3, 51), TIMING);
          awaitAllAlive(ring, nodes.values());
        });
  }

  @Test
  void nobodyIsSuspectedWhileTheNetworkIsGood() {
    SeededCases.check(
        10,
        random -> {
          var ring = new Simulation(random, Network.GOOD);
          var nodes = ring.startRing(random.nextInt(3, 30), TIMING);
          awaitAllAlive(ring, nodes.values());
          ring.run(120 * SECOND);
          assertThat(ring.sightings()).allMatch(s -> s.state() == NodeState.ALIVE);
          // SWIM: about two messages a member and period; gossip is silent when nothing happens.
          long probes =
              nodes.values().stream().mapToLong(n -> n.count(RingCounter.PROBES, 0)).sum();
          assertThat(ring.packets()).isLessThan(3 * probes);
        });
  }

  @Test
  void aKilledNodeIsSuspectAndThenDeadWithinTheBound() {
    SeededCases.check(
        20,
        random -> {
          int n = random.nextInt(3, 51);
          var ring = new Simulation(random, Network.GOOD);
          var nodes = ring.startRing(n, TIMING);
          awaitAllAlive(ring, nodes.values());
          ring.run(random.nextLong(5 * SECOND));
          String victim = "n" + random.nextInt(1, n);
          node(nodes, victim).kill();
          var others = without(nodes, victim);
          // Round robin probes each member once in n rounds, so twice n whatever the shuffle.
          long suspected =
              ring.await(
                  "suspected",
                  2L * n * TIMING.probeIntervalNanos(),
                  () -> others.stream().anyMatch(o -> o.sees(victim) == NodeState.SUSPECT));
          assertThat(suspected).isGreaterThanOrEqualTo(TIMING.probeTimeoutNanos());
          long min = Formulas.suspicionMinNanos(4, n, TIMING.probeIntervalNanos());
          long died =
              ring.await(
                  "dead everywhere",
                  min * TIMING.suspicionMaxMult() + 5 * SECOND,
                  () -> allSee(others, victim, NodeState.DEAD));
          assertThat(died).isGreaterThanOrEqualTo(min);
          for (Node other : others) {
            assertThat(sightingsOf(ring, other.name)).containsOnly(NodeState.ALIVE);
          }
          // and forgotten after a while
          ring.run(TIMING.gossipToTheDeadNanos() + 5 * SECOND);
          assertThat(others).allMatch(o -> o.sees(victim) == null);
        });
  }

  @Test
  void aSuspectThatIsAliveRefutes() {
    SeededCases.check(
        20,
        random -> {
          var ring = new Simulation(random, Network.LOSSY);
          var nodes = ring.startRing(random.nextInt(3, 20), TIMING);
          awaitAllAlive(ring, nodes.values());
          long incarnation = node(nodes, "n0").member("n1").incarnation();
          ring.inject(node(nodes, "n0"), new Message.Suspect(incarnation, "n1", "n2"));
          assertThat(node(nodes, "n0").sees("n1")).isEqualTo(NodeState.SUSPECT);
          ring.await(
              "refuted",
              10 * SECOND,
              () ->
                  nodes.values().stream()
                      .allMatch(
                          n ->
                              n.sees("n1") == NodeState.ALIVE
                                  && n.member("n1").incarnation() > incarnation));
          assertThat(sightingsOf(ring, "n1")).doesNotContain(NodeState.DEAD);
          assertThat(node(nodes, "n1").count(RingCounter.REFUTATIONS, 0)).isPositive();
        });
  }

  @Test
  void aNodeThatLeavesIsSeenAsLeftAndNeverAsDead() {
    SeededCases.check(
        20,
        random -> {
          var ring = new Simulation(random, Network.LOSSY);
          var nodes = ring.startRing(random.nextInt(3, 20), TIMING);
          awaitAllAlive(ring, nodes.values());
          Node leaver = node(nodes, "n1");
          leaver.handle(new Event.Leaving());
          ring.await("goodbye", TIMING.leaveTimeoutNanos(), leaver::saidGoodbye);
          leaver.kill();
          var others = without(nodes, "n1");
          ring.await("left", 5 * SECOND, () -> allSee(others, "n1", NodeState.LEFT));
          assertThat(sightingsOf(ring, "n1")).doesNotContain(NodeState.DEAD);
        });
  }

  @Test
  void aDrainReachesASmallRingWithinHalfASecond() {
    SeededCases.check(
        100,
        random -> {
          var ring = new Simulation(random, Network.GOOD);
          var nodes = ring.startRing(random.nextInt(3, 31), TIMING);
          awaitAllAlive(ring, nodes.values());
          ring.run(10 * SECOND);
          drain(nodes);
          ring.await("all know", 500 * MILLI, () -> drainUnknown(nodes) == 0);
        });
  }

  @Test
  void aDrainReachesFiftyLossyNodesInAFewRoundsAndTheRareMissedOneByPushPull() {
    SeededCases.check(
        20,
        random -> {
          var ring = new Simulation(random, Network.LOSSY);
          var nodes = ring.startRing(50, TIMING);
          awaitAllAlive(ring, nodes.values());
          ring.run(10 * SECOND);
          drain(nodes);
          long rounds = TIMING.gossipIntervalNanos();
          ring.await("most know", 3 * rounds, () -> drainUnknown(nodes) <= 5);
          ring.await("nearly all know", 10 * rounds, () -> drainUnknown(nodes) <= 1);
          long exchanges = 4 * Formulas.pushPullNanos(TIMING.pushPullIntervalNanos(), 50);
          ring.await("all know", exchanges, () -> drainUnknown(nodes) == 0);
        });
  }

  private static void drain(Map<String, Node> nodes) {
    node(nodes, "n1").updateTags(Map.of("role", "l7", Member.TAG_DRAINING, "true"));
  }

  private static long drainUnknown(Map<String, Node> nodes) {
    return nodes.values().stream().filter(n -> !n.member("n1").draining()).count();
  }

  @Test
  void aPartitionHealsBecauseSeedsAreTriedForEver() {
    SeededCases.check(
        10,
        random -> {
          var ring = new Simulation(random, Network.GOOD);
          var nodes = ring.startRing(8, TIMING);
          awaitAllAlive(ring, nodes.values());
          ring.partition(a -> a.getAddress().getAddress()[3] >= 4);
          ring.run(200 * SECOND);
          // Long enough to be dead and forgotten on both sides.
          assertThat(nodes.values()).allMatch(n -> n.view().members().size() == 4);
          ring.heal();
          long limit = TIMING.rejoinMaxNanos() * 5 / 4 + 10 * SECOND;
          ring.await("healed", limit, () -> allAlive(nodes.values()));
        });
  }

  @Test
  void aNodeThatLostItsIncarnationComesBack() {
    SeededCases.check(
        20,
        random -> {
          var ring = new Simulation(random, Network.LOSSY);
          var nodes = ring.startRing(6, TIMING);
          awaitAllAlive(ring, nodes.values());
          Node old = node(nodes, "n3");
          for (int i = 0; i < 5; i++) {
            old.updateTags(Map.of("role", "l7", "round", "" + i));
          }
          ring.run(2 * SECOND);
          old.kill();
          // Sometimes at once, sometimes when it is suspected, dead or forgotten.
          ring.run(random.nextLong(60 * SECOND));
          Node fresh = ring.start(config("n3", address(3), List.of(address(0)), TIMING));
          nodes.put("n3", fresh);
          ring.await(
              "back",
              40 * SECOND,
              () ->
                  allAlive(nodes.values())
                      && nodes.values().stream()
                          .allMatch(n -> n.member("n3").tags().equals(Map.of("role", "l7"))));
        });
  }

  @Test
  void aTakenNameAtAnotherAddressIsAConflictUntilItsHolderIsLongDead() {
    SeededCases.check(
        10,
        random -> {
          var ring = new Simulation(random, Network.GOOD);
          var nodes = ring.startRing(4, TIMING);
          awaitAllAlive(ring, nodes.values());
          Node impostor = ring.start(config("n3", address(77), List.of(address(0)), TIMING));
          ring.run(20 * SECOND);
          assertThat(node(nodes, "n0").count(RingCounter.NAME_CONFLICTS, 0)).isPositive();
          assertThat(node(nodes, "n0").member("n3").address()).isEqualTo(address(3));
          assertThat(node(nodes, "n0").sees("n3")).isEqualTo(NodeState.ALIVE);
          node(nodes, "n3").kill();
          nodes.put("n3", impostor);
          ring.await(
              "the name is taken over",
              180 * SECOND,
              () ->
                  allAlive(nodes.values())
                      && nodes.values().stream()
                          .allMatch(n -> n.member("n3").address().equals(address(77))));
        });
  }

  @Test
  void aNameThatWasLeftIsFreeAtOnce() {
    var ring = new Simulation(new SplittableRandom(1), Network.GOOD);
    var nodes = ring.startRing(4, TIMING);
    awaitAllAlive(ring, nodes.values());
    node(nodes, "n3").handle(new Event.Leaving());
    ring.await("goodbye", TIMING.leaveTimeoutNanos(), node(nodes, "n3")::saidGoodbye);
    node(nodes, "n3").kill();
    nodes.put("n3", ring.start(config("n3", address(77), List.of(address(0)), TIMING)));
    ring.await("taken over", 3 * SECOND, () -> allAlive(nodes.values()));
    assertThat(node(nodes, "n1").member("n3").address()).isEqualTo(address(77));
  }

  @Test
  void nodesThatReachEachOtherOnlyByTcpAreNotSuspected() {
    var ring = new Simulation(new SplittableRandom(1), new Network(1.0, MILLI, 2 * MILLI));
    var nodes = ring.startRing(3, TIMING);
    awaitAllAlive(ring, without(nodes, "none"));
    ring.run(60 * SECOND);
    assertThat(ring.sightings()).allMatch(s -> s.state() == NodeState.ALIVE);
    assertThat(node(nodes, "n0").count(RingCounter.PROBES_TCP_ONLY, 0)).isPositive();
  }

  @Test
  void aRunReplaysFromItsSeed() {
    assertThat(history(7)).isEqualTo(history(7)).isNotEqualTo(history(8));
  }

  private static List<Simulation.Sighting> history(long seed) {
    var ring = new Simulation(new SplittableRandom(seed), Network.LOSSY);
    var nodes = ring.startRing(10, TIMING);
    ring.run(10 * SECOND);
    node(nodes, "n4").kill();
    ring.run(60 * SECOND);
    return ring.sightings();
  }

  @Test
  void aFullRingRefusesMoreNodes() {
    var ring = new Simulation(new SplittableRandom(1), Network.GOOD);
    var limits = new Limits(1400, 512, 3, 4096, 4, 3, 1, SerfLimits.DEFAULT);
    var small =
        ring.start(new RingConfig("small", address(0), List.of(), Map.of(), TIMING, limits));
    for (int i = 1; i < 6; i++) {
      ring.start(config("n" + i, address(i), List.of(address(0)), TIMING));
    }
    ring.run(5 * SECOND);
    assertThat(small.view().members()).hasSize(3);
    assertThat(small.count(RingCounter.LIMIT_MEMBERS, 0)).isPositive();
  }

  @Test
  void aStormOfClaimsBreaksNothing() {
    SeededCases.check(
        100,
        random -> {
          var ring = new Simulation(random, Network.GOOD);
          var nodes = ring.startRing(4, TIMING);
          awaitAllAlive(ring, nodes.values());
          for (int i = 0; i < 500; i++) {
            ring.inject(node(nodes, "n" + random.nextInt(4)), RandomMessages.next(random));
            ring.run(random.nextLong(20 * MILLI));
          }
          assertThat(node(nodes, "n0").view().members()).containsKey("n0");
          assertThat(node(nodes, "n0").sees("n0")).isEqualTo(NodeState.ALIVE);
        });
  }

  private static Node node(Map<String, Node> nodes, String name) {
    return Objects.requireNonNull(nodes.get(name), name);
  }
}
