package io.gatehouse.health;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.MINUTES;
import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatehouse.membership.NodeState;
import io.gatehouse.membership.Ring;
import io.gatehouse.transport.Transport;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HealthMonitorTest {
  private static final Transport TRANSPORT = Transport.choose(Transport.Choice.AUTO);
  private static final long FAST = MILLISECONDS.toNanos(60);

  /** Only a hint, or the start, makes a probe with this interval. */
  private static final long NEVER = MINUTES.toNanos(30);

  private final EventLoopGroup group = TRANSPORT.eventLoops("health", 1);
  private final BlockingQueue<HealthSnapshot> published = new LinkedBlockingQueue<>();
  private final FakeRing ring = new FakeRing();
  private @Nullable HealthMonitor monitor;

  @AfterEach
  void stop() {
    if (monitor != null) {
      monitor.close();
    }
    group.shutdownGracefully(0, 5, SECONDS).syncUninterruptibly();
  }

  private HealthMonitor start(@Nullable Ring ring, PoolHealth... pools) {
    var started =
        HealthMonitor.start(
            new HealthConfig("self", List.of(pools)), ring, TRANSPORT, group.next());
    started.onChange(published::add);
    monitor = started;
    return started;
  }

  private static HealthCheck check(Probe probe, long intervalNanos, int rise, int fall) {
    return new HealthCheck(probe, intervalNanos, 0.1, SECONDS.toNanos(5), rise, fall, false);
  }

  private static Endpoint endpoint(String name, InetSocketAddress address) {
    return new Endpoint(name, address, 100);
  }

  private EndpointHealth await(String endpoint, Predicate<EndpointHealth> wanted)
      throws InterruptedException {
    long deadline = System.nanoTime() + SECONDS.toNanos(10);
    while (true) {
      var snapshot = published.poll(deadline - System.nanoTime(), NANOSECONDS);
      if (snapshot == null) {
        throw new AssertionError("not published within 10 s; last: " + monitor);
      }
      for (var pool : snapshot.pools().values()) {
        for (var health : pool) {
          if (health.endpoint().name().equals(endpoint) && wanted.test(health)) {
            return health;
          }
        }
      }
    }
  }

  private EndpointHealth awaitVerdict(String endpoint, Verdict verdict)
      throws InterruptedException {
    return await(endpoint, health -> health.verdict() == verdict);
  }

  @Test
  void publishesEveryEndpointAsUnknownBeforeItReturns() throws IOException {
    var pool =
        new PoolHealth(
            "web", List.of(endpoint("b1", ScriptedServer.refusing())), HealthCheck.DEFAULT, false);
    var snapshot = start(null, pool).snapshot();
    assertThat(snapshot.generation()).isEqualTo(1);
    assertThat(snapshot.pool("web"))
        .singleElement()
        .satisfies(health -> assertThat(health.verdict()).isEqualTo(Verdict.UNKNOWN));
  }

  @Test
  void followsABackendThroughFailureAndRecovery() throws Exception {
    try (var server = ScriptedServer.answering("HTTP/1.1 200 OK\r\n\r\n")) {
      var watched =
          start(
              null,
              new PoolHealth(
                  "web",
                  List.of(
                      endpoint("b1", server.address()), endpoint("b2", ScriptedServer.refusing())),
                  check(Probe.Http.get("/healthz"), FAST, 2, 3),
                  false));
      assertThat(awaitVerdict("b1", Verdict.UP).cause()).isEqualTo("HTTP 200");
      server.answerNow("HTTP/1.1 503 Busy\r\n\r\n");
      var down = awaitVerdict("b1", Verdict.DOWN);
      assertThat(down.cause()).isEqualTo("HTTP 503 (expected 200-399)");
      server.answerNow("HTTP/1.1 204 Fine\r\n\r\n");
      var up = awaitVerdict("b1", Verdict.UP);
      assertThat(up.cause()).isEqualTo("HTTP 204");
      assertThat(up.since()).isAfterOrEqualTo(down.since());

      var snapshot = watched.snapshot();
      assertThat(snapshot.pool("web"))
          .extracting(health -> health.endpoint().name())
          .containsExactly("b1", "b2");
      assertThat(snapshot.pool("web").get(1).cause()).isEqualTo("connection refused");
      assertThat(watched.counters().sum(HealthCounter.BECAME_UP)).isEqualTo(2);
      assertThat(watched.counters().sum(HealthCounter.BECAME_DOWN)).isEqualTo(2);
      assertThat(watched.counters().sum(HealthCounter.FAILED_STATUS)).isGreaterThanOrEqualTo(3);
    }
  }

  @Test
  void publishesNothingWhileNothingChanges() throws Exception {
    try (var server = ScriptedServer.answering("HTTP/1.1 200 OK\r\n\r\n")) {
      var watched =
          start(
              null,
              new PoolHealth(
                  "web",
                  List.of(endpoint("b1", server.address())),
                  check(Probe.Http.get("/"), FAST, 1, 1),
                  false));
      awaitVerdict("b1", Verdict.UP);
      for (int probes = 0; probes < 5; probes++) {
        server.nextHead();
      }
      assertThat(published).isEmpty();
      assertThat(watched.snapshot().generation()).isEqualTo(2);
    }
  }

  @Test
  void aReportedFailureProbesAtOnceAndDecidesNothingByItself() throws Exception {
    try (var server = ScriptedServer.answering("HTTP/1.1 200 OK\r\n\r\n")) {
      var check = check(Probe.Http.get("/"), SECONDS.toNanos(20), 200, 200); // fast: 100 ms
      var watched =
          start(
              null, new PoolHealth("web", List.of(endpoint("b1", server.address())), check, false));
      awaitVerdict("b1", Verdict.UP);
      server.nextHead();
      for (int i = 0; i < 1_000; i++) {
        watched.reportFailure("web", "b1", "connect refused");
      }
      watched.reportFailure("web", "nobody", "connect refused");
      watched.reportFailure("nowhere", "b1", "connect refused");
      server.nextHead(); // long before its turn
      assertThat(watched.snapshot().pool("web").getFirst().verdict()).isEqualTo(Verdict.UP);
      assertThat(watched.counters().sum(HealthCounter.PROBES_STARTED)).isLessThan(10);
      assertThat(watched.counters().sum(HealthCounter.HINTS_FROM_DATA_PATH)).isPositive();
    }
  }

  @Test
  void followsANodeOfTheRingThroughDrainLeaveAndReturn() throws Exception {
    try (var server = ScriptedServer.answering("HTTP/1.1 200 OK\r\n\r\n")) {
      start(
          ring,
          new PoolHealth(
              "l7",
              List.of(endpoint("l7-a", server.address())),
              check(Probe.Http.get("/"), NEVER, 1, 1),
              true));
      awaitVerdict("l7-a", Verdict.UP);
      ring.says(FakeRing.member("l7-a", NodeState.ALIVE, true));
      assertThat(awaitVerdict("l7-a", Verdict.DRAINING).cause()).isEqualTo("announced a drain");
      ring.says(FakeRing.member("l7-a", NodeState.LEFT, true));
      assertThat(awaitVerdict("l7-a", Verdict.DOWN).cause()).isEqualTo("left the ring");
      ring.says(FakeRing.member("l7-a", NodeState.ALIVE, false));
      awaitVerdict("l7-a", Verdict.UP);
    }
  }

  @Test
  void suspicionInTheRingProbesAtOnce() throws Exception {
    try (var server = ScriptedServer.answering("HTTP/1.1 200 OK\r\n\r\n")) {
      // fall 1000: the fast pace of a long interval is short enough for a test
      start(
          ring,
          new PoolHealth(
              "l7",
              List.of(endpoint("l7-a", server.address())),
              check(Probe.Http.get("/"), SECONDS.toNanos(100), 1, 1_000),
              true));
      awaitVerdict("l7-a", Verdict.UP);
      server.nextHead();
      ring.says(FakeRing.member("l7-a", NodeState.SUSPECT, false));
      server.nextHead();
      ring.says(FakeRing.member("l7-a", NodeState.DEAD, false));
      server.nextHead();
      assertThat(published).isEmpty(); // it answers: still UP
    }
  }

  @Test
  void goesByTheRingAloneWithoutACheckAndKeepsTheLastViewWhenItIsLost() throws Exception {
    var address = ScriptedServer.refusing();
    var watched =
        start(
            ring,
            new PoolHealth(
                "l7", List.of(endpoint("l7-a", address), endpoint("l7-b", address)), null, true));
    var self = FakeRing.member("l4-a", NodeState.ALIVE, false);
    ring.says(
        self,
        FakeRing.member("l7-a", NodeState.ALIVE, false),
        FakeRing.member("l7-b", NodeState.ALIVE, false));
    awaitVerdict("l7-a", Verdict.UP);
    ring.says(
        self,
        FakeRing.member("l7-a", NodeState.DEAD, false),
        FakeRing.member("l7-b", NodeState.ALIVE, false));
    assertThat(awaitVerdict("l7-a", Verdict.DOWN).cause()).isEqualTo("dead in the ring");
    ring.says(
        self,
        FakeRing.member("l7-a", NodeState.DEAD, false),
        FakeRing.member("l7-b", NodeState.DEAD, false)); // cut off: l7-b keeps its verdict
    ring.says(self); // forgotten
    ring.says(self, FakeRing.member("l7-a", NodeState.ALIVE, false));
    awaitVerdict("l7-a", Verdict.UP);
    assertThat(watched.snapshot().pool("l7"))
        .extracting(EndpointHealth::verdict)
        .containsExactly(Verdict.UP, Verdict.UP);
  }

  @Test
  void aPoolThatDoesNotFollowTheRingIsLeftAlone() throws Exception {
    var address = ScriptedServer.refusing();
    var watched =
        start(
            ring,
            new PoolHealth("l7", List.of(endpoint("a", address)), null, true),
            new PoolHealth("web", List.of(endpoint("a", address)), null, false));
    ring.says(FakeRing.member("a", NodeState.LEFT, false));
    awaitVerdict("a", Verdict.DOWN);
    assertThat(watched.snapshot().pool("web").getFirst().verdict()).isEqualTo(Verdict.UNKNOWN);
  }

  @Test
  void aListenerThatFailsDoesNotKeepTheNewsFromTheOthers() throws Exception {
    try (var server = ScriptedServer.answering("HTTP/1.1 200 OK\r\n\r\n")) {
      var watched =
          HealthMonitor.start(
              new HealthConfig(
                  "self",
                  List.of(
                      new PoolHealth(
                          "web",
                          List.of(endpoint("b1", server.address())),
                          check(Probe.Http.get("/"), FAST, 1, 1),
                          false))),
              null,
              TRANSPORT,
              group.next());
      monitor = watched;
      watched.onChange(
          _ -> {
            throw new IllegalStateException("a faulty listener");
          });
      watched.onChange(published::add);
      awaitVerdict("b1", Verdict.UP);
    }
  }

  @Test
  void probesNoMoreOnceClosed() throws Exception {
    try (var server = ScriptedServer.answering("HTTP/1.1 200 OK\r\n\r\n")) {
      var watched =
          start(
              null,
              new PoolHealth(
                  "web",
                  List.of(endpoint("b1", server.address())),
                  check(Probe.Http.get("/"), FAST, 1, 1),
                  false));
      awaitVerdict("b1", Verdict.UP);
      watched.close();
      watched.close();
      group.next().submit(() -> {}).syncUninterruptibly(); // what was queued has run
      long started = watched.counters().sum(HealthCounter.PROBES_STARTED);
      group.next().schedule(() -> {}, 3 * FAST, NANOSECONDS).sync();
      assertThat(watched.counters().sum(HealthCounter.PROBES_STARTED)).isEqualTo(started);
      assertThat(watched.snapshot().pool("web").getFirst().verdict()).isEqualTo(Verdict.UP);
    }
  }

  @Test
  void refusesNamesThatAreNotUnique() throws IOException {
    var one = endpoint("b1", ScriptedServer.refusing());
    assertThatThrownBy(() -> start(null, new PoolHealth("web", List.of(one, one), null, false)))
        .hasMessage("endpoint of pool web: b1 (expected: named once)");
    var pool = new PoolHealth("web", List.of(one), null, false);
    assertThatThrownBy(() -> start(null, pool, pool))
        .hasMessage("pool: web (expected: named once)");
  }

  @Test
  void aRequestThatCouldNotStandInAHeadIsRefused() {
    assertThatThrownBy(() -> Probe.Http.get("/a\r\nX: y"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("path: ");
    assertThatThrownBy(() -> Probe.Http.get("relative"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> check(new Probe.Tcp(), 1, 0, 1)).hasMessage("rise: 0 (expected: > 0)");
  }
}
