package io.gatehouse.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatehouse.transport.Transport;
import io.netty.channel.EventLoopGroup;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The façade on real sockets. */
final class RingTest {
  private Transport transport = Transport.choose(Transport.Choice.AUTO);
  private @Nullable EventLoopGroup loops;

  @AfterEach
  void stopLoop() {
    if (loops != null) {
      loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
    }
  }

  private void startLoop(Transport.Choice choice) {
    transport = Transport.choose(choice);
    loops = transport.eventLoops("ring", 1);
  }

  private RingConfig config(String node, InetSocketAddress bind, InetSocketAddress... seeds) {
    return new RingConfig(
        node, bind, List.of(seeds), Map.of("role", "l7"), Timing.LOCAL, Limits.DEFAULT);
  }

  private Ring start(RingConfig config) {
    return Ring.start(config, transport, Objects.requireNonNull(loops).next());
  }

  private static Member member(Ring ring, String name) {
    return Objects.requireNonNull(ring.view().members().get(name), name);
  }

  @ParameterizedTest
  @EnumSource(
      value = Transport.Choice.class,
      names = {"AUTO", "EPOLL"})
  void aRingOfOneHoldsThatNode(Transport.Choice choice) throws Exception {
    startLoop(choice);
    try (var ring = start(config("a", new InetSocketAddress("127.0.0.1", 0)))) {
      Member self = member(ring, "a");
      assertThat(self.state()).isEqualTo(NodeState.ALIVE);
      assertThat(self.address().getPort()).isPositive();
      assertThat(self.tags()).containsEntry("role", "l7");

      var views = new LinkedBlockingQueue<ClusterView>();
      ring.onChange(views::add);
      assertThat(views.poll(10, TimeUnit.SECONDS)).isEqualTo(ring.view());
      ring.updateTags(Map.of("role", "l7", Member.TAG_DRAINING, "true"));
      ClusterView drained = views.poll(10, TimeUnit.SECONDS);
      assertThat(drained).isNotNull();
      assertThat(drained.members().get("a")).satisfies(m -> assertThat(m.draining()).isTrue());
      ring.leave();
      assertThat(member(ring, "a").state()).isEqualTo(NodeState.LEFT);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Transport.Choice.class,
      names = {"AUTO", "EPOLL"})
  void saysWhichAddressItCannotBind(Transport.Choice choice) {
    startLoop(choice);
    try (var ring = start(config("a", new InetSocketAddress("127.0.0.1", 0)))) {
      var taken = member(ring, "a").address();
      assertThatThrownBy(() -> start(config("b", taken)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining(Integer.toString(taken.getPort()));
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Transport.Choice.class,
      names = {"AUTO", "EPOLL"})
  void refusesTagsThatAreTooLarge(Transport.Choice choice) {
    startLoop(choice);
    try (var ring = start(config("a", new InetSocketAddress("127.0.0.1", 0)))) {
      assertThatThrownBy(() -> ring.updateTags(Map.of("role", "x".repeat(512))))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("at most 512");
    }
  }
}
