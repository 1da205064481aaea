package io.gatehouse.membership;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.membership.RingMemory.Known;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** How a node looks for the ring: what it asks for, and when it asks again. */
final class SeedsTest {
  private static final Timing TIMING = Timing.DEFAULT;
  private static final InetSocketAddress SELF = address(1);
  private static final InetSocketAddress NAME =
      InetSocketAddress.createUnresolved("ring.example.com", 7946);

  private final Map<RingCounter, Long> counted = new EnumMap<>(RingCounter.class);
  private long now = 1000;

  private static InetSocketAddress address(int host) {
    try {
      byte[] ip = {(byte) 192, 0, 2, (byte) host};
      return new InetSocketAddress(InetAddress.getByAddress(ip), 7946);
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  private Swim swim(RingMemory memory, InetSocketAddress... seeds) {
    var config = new RingConfig("self", SELF, List.of(seeds), Map.of(), TIMING, Limits.DEFAULT);
    return new Swim(
        config,
        SELF,
        memory,
        new SplittableRandom(1),
        counter -> counted.merge(counter, 1L, Long::sum),
        () -> new byte[0],
        now);
  }

  private List<Effect> step(Swim swim, Event event) {
    return swim.step(event, now);
  }

  private static List<InetSocketAddress> asked(List<Effect> effects) {
    var asked = new ArrayList<InetSocketAddress>();
    for (Effect effect : effects) {
      if (effect instanceof Effect.OpenExchange(var to, var bytes) && bytes.length > 0) {
        asked.add(to);
      }
    }
    return asked;
  }

  private long waitFor(List<Effect> effects, Timer timer) {
    return effects.stream()
        .filter(e -> e instanceof Effect.Schedule(var t, var at) && t.equals(timer) && at > 0)
        .mapToLong(e -> ((Effect.Schedule) e).atNanos() - now)
        .findFirst()
        .orElseThrow();
  }

  private static Event answer(InetSocketAddress from) {
    var entry =
        new Message.Entry(
            "n" + from, from, new Meta(new byte[0]), 1, NodeState.ALIVE, Versions.OURS);
    return new Event.ExchangeAnswered(
        from, from, new Message.PushPull(false, List.of(entry), UserData.NONE));
  }

  @Test
  void aNameIsLookedUpAtEachAttemptAndAllItsAddressesAreTried() {
    Swim swim = swim(RingMemory.NONE, NAME);
    assertThat(step(swim, new Event.Started())).contains(new Effect.ResolveSeed(NAME));
    var first = new Event.SeedResolved(NAME, List.of(address(2), SELF, address(3)));
    assertThat(asked(step(swim, first))).containsExactly(address(2), address(3));
    step(swim, answer(address(2)));
    step(swim, new Event.ExchangeFailed(address(3)));
    assertThat(step(swim, new Event.TimerDue(new Timer.Rejoin(NAME))))
        .contains(new Effect.ResolveSeed(NAME));
    var second = new Event.SeedResolved(NAME, List.of(address(2), address(3), address(4)));
    assertThat(asked(step(swim, second)))
        .as("whoever is an alive member is not asked")
        .containsExactly(address(3), address(4));
  }

  @Test
  void aNameThatLeadsNowhereIsAskedForEverAndMoreSlowly() {
    Swim swim = swim(RingMemory.NONE, NAME);
    step(swim, new Event.Started());
    long longest = 0;
    for (int i = 0; i < 20; i++) {
      step(swim, new Event.SeedResolved(NAME, List.of()));
      var effects = step(swim, new Event.TimerDue(new Timer.Rejoin(NAME)));
      assertThat(effects).contains(new Effect.ResolveSeed(NAME));
      longest = Math.max(longest, waitFor(effects, new Timer.Rejoin(NAME)));
    }
    assertThat(longest)
        .isBetween((long) (0.7 * TIMING.rejoinMaxNanos()), (long) (1.3 * TIMING.rejoinMaxNanos()));
    assertThat(counted).containsEntry(RingCounter.SEEDS_UNRESOLVED, 20L);
  }

  @Test
  void aNameIsNotLookedUpAgainWhileItIsBeingLookedUp() {
    Swim swim = swim(RingMemory.NONE, NAME);
    step(swim, new Event.Started());
    assertThat(step(swim, new Event.TimerDue(new Timer.Rejoin(NAME))))
        .doesNotContain(new Effect.ResolveSeed(NAME));
  }

  @Test
  void noMoreThanSixtyFourAddressesOfANameAreTried() {
    Swim swim = swim(RingMemory.NONE, NAME);
    step(swim, new Event.Started());
    var many = IntStream.range(10, 110).mapToObj(SeedsTest::address).toList();
    assertThat(asked(step(swim, new Event.SeedResolved(NAME, many)))).hasSize(64);
  }

  @Test
  void oldAcquaintancesAreAskedAtTheStartAndWheneverNobodyIsLeft() {
    var memory =
        new RingMemory(7, List.of(new Known("b", address(2)), new Known("self", address(9))));
    Swim swim = swim(memory);
    assertThat(asked(step(swim, new Event.Started()))).containsExactly(address(2));
    step(swim, answer(address(3)));
    assertThat(asked(step(swim, new Event.TimerDue(new Timer.Recall())))).isEmpty();
    String third = "n" + address(3);
    var dead = new Message.Dead(1, third, "x");
    step(swim, new Event.PacketReceived(List.of(dead), address(3)));
    now += TIMING.gossipToTheDeadNanos() + 1_000_000_000L;
    step(swim, new Event.TimerDue(new Timer.Probe()));
    assertThat(swim.memory().members())
        .containsExactlyInAnyOrder(new Known("b", address(2)), new Known(third, address(3)));
    assertThat(asked(step(swim, new Event.TimerDue(new Timer.Recall()))))
        .containsExactlyInAnyOrder(address(2), address(3));
  }

  @Test
  void whoeverSaidGoodbyeIsForgotten() {
    Swim swim = swim(new RingMemory(7, List.of(new Known("b", address(2)))));
    step(swim, new Event.Started());
    var alive = new Message.Alive(3, "b", address(2), new Meta(new byte[0]), Versions.OURS);
    step(swim, new Event.PacketReceived(List.of(alive), address(2)));
    assertThat(swim.memory().members()).containsExactly(new Known("b", address(2)));
    step(swim, new Event.PacketReceived(List.of(new Message.Dead(3, "b", "b")), address(2)));
    assertThat(swim.memory().members()).isEmpty();
    now += TIMING.gossipToTheDeadNanos() + 1_000_000_000L;
    step(swim, new Event.TimerDue(new Timer.Probe()));
    assertThat(swim.memory().members()).isEmpty();
  }

  @Test
  void aNewLifeBeginsAboveTheLast() {
    assertThat(swim(new RingMemory(7, List.of())).memory().incarnation()).isEqualTo(107);
    assertThat(swim(RingMemory.NONE).memory().incarnation()).isEqualTo(1);
  }
}
