package io.gatehouse.health;

import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.transport.Transport;
import io.netty.channel.EventLoopGroup;
import io.netty.resolver.dns.SingletonDnsServerAddressStreamProvider;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Backends by name, with a name server that the test runs. */
class NamedEndpointTest {
  private static final Transport TRANSPORT = Transport.choose(Transport.Choice.AUTO);

  private final EventLoopGroup group = TRANSPORT.eventLoops("health", 1);
  private final BlockingQueue<HealthSnapshot> published = new LinkedBlockingQueue<>();
  private final NameServer server = new NameServer();
  private final HealthMonitor monitor;

  NamedEndpointTest() throws IOException {
    server.tell(1, "127.0.0.11", "127.0.0.12");
    var endpoints =
        List.of(
            new Endpoint("first", new InetSocketAddress("127.0.0.1", 1), 1),
            new Endpoint("app", InetSocketAddress.createUnresolved("app.test", 8080), 7));
    monitor =
        ProbingMonitor.start(
            new HealthConfig("self", List.of(new PoolHealth("web", endpoints, null, false))),
            null,
            TRANSPORT,
            group.next(),
            new ProbingMonitor.Seams(
                InstantSource.system(),
                new SplittableRandom(1),
                Prober::plainLocalHeader,
                new SingletonDnsServerAddressStreamProvider(server.address()),
                Prober.MAX_CONCURRENT));
    monitor.onChange(published::add);
  }

  @AfterEach
  void stop() {
    monitor.close();
    group.shutdownGracefully(0, 5, SECONDS).syncUninterruptibly();
    server.close();
  }

  private static List<String> names(HealthSnapshot snapshot) {
    return snapshot.pool("web").stream().map(h -> h.endpoint().name()).toList();
  }

  private void awaitNames(String... expected) throws InterruptedException {
    long deadline = System.nanoTime() + SECONDS.toNanos(20);
    List<String> last = List.of();
    while (!last.equals(List.of(expected))) {
      var snapshot = published.poll(deadline - System.nanoTime(), NANOSECONDS);
      assertThat(snapshot).as("last: %s", last).isNotNull();
      last = names(snapshot);
    }
  }

  private static void await(BooleanSupplier condition) {
    long deadline = System.nanoTime() + SECONDS.toNanos(20);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime() - deadline).isNegative();
      LockSupport.parkNanos(5_000_000);
    }
  }

  @Test
  void makesAnEndpointOfEachAddress() throws Exception {
    awaitNames("first", "app/127.0.0.11", "app/127.0.0.12");
    var endpoint = monitor.snapshot().pool("web").get(1).endpoint();
    assertThat(endpoint.address()).isEqualTo(new InetSocketAddress("127.0.0.11", 8080));
    assertThat(endpoint.address().getHostString()).as("for TLS").isEqualTo("app.test");
    assertThat(endpoint.weight()).isEqualTo(7);
  }

  @Test
  void followsTheNameWhenItsTimeIsOver() throws Exception {
    awaitNames("first", "app/127.0.0.11", "app/127.0.0.12");
    var kept = monitor.snapshot().pool("web").get(2);
    server.tell(1, "127.0.0.12", "127.0.0.13", "::1");
    awaitNames("first", "app/0:0:0:0:0:0:0:1", "app/127.0.0.12", "app/127.0.0.13");
    assertThat(monitor.snapshot().pool("web").get(2)).as("it is the same").isSameAs(kept);
  }

  @Test
  void keepsTheLastAnswerWhileNobodyCanSay() throws Exception {
    awaitNames("first", "app/127.0.0.11", "app/127.0.0.12");
    for (int code : new int[] {NameServer.SERVFAIL, NameServer.NXDOMAIN}) {
      server.fail(code);
      long failed = monitor.counters().sum(HealthCounter.NAME_LOOKUPS_FAILED);
      await(() -> monitor.counters().sum(HealthCounter.NAME_LOOKUPS_FAILED) > failed);
      assertThat(names(monitor.snapshot()))
          .containsExactly("first", "app/127.0.0.11", "app/127.0.0.12");
    }
    server.tell(1, "127.0.0.14");
    awaitNames("first", "app/127.0.0.14");
  }
}
