package io.gatehouse.tests;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * The whole path over a network: a client's request reaches a backend through BGP-learnt ECMP, an
 * L4 node and an L7 node, and the loss of an L4 node is survived. One lab serves the tests, which
 * run in order, the destructive ones last.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class LabTest {
  private static final String URL = "https://10.77.0.1/";
  private static final String CLIENT = "10.77.1.10";
  private static final String FORGED = "X-Forwarded-For: 192.0.2.66";
  private static final String L4_A = "10.77.2.11";
  private static final String L4_B = "10.77.2.12";

  /** The BGP hold time of the lab, the longest that a lost host may draw connections. */
  private static final long HOLD_NANOS = SECONDS.toNanos(6);

  @TempDir private static Path folder = Path.of("");
  private static @Nullable Lab started;

  @BeforeAll
  static void up() throws Exception {
    started = Lab.up(folder.resolve("lab"));
  }

  @AfterAll
  static void down() throws Exception {
    if (started != null) {
      started.close();
    }
  }

  private static Lab lab() {
    if (started == null) {
      throw new AssertionError("the lab is not up");
    }
    return started;
  }

  /** Sends requests, each on a connection of its own; ends at the first that fails. */
  private static Lab.Outcome requests(int count) throws Exception {
    var curl =
        "curl --silent --show-error --fail --max-time 2 --cacert '%s' --header '%s' %s"
            .formatted(lab().folder().resolve("site.pem"), FORGED, URL);
    return lab()
        .exec(
            "client",
            "sh",
            "-c",
            "for i in $(seq %d); do %s || exit 1; done".formatted(count, curl));
  }

  private static void assertServes(int count) throws Exception {
    var answers = requests(count);
    assertThat(answers.exit()).as(answers.text()).isZero();
  }

  /** Where the router sends the service's connections, by the routes that BIRD has learnt. */
  private static Set<String> nextHops() throws Exception {
    var routes = lab().exec("router", "ip", "route", "show", "10.77.0.1/32", "proto", "bird");
    assertThat(routes.exit()).as(routes.text()).isZero();
    var hops = new TreeSet<String>();
    var hop = Pattern.compile("via ([0-9.]+)").matcher(routes.text());
    while (hop.find()) {
      hops.add(hop.group(1));
    }
    return hops;
  }

  private interface Condition {
    boolean holds() throws Exception;
  }

  private static void await(String what, long nanos, Condition condition) throws Exception {
    long deadline = System.nanoTime() + nanos;
    while (!condition.holds()) {
      assertThat(System.nanoTime()).as(what).isLessThan(deadline);
      LockSupport.parkNanos(SECONDS.toNanos(1) / 20);
    }
  }

  /** The value of a metric of a node, summed over its labels. */
  private static long metric(String node, String name) throws Exception {
    var metrics = lab().exec(node, "curl", "--silent", "--fail", "http://127.0.0.1:9901/metrics");
    var lines =
        Pattern.compile(
                "^" + Pattern.quote(name) + "(?:\\{[^}]*})? ([0-9.eE+]+)$", Pattern.MULTILINE)
            .matcher(metrics.text())
            .results()
            .toList();
    assertThat(lines).as("%s in the metrics of %s:%n%s", name, node, metrics.text()).isNotEmpty();
    return (long) lines.stream().mapToDouble(line -> Double.parseDouble(line.group(1))).sum();
  }

  private static long joined(String l4Node) throws Exception {
    return metric(l4Node, "gatehouse_l4_connections_joined_total");
  }

  @Test
  @Order(1)
  void theRouterHasLearntBothL4NodesByBgp() throws Exception {
    assertThat(nextHops()).containsExactly(L4_A, L4_B);
    var sessions =
        lab()
            .exec(
                "router",
                "birdc",
                "-s",
                lab().folder().resolve("router.bird.ctl").toString(),
                "show",
                "protocols");
    assertThat(sessions.text())
        .containsPattern("l4_a .*Established")
        .containsPattern("l4_b .*Established");
  }

  @Test
  @Order(2)
  void theBackendSeesTheClientsOwnAddressAndNotWhatTheClientClaims() throws Exception {
    var answer = requests(1);
    assertThat(answer.exit()).as(answer.text()).isZero();
    assertThat(answer.text())
        .containsPattern("(?i)\"x-forwarded-for\"\\s*:\\s*\"" + Pattern.quote(CLIENT) + "\"")
        .containsPattern("\"backend\"\\s*:\\s*\"backend-[123]\"")
        .doesNotContain("192.0.2.66");
  }

  @Test
  @Order(3)
  void bothL4NodesTakePart() throws Exception {
    long beforeA = joined("l4-a");
    long beforeB = joined("l4-b");
    assertServes(24); // all over one of them: once in eight million runs
    assertThat(joined("l4-a")).isGreaterThan(beforeA);
    assertThat(joined("l4-b")).isGreaterThan(beforeB);
  }

  @Test
  @Order(4)
  void theL4TiersProbesAreTakenForWhatTheyAreByTheL7Tier() throws Exception {
    for (var node : List.of("l7-a", "l7-b")) {
      assertThat(metric(node, "gatehouse_l7_connections_local_total")).isPositive();
      assertThat(metric(node, "gatehouse_l7_connections_rejected_total")).isZero();
    }
  }

  @Test
  @Order(5)
  void anL4NodeThatIsKilledHasASuccessor() throws Exception {
    lab().tell("kill", "l4-b", "node");
    var log = lab().folder().resolve("l4-b.gatehouse.log");
    await(
        "the keeper starts a successor",
        SECONDS.toNanos(60),
        () -> Files.readString(log).split("\"message\":\"ready\"", -1).length > 2);
    await("l4-b is back", SECONDS.toNanos(60), () -> nextHops().equals(Set.of(L4_A, L4_B)));
    assertServes(10);
  }

  @Test
  @Order(6)
  void aNodeWhoseProcessDiesWithdrawsItsRouteAlthoughItsRouterLives() throws Exception {
    lab().tell("kill", "l4-b", "gatehouse");
    await("the route over l4-b is withdrawn", HOLD_NANOS, () -> nextHops().equals(Set.of(L4_A)));
    assertServes(10);
    lab().tell("start", "l4-b");
    await("l4-b is back", SECONDS.toNanos(60), () -> nextHops().equals(Set.of(L4_A, L4_B)));
  }

  @Test
  @Order(7)
  void newConnectionsSurviveTheLossOfAnL4Host() throws Exception {
    long lostAt = System.nanoTime();
    lab().tell("kill", "l4-a");
    await("the route over l4-a is withdrawn", HOLD_NANOS, () -> nextHops().equals(Set.of(L4_B)));
    assertThat(System.nanoTime() - lostAt).isLessThan(2 * HOLD_NANOS);
    assertServes(20);
  }

  @Test
  @Order(8)
  void theCableOfALostHostPluggedInAgainBringsItBack() throws Exception {
    lab().tell("start", "l4-a");
    await("l4-a is back", SECONDS.toNanos(60), () -> nextHops().equals(Set.of(L4_A, L4_B)));
    lab().tell("cut", "l4-b");
    await("the route over l4-b is withdrawn", HOLD_NANOS, () -> nextHops().equals(Set.of(L4_A)));
    assertServes(3);
    lab().tell("heal", "l4-b");
    await("l4-b is back", SECONDS.toNanos(60), () -> nextHops().equals(Set.of(L4_A, L4_B)));
    assertServes(3);
  }
}
