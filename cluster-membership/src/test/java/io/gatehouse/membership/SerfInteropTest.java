package io.gatehouse.membership;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.transport.Transport;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** A node of ours and a real Serf agent in one ring. */
final class SerfInteropTest {

  private static void await(Ring ring, Predicate<Member> wanted, String node) throws Exception {
    var seen = new CountDownLatch(1);
    ring.onChange(
        view -> {
          Member member = view.members().get(node);
          if (member != null && wanted.test(member)) {
            seen.countDown();
          }
        });
    assertThat(seen.await(20, TimeUnit.SECONDS)).as("last view %s", ring.view()).isTrue();
  }

  private static Ring start(Transport transport, EventLoop loop, List<InetSocketAddress> seeds) {
    var config =
        new RingConfig(
            "front-1",
            new InetSocketAddress("127.0.0.1", 0),
            seeds,
            Map.of("role", "l7"),
            Timing.LOCAL,
            Limits.DEFAULT);
    return Ring.start(config, transport, loop);
  }

  @Test
  void aSerfAgentListsTheNodeAndTheNodeListsTheAgent() throws Exception {
    var transport = Transport.choose(Transport.Choice.AUTO);
    var loops = transport.eventLoops("ring", 1);
    try (var agent = SerfAgent.start("oracle-1")) {
      try (var ring = start(transport, loops.next(), List.of(agent.gossipAddress()))) {
        await(ring, m -> m.state() == NodeState.ALIVE, "oracle-1");
        Member oracle = Objects.requireNonNull(ring.view().members().get("oracle-1"));
        assertThat(oracle.tags()).containsEntry("role", "oracle");
        assertThat(oracle.address()).isEqualTo(agent.gossipAddress());

        agent.awaitMember("front-1", l -> l.contains("alive") && l.contains("role=l7"));
        ring.updateTags(Map.of("role", "l7", Member.TAG_DRAINING, "true"));
        agent.awaitMember("front-1", l -> l.contains("draining=true"));

        awaitProbes(ring, 10);
        assertThat(ring.counters().sum(RingCounter.PROBE_FAILURES)).isZero();
        assertThat(ring.counters().sum(RingCounter.DROPPED_MALFORMED)).isZero();
        assertThat(ring.counters().sum(RingCounter.DROPPED_COMPRESSED)).isZero();
        assertThat(ring.counters().sum(RingCounter.DROPPED_CHECKSUM)).isZero();
        agent.awaitMember("front-1", l -> l.contains("alive"));

        ring.leave();
        agent.awaitMember("front-1", l -> !l.contains("alive"));
      }
    } finally {
      loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
    }
  }

  @Test
  void aSerfAgentJoinsThroughTheNodeAndItsDeathIsSeen() throws Exception {
    var transport = Transport.choose(Transport.Choice.EPOLL);
    var loops = transport.eventLoops("ring", 1);
    try (var agent = SerfAgent.start("oracle-2");
        var ring = start(transport, loops.next(), List.of())) {
      agent.awaitMember("oracle-2", l -> l.contains("alive"));
      agent.join(Objects.requireNonNull(ring.view().members().get("front-1")).address());
      await(ring, m -> m.state() == NodeState.ALIVE, "oracle-2");
      agent.awaitMember("front-1", l -> l.contains("alive"));
      agent.kill();
      await(ring, m -> m.state() == NodeState.DEAD, "oracle-2");
    } finally {
      loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
    }
  }

  private static void awaitProbes(Ring ring, long count) throws InterruptedException {
    long start = System.nanoTime();
    while (ring.counters().sum(RingCounter.PROBES) < count) {
      assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(20));
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }
}
