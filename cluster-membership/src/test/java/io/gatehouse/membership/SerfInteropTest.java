package io.gatehouse.membership;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.transport.Transport;
import io.netty.channel.EventLoopGroup;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nodes of ours and real Serf agents in one ring. */
final class SerfInteropTest {
  /** The agent's compression is off where this ring does not read it. */
  private static final String PLAIN = "-disable-compression";

  private final Transport transport = Transport.choose(Transport.Choice.AUTO);
  private final EventLoopGroup loops = transport.eventLoops("ring", 2);
  private final List<Ring> rings = new ArrayList<>();

  @AfterEach
  void stop() {
    rings.forEach(Ring::close);
    loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
  }

  private Ring start(String node, InetSocketAddress... seeds) {
    var config =
        new RingConfig(
            node,
            new InetSocketAddress("127.0.0.1", 0),
            List.of(seeds),
            Map.of("role", "l7"),
            Timing.LOCAL,
            Limits.DEFAULT);
    var ring = Ring.start(config, transport, loops.next());
    rings.add(ring);
    return ring;
  }

  private static InetSocketAddress address(Ring ring, String node) {
    return Objects.requireNonNull(ring.view().members().get(node)).address();
  }

  private static void await(Ring ring, String node, Predicate<Member> wanted) throws Exception {
    var seen = new CountDownLatch(1);
    ring.onChange(
        view -> {
          Member member = view.members().get(node);
          if (member != null && wanted.test(member)) {
            seen.countDown();
          }
        });
    assertThat(seen.await(40, TimeUnit.SECONDS)).as("last view %s", ring.view()).isTrue();
  }

  private static void await(Ring ring, String node, NodeState state) throws Exception {
    await(ring, node, member -> member.state() == state);
  }

  private static void await(String what, BooleanSupplier done) throws InterruptedException {
    long start = System.nanoTime();
    while (!done.getAsBoolean()) {
      assertThat(System.nanoTime() - start).as(what).isLessThan(TimeUnit.SECONDS.toNanos(40));
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  private static Predicate<String> says(String... words) {
    return line -> List.of(words).stream().allMatch(line::contains);
  }

  @Test
  void aSerfAgentListsTheNodeAndTheNodeListsTheAgent() throws Exception {
    try (var agent = SerfAgent.start("oracle", PLAIN)) {
      var ring = start("front", agent.gossipAddress());
      await(ring, "oracle", NodeState.ALIVE);
      Member oracle = Objects.requireNonNull(ring.view().members().get("oracle"));
      assertThat(oracle.tags()).containsEntry("role", "oracle");
      assertThat(oracle.address()).isEqualTo(agent.gossipAddress());

      agent.awaitMember("front", says("alive", "role=l7"));
      ring.updateTags(Map.of("role", "l7", Member.TAG_DRAINING, "true"));
      agent.awaitMember("front", says("draining=true"));

      await("probes", () -> ring.counters().sum(RingCounter.PROBES) > 10);
      assertThat(ring.roundTrips()).containsOnlyKeys("oracle");
      assertThat(ring.roundTrips().get("oracle")).isBetween(1L, TimeUnit.SECONDS.toNanos(1));
      assertNothingIsWrong(ring, agent);
      agent.awaitMember("front", says("alive"));
    }
  }

  private static void assertNothingIsWrong(Ring ring, SerfAgent agent) throws Exception {
    for (RingCounter counter :
        List.of(
            RingCounter.PROBE_FAILURES,
            RingCounter.DROPPED_MALFORMED,
            RingCounter.DROPPED_SERF,
            RingCounter.DROPPED_STRANGER,
            RingCounter.DROPPED_COMPRESSED,
            RingCounter.DROPPED_CHECKSUM,
            RingCounter.DROPPED_UNKNOWN_TYPE,
            RingCounter.STREAM_MALFORMED,
            RingCounter.INTERNAL_ERRORS)) {
      assertThat(ring.counters().sum(counter)).as("%s", counter).isZero();
    }
    assertThat(agent.complaints()).isEmpty();
  }

  @Test
  void whoeverLeavesHasLeftForTheOtherAndHasNotFailed() throws Exception {
    try (var agent = SerfAgent.start("oracle", PLAIN);
        var other = SerfAgent.start("other", PLAIN)) {
      other.join(agent.gossipAddress());
      var ring = start("front", agent.gossipAddress());
      await(ring, "other", NodeState.ALIVE);
      agent.awaitMember("front", says("alive"));
      other.awaitMember("front", says("alive"));

      other.leave();
      await(ring, "other", NodeState.LEFT);
      assertThat(ring.counters().sum(RingCounter.DEATHS)).isZero();

      ring.leave();
      agent.awaitMember("front", says("left"));
      assertThat(agent.log()).contains("EventMemberLeave: front").doesNotContain("Failed");
      assertNothingIsWrong(ring, agent);
    }
  }

  @Test
  void anAgentThatIsKilledIsDeadAndAnOperatorSendsItAway() throws Exception {
    try (var agent = SerfAgent.start("oracle", PLAIN);
        var victim = SerfAgent.start("victim", PLAIN)) {
      var ring = start("front");
      agent.awaitMember("oracle", says("alive"));
      victim.awaitMember("victim", says("alive"));
      agent.join(address(ring, "front"));
      victim.join(address(ring, "front"));
      await(ring, "victim", NodeState.ALIVE);
      agent.awaitMember("victim", says("alive"));

      victim.kill();
      await(ring, "victim", NodeState.DEAD);
      agent.awaitMember("victim", says("failed"));
      agent.forceLeave("victim");
      await(ring, "victim", NodeState.LEFT);
      agent.awaitMember("victim", says("left"));
    }
  }

  @Test
  void anAgentThatSleepsIsDeadAndComesBackByItself() throws Exception {
    try (var agent = SerfAgent.start("oracle", PLAIN)) {
      var ring = start("front", agent.gossipAddress());
      await(ring, "oracle", NodeState.ALIVE);
      agent.signal("STOP");
      await(ring, "oracle", NodeState.DEAD);
      agent.signal("CONT");
      await(ring, "oracle", NodeState.ALIVE);
      agent.awaitMember("front", says("alive"));
    }
  }

  @Test
  void userEventsGoBothWaysAndTheMonitorShowsThem() throws Exception {
    try (var agent = SerfAgent.start("oracle", PLAIN)) {
      var front = start("front", agent.gossipAddress());
      var back = start("back", address(front, "front"));
      var atFront = new LinkedBlockingQueue<UserEvent>();
      var atBack = new LinkedBlockingQueue<UserEvent>();
      front.onEvent(atFront::add);
      back.onEvent(atBack::add);
      agent.awaitMember("back", says("alive"));
      await(front, "back", NodeState.ALIVE);
      await(back, "oracle", NodeState.ALIVE);

      agent.event("deploy", "now");
      var deploy = new UserEvent("deploy", "now".getBytes(UTF_8), false);
      assertThat(atFront.poll(20, TimeUnit.SECONDS)).isEqualTo(deploy);
      assertThat(atBack.poll(20, TimeUnit.SECONDS)).isEqualTo(deploy);

      Path monitor = agent.monitor();
      var ours = new UserEvent("health", "b1 is down".getBytes(UTF_8), false);
      back.broadcast(ours);
      agent.await(monitor, "Name: \"health\"");
      agent.await(monitor, goBytes(ours.payload()));
      assertThat(atFront.poll(20, TimeUnit.SECONDS)).isEqualTo(ours);
      assertThat(atBack.poll(20, TimeUnit.SECONDS)).as("its own").isEqualTo(ours);
      assertThat(atFront).isEmpty();
      assertThat(atBack).isEmpty();
      assertNothingIsWrong(front, agent);
    }
  }

  /** As Go's {@code %#v} writes bytes. */
  private static String goBytes(byte[] bytes) {
    return "[]byte{0x" + HexFormat.ofDelimiter(", 0x").formatHex(bytes).replace("0x0", "0x") + "}";
  }

  @Test
  void aSharedStateIsCarriedPastAnAgentThatPassesItOver() throws Exception {
    try (var agent = SerfAgent.start("oracle", PLAIN)) {
      var front = start("front", agent.gossipAddress());
      var atFront = new LinkedBlockingQueue<String>();
      var atBack = new LinkedBlockingQueue<String>();
      front.share(shared("of front" + "x".repeat(100_000), atFront));
      var back = start("back", agent.gossipAddress(), address(front, "front"));
      back.share(shared("of back", atBack));
      assertThat(atFront.poll(40, TimeUnit.SECONDS)).isEqualTo("of back");
      assertThat(atBack.poll(40, TimeUnit.SECONDS)).startsWith("of front");
      agent.awaitMember("front", says("alive"));
      agent.awaitMember("back", says("alive"));
      assertNothingIsWrong(front, agent);
      assertNothingIsWrong(back, agent);
    }
  }

  private static SharedState shared(String local, LinkedBlockingQueue<String> remote) {
    return new SharedState() {
      @Override
      public byte[] local() {
        return local.getBytes(UTF_8);
      }

      @Override
      public void merge(byte[] state) {
        remote.add(new String(state, UTF_8));
      }
    };
  }

  @Test
  void serfKeysRotatesTheKeysOfAMixedRingWithoutAGap(@TempDir Path directory) throws Exception {
    GossipKey old = GossipKey.of("0123456789abcdef".getBytes(UTF_8));
    GossipKey fresh = GossipKey.of("fedcba9876543210fedcba9876543210".getBytes(UTF_8));
    for (String file : List.of("agent", "front")) {
      KeyringFile.write(directory.resolve(file), List.of(old));
    }
    try (var agent = SerfAgent.start("oracle", "-keyring-file=" + directory.resolve("agent"))) {
      var config =
          new RingConfig(
              "front",
              new InetSocketAddress("127.0.0.1", 0),
              List.of(agent.gossipAddress()),
              Map.of("role", "l7"),
              Timing.LOCAL,
              Limits.DEFAULT,
              new RingSecurity(new RingKeys.InFile(directory.resolve("front")), ""),
              Optional.empty());
      var ring = Ring.start(config, transport, loops.next());
      rings.add(ring);
      await(ring, "oracle", NodeState.ALIVE);
      agent.awaitMember("front", says("alive"));

      assertThat(agent.keys("-install=" + fresh.base64())).contains("Successfully installed");
      assertThat(ring.keyRing().keys()).containsExactly(old, fresh);
      assertThat(agent.keys("-list").replaceAll(" +", " "))
          .contains(old.base64() + " [2/2]")
          .contains(fresh.base64() + " [2/2]");
      assertThat(agent.keys("-use=" + fresh.base64())).contains("Successfully changed");
      assertThat(ring.keyRing().keys()).containsExactly(fresh, old);
      assertThat(agent.keys("-remove=" + old.base64())).contains("Successfully removed");
      assertThat(ring.keyRing().keys()).containsExactly(fresh);
      assertThat(KeyringFile.read(directory.resolve("front"))).containsExactly(fresh);

      long probes = ring.counters().sum(RingCounter.PROBES);
      await("probes", () -> ring.counters().sum(RingCounter.PROBES) > probes + 10);
      assertThat(ring.counters().sum(RingCounter.PROBE_FAILURES)).isZero();
      assertThat(ring.counters().sum(RingCounter.DEATHS)).isZero();
      agent.awaitMember("front", says("alive"));
    }
  }

  @Test
  void anAgentsQueryIsAcknowledgedByEveryNode() throws Exception {
    try (var agent = SerfAgent.start("oracle", PLAIN)) {
      var front = start("front", agent.gossipAddress());
      var back = start("back", address(front, "front"));
      agent.awaitMember("front", says("alive"));
      agent.awaitMember("back", says("alive"));
      await(back, "oracle", NodeState.ALIVE);
      assertThat(agent.query("-timeout=3s", "uptime"))
          .contains("Ack from 'front'")
          .contains("Ack from 'back'");
      assertThat(agent.query("-timeout=3s", "-node=front", "uptime"))
          .contains("Ack from 'front'")
          .doesNotContain("Ack from 'back'");
      assertThat(agent.query("-timeout=3s", "-tag=role=l7", "-relay-factor=2", "uptime"))
          .contains("Ack from 'front'")
          .contains("Ack from 'back'")
          .doesNotContain("Ack from 'oracle'");
      assertNothingIsWrong(front, agent);
    }
  }
}
