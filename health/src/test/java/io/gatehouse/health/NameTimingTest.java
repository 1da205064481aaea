package io.gatehouse.health;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.transport.LoopCounters;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When a name is asked for again, on a clock that the test moves. */
class NameTimingTest {
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final Scripted lookup = new Scripted();
  private final LoopCounters<HealthCounter> counters = new LoopCounters<>(HealthCounter.class, 1);
  private final NamedEndpoint endpoint =
      new NamedEndpoint(
          new Endpoint("app", InetSocketAddress.createUnresolved("app.test", 80), 1),
          channel.eventLoop(),
          lookup,
          counters.shard(0),
          () -> {});

  /** Gives the same answer for both families. */
  private static final class Scripted implements NameLookup {
    Answer answer = new Answer.Failed("nobody is there");
    int asked;

    @Override
    public void find(String name, boolean ipv6, Consumer<Answer> told) {
      asked += ipv6 ? 0 : 1;
      told.accept(answer);
    }

    @Override
    public void close() {}
  }

  private void start() {
    channel.freezeTime();
    endpoint.start();
  }

  private void advance(long seconds) {
    channel.advanceTimeBy(seconds, SECONDS);
    channel.runScheduledPendingTasks();
  }

  @ParameterizedTest
  @CsvSource({"30, 30", "0, 1", "86400, 300"})
  void asksAgainWhenTheTimeIsOver(long ttlSeconds, long waitSeconds) {
    lookup.answer =
        new NameLookup.Answer.Found(
            List.of(InetAddress.ofLiteral("192.0.2.1")), SECONDS.toNanos(ttlSeconds));
    start();
    assertThat(lookup.asked).isEqualTo(1);
    advance(waitSeconds - 1);
    assertThat(lookup.asked).isEqualTo(1);
    advance(1);
    assertThat(lookup.asked).isEqualTo(2);
  }

  @Test
  void asksLessAndLessOftenWhileNobodyCanSay() {
    start();
    int asked = 1;
    for (int wait : new int[] {1, 2, 4, 8, 16, 30, 30}) {
      advance(wait - 1);
      assertThat(lookup.asked).isEqualTo(asked);
      advance(1);
      assertThat(lookup.asked).isEqualTo(++asked);
    }
    assertThat(counters.sum(HealthCounter.NAME_LOOKUPS_FAILED)).isEqualTo(asked);
  }

  @Test
  void takesABoundedNumberOfAddresses() {
    lookup.answer =
        new NameLookup.Answer.Found(
            IntStream.range(0, 200).mapToObj(i -> InetAddress.ofLiteral("192.0.2." + i)).toList(),
            SECONDS.toNanos(60));
    start();
    assertThat(endpoint.endpoints()).hasSize(NamedEndpoint.MAX_ADDRESSES);
  }

  @Test
  void asksNothingOnceClosed() {
    start();
    endpoint.close();
    advance(3_600);
    assertThat(lookup.asked).isEqualTo(1);
  }
}
