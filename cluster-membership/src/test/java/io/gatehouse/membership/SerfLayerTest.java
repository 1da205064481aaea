package io.gatehouse.membership;

import static io.gatehouse.membership.Simulation.MILLI;
import static io.gatehouse.membership.Simulation.SECOND;
import static io.gatehouse.membership.Simulation.address;
import static io.gatehouse.membership.Simulation.config;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.membership.Simulation.Network;
import io.gatehouse.membership.Simulation.Node;
import io.gatehouse.testkit.SeededCases;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Events, intents, queries and shared state in a simulated ring, over many seeds. */
final class SerfLayerTest {
  private static final Timing TIMING = Timing.DEFAULT;

  private static UserEvent event(String name) {
    return new UserEvent(name, "payload".getBytes(UTF_8), false);
  }

  private static Map<String, Node> startRing(Simulation ring, int count) {
    var nodes = ring.startRing(count, TIMING);
    ring.await("all join", 60 * SECOND, () -> allAlive(nodes.values()));
    return nodes;
  }

  private static boolean allAlive(Collection<Node> nodes) {
    return nodes.stream()
        .allMatch(o -> nodes.stream().allMatch(n -> o.sees(n.name) == NodeState.ALIVE));
  }

  private static Node node(Map<String, Node> nodes, String name) {
    return Objects.requireNonNull(nodes.get(name), name);
  }

  private static void user(Node to, SerfMessage message) {
    to.handle(
        new Event.PacketReceived(
            List.of(new Message.User(SerfEncoder.encode(message))), address(9999)));
  }

  @Test
  void everyEventIsHeardByAllAndByEachOnce() {
    SeededCases.check(
        20,
        random -> {
          var ring = new Simulation(random, Network.LOSSY);
          var nodes = startRing(ring, random.nextInt(3, 41));
          var told = new ArrayList<UserEvent>();
          for (int i = 0; i < 50; i++) {
            var event = event("event-" + i);
            told.add(event);
            node(nodes, "n" + random.nextInt(nodes.size())).handle(new Event.Told(event));
            ring.run(random.nextLong(100 * MILLI));
          }
          long exchanges = 4 * Formulas.pushPullNanos(TIMING.pushPullIntervalNanos(), 50);
          ring.await(
              "all heard",
              exchanges,
              () -> nodes.values().stream().allMatch(n -> n.heard.size() >= 50));
          ring.run(60 * SECOND);
          assertThat(nodes.values())
              .allSatisfy(n -> assertThat(n.heard).containsExactlyInAnyOrderElementsOf(told));
        });
  }

  @Test
  void anEventReachesASmallRingAtOnceAndABurstWithinTwoRounds() {
    SeededCases.check(
        50,
        random -> {
          var ring = new Simulation(random, Network.GOOD);
          var nodes = startRing(ring, random.nextInt(3, 31));
          ring.run(10 * SECOND);
          node(nodes, "n1").handle(new Event.Told(event("first")));
          ring.await(
              "one hop",
              5 * MILLI,
              () -> nodes.values().stream().allMatch(n -> n.heard.contains(event("first"))));
          for (int i = 0; i < 40; i++) {
            node(nodes, "n1").handle(new Event.Told(event("more-" + i)));
          }
          ring.await(
              "the rest",
              2 * TIMING.gossipIntervalNanos(),
              () -> nodes.values().stream().allMatch(n -> n.heard.size() == 41));
        });
  }

  @Test
  void whoeverWasCutOffHearsOfItByPushPull() {
    SeededCases.check(
        10,
        random -> {
          var ring = new Simulation(random, Network.GOOD);
          var nodes = startRing(ring, 6);
          ring.partition(a -> a.equals(address(3)));
          node(nodes, "n1").handle(new Event.Told(event("missed")));
          ring.run(20 * SECOND);
          assertThat(node(nodes, "n3").heard).isEmpty();
          ring.heal();
          ring.await(
              "made good", 300 * SECOND, () -> node(nodes, "n3").heard.contains(event("missed")));
          ring.run(60 * SECOND);
          assertThat(node(nodes, "n3").heard).hasSize(1);
        });
  }

  @Test
  void aNodeThatJoinsHearsOnlyWhatIsToldFromThenOn() {
    var ring = new Simulation(new SplittableRandom(1), Network.GOOD);
    var nodes = startRing(ring, 4);
    node(nodes, "n1").handle(new Event.Told(event("old")));
    ring.run(60 * SECOND);
    Node late = ring.start(config("late", address(50), List.of(address(0)), TIMING));
    ring.run(60 * SECOND);
    assertThat(late.heard).isEmpty();
    node(nodes, "n2").handle(new Event.Told(event("new")));
    ring.run(SECOND);
    assertThat(late.heard).containsExactly(event("new"));
  }

  @Test
  void sharedStateGoesBothWaysWithEveryPushPull() {
    var ring = new Simulation(new SplittableRandom(1), Network.GOOD);
    Node a = ring.start(config("a", address(0), List.of(), TIMING));
    a.shared = "of a".getBytes(UTF_8);
    Node b = ring.start(config("b", address(1), List.of(address(0)), TIMING));
    b.shared = "of b".getBytes(UTF_8);
    ring.run(120 * SECOND);
    assertThat(a.sharedByOthers).isNotEmpty().allMatch(s -> new String(s, UTF_8).equals("of b"));
    assertThat(b.sharedByOthers).isNotEmpty().allMatch(s -> new String(s, UTF_8).equals("of a"));
  }

  @Test
  void aSharedStateThatIsTooLargeIsLeftOutAndTheRestOfThePushPullCounts() {
    var ring = new Simulation(new SplittableRandom(1), Network.GOOD);
    Node a = ring.start(config("a", address(0), List.of(), TIMING));
    a.shared = new byte[SerfLimits.DEFAULT.sharedBytes() + 1];
    Node b = ring.start(config("b", address(1), List.of(address(0)), TIMING));
    ring.run(60 * SECOND);
    assertThat(b.sees("a")).isEqualTo(NodeState.ALIVE);
    assertThat(b.sharedByOthers).isEmpty();
    assertThat(a.count(RingCounter.LIMIT_SHARED_BYTES, 0)).isPositive();
  }

  @Test
  void aFailedNodeThatAnOperatorSendsAwayHasLeftAndMayComeBack() {
    SeededCases.check(
        10,
        random -> {
          var ring = new Simulation(random, Network.LOSSY);
          var nodes = startRing(ring, random.nextInt(3, 12));
          Node victim = node(nodes, "n1");
          victim.kill();
          nodes.remove("n1");
          ring.await(
              "dead",
              120 * SECOND,
              () -> nodes.values().stream().allMatch(n -> n.sees("n1") == NodeState.DEAD));
          user(node(nodes, "n0"), new SerfMessage.Leave(1000, "n1"));
          ring.await(
              "left",
              10 * SECOND,
              () -> nodes.values().stream().allMatch(n -> n.sees("n1") == NodeState.LEFT));
          nodes.put("n1", ring.start(config("n1", address(1), List.of(address(0)), TIMING)));
          ring.await("back", 60 * SECOND, () -> allAlive(nodes.values()));
          ring.run(60 * SECOND);
          assertThat(allAlive(nodes.values())).isTrue();
        });
  }

  @Test
  void aNodeThatDoesNotLeaveRefutesThatItDoes() {
    SeededCases.check(
        10,
        random -> {
          var ring = new Simulation(random, Network.GOOD);
          var nodes = startRing(ring, 5);
          user(node(nodes, "n0"), new SerfMessage.Leave(1000, "n2"));
          ring.run(10 * SECOND);
          node(nodes, "n2").kill();
          nodes.remove("n2");
          ring.await(
              "failed, not gone",
              120 * SECOND,
              () -> nodes.values().stream().allMatch(n -> n.sees("n2") == NodeState.DEAD));
        });
  }

  @Test
  void aNodeOfAnOldVersionThatMeantToLeaveHasLeftThoughOthersSayThatItIsDead() {
    var ring = new Simulation(new SplittableRandom(1), Network.GOOD);
    var nodes = startRing(ring, 3);
    user(node(nodes, "n0"), new SerfMessage.Join(400, "n2"));
    node(nodes, "n2").kill();
    user(node(nodes, "n0"), new SerfMessage.Leave(500, "n2"));
    long incarnation = node(nodes, "n0").member("n2").incarnation();
    ring.inject(node(nodes, "n0"), new Message.Dead(incarnation, "n2", "n1"));
    assertThat(node(nodes, "n0").sees("n2")).isEqualTo(NodeState.LEFT);
  }

  @Test
  void intentsOfStrangersAreRememberedAndBounded() {
    var ring = new Simulation(new SplittableRandom(1), Network.GOOD);
    Node a = ring.start(config("a", address(0), List.of(), TIMING));
    user(a, new SerfMessage.Leave(10, "b"));
    Node b = ring.start(config("b", address(1), List.of(), TIMING));
    ring.inject(a, new Message.Alive(1, "b", b.address, new Meta(new byte[0]), Versions.OURS));
    ring.inject(a, new Message.Dead(1, "b", "c"));
    assertThat(a.sees("b")).as("it had meant to leave").isEqualTo(NodeState.LEFT);
    for (int i = 0; i < 2 * SerfLimits.DEFAULT.intents(); i++) {
      user(a, new SerfMessage.Join(10, "stranger-" + i));
    }
    assertThat(a.count(RingCounter.LIMIT_INTENTS, 0)).isEqualTo(SerfLimits.DEFAULT.intents());
  }

  @Test
  void aQueryIsPassedOnToAllAndAnsweredByMembersToMembersOnly() {
    var ring = new Simulation(new SplittableRandom(1), Network.GOOD);
    var nodes = startRing(ring, 6);
    var query =
        new SerfMessage.Query(7, 99, address(2), List.of(), 1, 0, "_serf_ping", new byte[0]);
    user(node(nodes, "n0"), query);
    user(node(nodes, "n0"), query);
    ring.run(5 * SECOND);
    assertThat(nodes.values())
        .allSatisfy(n -> assertThat(n.count(RingCounter.QUERIES, 0)).isEqualTo(1))
        .allSatisfy(n -> assertThat(n.count(RingCounter.QUERY_RESPONSES, 0)).isEqualTo(1));

    var forged =
        new SerfMessage.Query(8, 1, address(777), List.of(), 1, 0, "_serf_ping", new byte[0]);
    user(node(nodes, "n0"), forged);
    ring.run(5 * SECOND);
    assertThat(nodes.values())
        .allSatisfy(n -> assertThat(n.count(RingCounter.DROPPED_STRANGER, 0)).isEqualTo(1))
        .allSatisfy(n -> assertThat(n.count(RingCounter.QUERY_RESPONSES, 0)).isEqualTo(1));
  }

  @Test
  void aFloodOfEventsIsBoundedAndCounted() {
    var ring = new Simulation(new SplittableRandom(1), Network.GOOD);
    Node a = ring.start(config("a", address(0), List.of(), TIMING));
    int flood = 2 * SerfLimits.DEFAULT.events();
    for (int i = 0; i < flood; i++) {
      user(a, new SerfMessage.Event(5, event("flood-" + i)));
    }
    assertThat(a.heard).hasSize(SerfLimits.DEFAULT.events());
    assertThat(a.count(RingCounter.LIMIT_EVENTS, 0)).isEqualTo(flood - SerfLimits.DEFAULT.events());
    assertThat(new HashSet<>(a.heard)).hasSize(SerfLimits.DEFAULT.events());
  }
}
