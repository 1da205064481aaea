package io.gatehouse.membership;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.transport.Transport;
import io.netty.channel.EventLoopGroup;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Three nodes, each at a loopback address of its own, on real UDP and TCP. */
final class RingOnSocketsTest {
  private final List<Ring> rings = new ArrayList<>();
  private final List<EventLoopGroup> loops = new ArrayList<>();

  @AfterEach
  void stop() {
    rings.forEach(Ring::close);
    loops.forEach(l -> l.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly());
  }

  private Ring start(Transport.Choice choice, String node, InetSocketAddress bind, Ring... seeds) {
    var transport = Transport.choose(choice);
    var group = transport.eventLoops("ring-" + node, 1);
    loops.add(group);
    var addresses = new ArrayList<InetSocketAddress>();
    for (Ring seed : seeds) {
      // A name that is resolved at each attempt, as a configuration may have it.
      InetSocketAddress a = address(seed, "a");
      addresses.add(InetSocketAddress.createUnresolved(a.getHostString(), a.getPort()));
    }
    var config =
        new RingConfig(node, bind, addresses, Map.of("role", "l7"), Timing.LOCAL, Limits.DEFAULT);
    Ring ring = Ring.start(config, transport, group.next());
    rings.add(ring);
    return ring;
  }

  private static InetSocketAddress address(Ring ring, String node) {
    return Objects.requireNonNull(ring.view().members().get(node)).address();
  }

  private static InetSocketAddress loopback(int host) {
    return new InetSocketAddress("127.0.0." + host, 0);
  }

  private static void await(Ring ring, String what, Predicate<ClusterView> wanted)
      throws InterruptedException {
    var seen = new CountDownLatch(1);
    ring.onChange(
        view -> {
          if (wanted.test(view)) {
            seen.countDown();
          }
        });
    assertThat(seen.await(20, TimeUnit.SECONDS)).as("%s; last view %s", what, ring.view()).isTrue();
  }

  private static Predicate<ClusterView> state(String node, NodeState state) {
    return view -> {
      Member member = view.members().get(node);
      return member != null && member.state() == state;
    };
  }

  @ParameterizedTest
  @EnumSource(
      value = Transport.Choice.class,
      names = {"AUTO", "EPOLL"})
  void nodesJoinDrainLeaveDieAndComeBack(Transport.Choice choice) throws Exception {
    Ring a = start(choice, "a", loopback(1), new Ring[0]);
    Ring b = start(choice, "b", loopback(2), a);
    Ring c = start(choice, "c", loopback(3), a);
    InetSocketAddress cAddress = address(c, "c");
    for (Ring ring : List.of(a, b, c)) {
      for (String node : List.of("a", "b", "c")) {
        await(ring, node + " joins", state(node, NodeState.ALIVE));
      }
    }

    b.updateTags(Map.of("role", "l7", Member.TAG_DRAINING, "true"));
    await(a, "b drains", v -> Objects.requireNonNull(v.members().get("b")).draining());
    await(c, "b drains", v -> Objects.requireNonNull(v.members().get("b")).draining());

    b.leave();
    await(a, "b leaves", state("b", NodeState.LEFT));
    await(c, "b leaves", state("b", NodeState.LEFT));
    b.close();

    c.close();
    await(a, "c is suspected", state("c", NodeState.SUSPECT));
    await(a, "c dies", state("c", NodeState.DEAD));

    start(choice, "c", cAddress, a);
    await(a, "c comes back", state("c", NodeState.ALIVE));
    assertThat(a.counters().sum(RingCounter.INTERNAL_ERRORS)).isZero();
    assertThat(a.counters().sum(RingCounter.PACKETS_RECEIVED)).isPositive();
    assertThat(a.counters().sum(RingCounter.DROPPED_MALFORMED)).isZero();
  }
}
