package io.gatehouse.health;

import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.membership.Limits;
import io.gatehouse.membership.Ring;
import io.gatehouse.membership.RingConfig;
import io.gatehouse.membership.Timing;
import io.gatehouse.transport.Transport;
import io.netty.channel.EventLoopGroup;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Several nodes with real rings on loopback, one shared view of health. */
@Timeout(90)
class HealthInStepTest {
  private static final Transport TRANSPORT = Transport.choose(Transport.Choice.AUTO);
  private static final int NODES = 5;
  private static final Set<String> NAMES =
      IntStream.range(0, NODES).mapToObj(i -> "l7-" + i).collect(Collectors.toSet());

  private final List<Node> nodes = new ArrayList<>();

  private record Node(String name, EventLoopGroup group, Ring ring, HealthMonitor health) {
    Verdict verdict(String endpoint) {
      return health.snapshot().pool("app").stream()
          .filter(e -> e.endpoint().name().equals(endpoint))
          .map(EndpointHealth::verdict)
          .findFirst()
          .orElseThrow();
    }

    String cause(String endpoint) {
      return health.snapshot().pool("app").stream()
          .filter(e -> e.endpoint().name().equals(endpoint))
          .map(EndpointHealth::cause)
          .findFirst()
          .orElseThrow();
    }

    void close() {
      health.close();
      ring.close();
      group.shutdownGracefully(0, 5, SECONDS).syncUninterruptibly();
    }
  }

  @AfterEach
  void stop() {
    nodes.forEach(Node::close);
  }

  private void start(PoolHealth pool) {
    for (int i = 0; i < NODES; i++) {
      startNode("l7-" + i, pool);
    }
    await("the ring is whole", () -> nodes.stream().allMatch(this::seesAll));
  }

  private boolean seesAll(Node node) {
    return node.ring().view().members().size() == nodes.size();
  }

  private void startNode(String name, PoolHealth pool) {
    var group = TRANSPORT.eventLoops("control", 1);
    var seeds =
        nodes.stream()
            .limit(1)
            .map(n -> requireNonNull(n.ring().view().members().get(n.name())).address())
            .toList();
    var ring =
        Ring.start(
            new RingConfig(
                name,
                new InetSocketAddress("127.0.0.1", 0),
                seeds,
                Map.of("role", "l7"),
                Timing.LOCAL,
                Limits.DEFAULT),
            TRANSPORT,
            group.next());
    var health =
        HealthMonitor.start(new HealthConfig(name, List.of(pool)), ring, TRANSPORT, group.next());
    nodes.add(new Node(name, group, ring, health));
  }

  private static void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + SECONDS.toNanos(30);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("not within 30 s: " + what);
      }
      java.util.concurrent.locks.LockSupport.parkNanos(MILLISECONDS.toNanos(5));
    }
  }

  private static PoolHealth pool(List<Endpoint> endpoints, Agreement agreement, long interval) {
    return new PoolHealth(
        "app",
        endpoints,
        new HealthCheck(Probe.Http.get("/healthz"), interval, 0.1, SECONDS.toNanos(1), 1, 1, false),
        false,
        agreement,
        PanicPolicy.NEVER,
        5);
  }

  private static Endpoint endpoint(String name, InetSocketAddress address) {
    return new Endpoint(name, address, 1);
  }

  private void awaitEverywhere(String endpoint, Verdict verdict) {
    await(
        endpoint + " is " + verdict + " everywhere",
        () -> nodes.stream().allMatch(n -> n.verdict(endpoint) == verdict));
  }

  @Test
  void aFewProbeAndAllAgree() throws Exception {
    try (var one = ScriptedServer.answering("HTTP/1.1 200 OK\r\n\r\n");
        var two = ScriptedServer.answering("HTTP/1.1 200 OK\r\n\r\n")) {
      var endpoints = List.of(endpoint("one", one.address()), endpoint("two", two.address()));
      start(pool(endpoints, new Agreement(NAMES, 2, new Quorum.Majority()), 100_000_000));
      awaitEverywhere("one", Verdict.UP);
      awaitEverywhere("two", Verdict.UP);
      await("two nodes probe each", () -> fresh(nodes.getFirst(), "one").size() == 2);

      one.answerNow("HTTP/1.1 503 Busy\r\n\r\n");
      awaitEverywhere("one", Verdict.DOWN);
      var probers = fresh(nodes.getFirst(), "one");
      for (var node : nodes) {
        if (!probers.contains(node.name())) {
          assertThat(node.cause("one"))
              .startsWith("down for 2 of 2 observers: HTTP 503 (expected 200-399) (seen by l7-");
        }
      }

      one.answerNow("HTTP/1.1 200 OK\r\n\r\n");
      awaitEverywhere("one", Verdict.UP);
      assertThat(nodes).allMatch(n -> n.verdict("two") == Verdict.UP);
    }
  }

  /** The observers of an endpoint that count. */
  private static Set<String> fresh(Node node, String endpoint) {
    return node.health().matrix().rows().stream()
        .filter(row -> row.endpoint().equals(endpoint))
        .flatMap(row -> row.sights().stream())
        .filter(HealthMatrix.Sight::fresh)
        .map(HealthMatrix.Sight::observer)
        .collect(Collectors.toSet());
  }

  @Test
  void whenAProberDiesTheNextTakesOver() throws Exception {
    try (var server = ScriptedServer.answering("HTTP/1.1 200 OK\r\n\r\n")) {
      var endpoints = List.of(endpoint("one", server.address()));
      start(pool(endpoints, new Agreement(NAMES, 1, new Quorum.Majority()), 100_000_000));
      awaitEverywhere("one", Verdict.UP);
      await("one node probes", () -> fresh(nodes.getFirst(), "one").size() == 1);
      var prober = fresh(nodes.getFirst(), "one").iterator().next();
      var dead = nodes.stream().filter(n -> n.name().equals(prober)).findFirst().orElseThrow();
      nodes.remove(dead);
      dead.close();
      await(
          "another probes",
          () -> fresh(nodes.getFirst(), "one").stream().anyMatch(name -> !name.equals(prober)));
      server.answerNow("HTTP/1.1 503 Busy\r\n\r\n");
      awaitEverywhere("one", Verdict.DOWN);
    }
  }

  @Test
  void probesAreSpread() throws Exception {
    try (var server = ScriptedServer.answering("HTTP/1.1 200 OK\r\n\r\n")) {
      var endpoints =
          IntStream.range(0, 50).mapToObj(i -> endpoint("b" + i, server.address())).toList();
      start(pool(endpoints, new Agreement(NAMES, 1, new Quorum.Majority()), SECONDS.toNanos(1)));
      for (var endpoint : endpoints) {
        awaitEverywhere(endpoint.name(), Verdict.UP);
      }
      var load = new HashMap<String, Integer>();
      await(
          "each endpoint has one prober",
          () -> endpoints.stream().allMatch(e -> fresh(nodes.getFirst(), e.name()).size() == 1));
      for (var endpoint : endpoints) {
        fresh(nodes.getFirst(), endpoint.name()).forEach(n -> load.merge(n, 1, Integer::sum));
      }
      assertThat(load).hasSize(NODES);
      assertThat(load.values()).allSatisfy(n -> assertThat(n).isLessThan(25));
    }
  }

  @Test
  void aFailureThatOneNodesTrafficMeetsIsAHintToAllOthers() throws Exception {
    try (var server = ScriptedServer.answering("HTTP/1.1 200 OK\r\n\r\n")) {
      var endpoints = List.of(endpoint("one", server.address()));
      start(pool(endpoints, new Agreement(NAMES, 0, new Quorum.Majority()), SECONDS.toNanos(20)));
      awaitEverywhere("one", Verdict.UP);
      server.answerNow("HTTP/1.1 503 Busy\r\n\r\n"); // its turn is 20 s away
      long begin = System.nanoTime();
      nodes.getFirst().health().reportServerErrors("app", "one", 4); // not yet a run
      nodes.getFirst().health().reportServerErrors("app", "one", 5);
      await(
          "the others heard",
          () ->
              nodes.stream()
                  .skip(1)
                  .allMatch(n -> n.health().counters().sum(HealthCounter.HINTS_FROM_PEERS) > 0));
      assertThat(nodes.getFirst().health().counters().sum(HealthCounter.HINTS_FROM_DATA_PATH))
          .isEqualTo(1);
      assertThat(nodes.getFirst().health().counters().sum(HealthCounter.HINTS_SENT)).isEqualTo(1);
      assertThat(NANOSECONDS.toSeconds(System.nanoTime() - begin)).isLessThan(20);
    }
  }

  @Test
  void whoComesLaterKnowsWhatTheOthersSee() throws Exception {
    try (var server = ScriptedServer.answering("HTTP/1.1 503 Busy\r\n\r\n")) {
      var endpoints = List.of(endpoint("one", server.address()));
      var pool = pool(endpoints, new Agreement(NAMES, 0, new Quorum.Majority()), 100_000_000);
      for (int i = 0; i < NODES - 1; i++) {
        startNode("l7-" + i, pool);
      }
      awaitEverywhere("one", Verdict.DOWN);
      startNode("l7-4", pool);
      await(
          "the table has come",
          () ->
              nodes.getLast().health().matrix().rows().stream()
                      .mapToInt(row -> row.sights().size())
                      .sum()
                  == NODES);
    }
  }
}
