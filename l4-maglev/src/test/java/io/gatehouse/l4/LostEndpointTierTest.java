package io.gatehouse.l4;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.concurrent.TimeUnit.HOURS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.health.Verdict;
import io.gatehouse.l4.ServiceConfig.HashKey;
import io.gatehouse.l4.ServiceConfig.Limits;
import io.gatehouse.l4.ServiceConfig.Timeouts;
import io.gatehouse.l4.ServiceConfig.WhenNodeRemoved;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What becomes of connections, old and young, whose endpoint goes down or away. */
@ParameterizedClass(name = "{0}")
@EnumSource(
    value = DataPlaneChoice.class,
    names = {"RELAY", "KERNEL"})
class LostEndpointTierTest {
  private static final int CLIENTS = 16;

  /** Longer than the tests wait. */
  private static final Timeouts PATIENT =
      new Timeouts(SECONDS.toNanos(2 * RunningTier.WAIT_SECONDS), HOURS.toNanos(1), 0);

  private final DataPlaneChoice plane;
  private final FakeHealth health = new FakeHealth();
  private final List<AutoCloseable> opened = new ArrayList<>();

  LostEndpointTierTest(DataPlaneChoice plane) {
    this.plane = RunningTier.orSkip(plane);
  }

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable one : opened.reversed()) {
      one.close();
    }
  }

  private <T extends AutoCloseable> T opened(T one) {
    opened.add(one);
    return one;
  }

  private void backend(String name, TestBackend.Service service) throws IOException {
    health.set(opened(TestBackend.start(service)).endpoint(name), Verdict.UP);
  }

  private void silent(String name) throws IOException {
    health.set(opened(SilentEndpoint.start()).endpoint(name), Verdict.UP);
  }

  private RunningTier start(WhenNodeRemoved what, Timeouts timeouts, int maxAttempts) {
    return opened(
        RunningTier.with(plane, health)
            .hash(HashKey.SOURCE_IP)
            .timeouts(timeouts)
            .limits(new Limits(100, maxAttempts, 65_536))
            .whenNodeRemoved(what)
            .start());
  }

  /** One client of each of some addresses. */
  private static List<Socket> connectAll(RunningTier tier) throws IOException {
    var clients = new ArrayList<Socket>();
    for (int i = 1; i <= CLIENTS; i++) {
      clients.add(tier.connect(InetAddress.ofLiteral("127.9.0." + i)));
    }
    RunningTier.await(
        "a connect for each", () -> tier.count(L4Counter.CONNECT_ATTEMPTS) == CLIENTS);
    return clients;
  }

  @Test
  void aConnectUnderWayGoesOnToAnEndpointThatIsNotLost() throws Exception {
    backend("good", TestBackend.named("good"));
    silent("silent-1");
    silent("silent-2");
    var tier = start(WhenNodeRemoved.CLOSE, PATIENT, 3);
    var clients = connectAll(tier);
    health.set("silent-1", Verdict.DOWN);
    health.remove("silent-2");
    for (Socket client : clients) {
      assertThat(client.getInputStream().readAllBytes()).asString(US_ASCII).isEqualTo("good");
      client.close();
    }
    long more = 0;
    for (int i = 0; i < CLIENTS; i++) {
      var recorded = tier.nextRecord();
      assertThat(recorded.endpoint()).isEqualTo("good");
      assertThat(recorded.flags()).isEmpty();
      more += recorded.attempts() - 1;
    }
    assertThat(more).isPositive();
    assertThat(tier.count(L4Counter.CONNECTS_GIVEN_UP)).isEqualTo(more);
    assertThat(tier.count(L4Counter.CONNECT_ATTEMPTS)).isEqualTo(CLIENTS + more);
    assertThat(tier.count(L4Counter.CONNECT_FAILURES)).isZero();
    assertThat(health.failures()).isEmpty();
    for (var stats : tier.tier().status().services().getFirst().endpointStats()) {
      assertThat(stats.active()).as(stats.endpoint()).isZero();
    }
  }

  @Test
  void anEndpointThatWentDownMeanwhileIsNotTriedNext() throws Exception {
    backend("good", TestBackend.named("good"));
    silent("silent-1");
    silent("silent-2");
    var timeouts = new Timeouts(SECONDS.toNanos(3), HOURS.toNanos(1), 0);
    var tier = start(WhenNodeRemoved.CLOSE, timeouts, 3);
    var clients = connectAll(tier);
    // Those at silent-1 have chosen their next endpoint while silent-2 was up.
    tier.awaitGeneration(health.set("silent-2", Verdict.DOWN));
    for (Socket client : clients) {
      assertThat(client.getInputStream().readAllBytes()).asString(US_ASCII).isEqualTo("good");
      client.close();
    }
    assertThat(tier.count(L4Counter.CONNECT_TIMEOUTS)).isPositive();
    assertThat(health.failures()).containsOnly("silent-1: connect timed out");
  }

  @Test
  void theClientIsClosedWhenTheLastAttemptIsLost() throws Exception {
    silent("silent");
    var tier = start(WhenNodeRemoved.CLOSE, PATIENT, 1);
    try (var client = tier.connect()) {
      RunningTier.await("the connect", () -> tier.count(L4Counter.CONNECT_ATTEMPTS) == 1);
      health.set("silent", Verdict.DOWN);
      L4TierTest.assertEnded(client);
    }
    var recorded = tier.nextRecord();
    assertThat(recorded.flags()).containsExactlyInAnyOrder(ConnectionFlag.UF, ConnectionFlag.URX);
    assertThat(recorded.reason()).contains("removed or went down");
    assertThat(tier.count(L4Counter.CONNECTIONS_UNCONNECTED)).isEqualTo(1);
  }

  @Test
  void aConnectUnderWayGoesOnWhereConnectionsAreLeft() throws Exception {
    silent("silent");
    var timeouts = new Timeouts(SECONDS.toNanos(1), HOURS.toNanos(1), 0);
    var tier = start(WhenNodeRemoved.LEAVE, timeouts, 1);
    try (var client = tier.connect()) {
      RunningTier.await("the connect", () -> tier.count(L4Counter.CONNECT_ATTEMPTS) == 1);
      tier.awaitGeneration(health.set("silent", Verdict.DOWN));
      L4TierTest.assertEnded(client);
    }
    assertThat(tier.nextRecord().reason()).contains("connect timed out");
    assertThat(tier.count(L4Counter.CONNECTS_GIVEN_UP)).isZero();
    assertThat(tier.count(L4Counter.CONNECT_TIMEOUTS)).isEqualTo(1);
  }

  @Test
  void establishedConnectionsAreClosedOrLeft() throws Exception {
    backend("l7-1", TestBackend::echo);
    backend("l7-2", TestBackend::echo);
    for (WhenNodeRemoved what : WhenNodeRemoved.values()) {
      health.set("l7-1", Verdict.UP);
      var tier = start(what, PATIENT, 3);
      var clients = connectAll(tier);
      for (Socket client : clients) {
        assertEchoes(client);
      }
      tier.awaitGeneration(health.set("l7-1", Verdict.DOWN));
      long closed = what == WhenNodeRemoved.CLOSE ? endpointShare(tier, "l7-1") : 0;
      RunningTier.await(
          "those of l7-1 closed", () -> tier.count(L4Counter.CLOSED_WITH_ENDPOINT) == closed);
      int left = 0;
      for (Socket client : clients) {
        left += echoes(client) ? 1 : 0;
        client.close();
      }
      assertThat(left).isEqualTo(CLIENTS - closed);
    }
  }

  private static long endpointShare(RunningTier tier, String endpoint) {
    return tier.tier().status().services().getFirst().endpointStats().stream()
        .filter(stats -> stats.endpoint().equals(endpoint))
        .mapToLong(EndpointStatsView::connected)
        .sum();
  }

  private static void assertEchoes(Socket client) throws IOException {
    assertThat(echoes(client)).isTrue();
  }

  private static boolean echoes(Socket client) throws IOException {
    try {
      client.getOutputStream().write('a');
      return client.getInputStream().read() == 'a';
    } catch (SocketException reset) {
      return false;
    }
  }
}
