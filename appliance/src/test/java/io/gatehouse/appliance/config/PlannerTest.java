package io.gatehouse.appliance.config;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.gatehouse.health.Agreement;
import io.gatehouse.health.Endpoint;
import io.gatehouse.health.HealthCheck;
import io.gatehouse.health.PanicPolicy;
import io.gatehouse.health.PoolHealth;
import io.gatehouse.health.Probe;
import io.gatehouse.health.Quorum;
import io.gatehouse.l4.L4Config;
import io.gatehouse.l4.ServiceConfig;
import io.gatehouse.l7.L7Config;
import io.gatehouse.l7.ListenerConfig;
import io.gatehouse.l7.PoolConfig;
import io.gatehouse.l7.RouteConfig;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlannerTest {
  private static final Agreement L4_NODES =
      new Agreement(Set.of("l4-1", "l4-2"), 0, new Quorum.Majority());
  private static final Agreement L7_NODES =
      new Agreement(Set.of("l7-1", "l7-2"), 0, new Quorum.Majority());

  @TempDir private Path folder;
  private FrontDoor frontDoor;

  @BeforeEach
  void load() {
    frontDoor = ConfigurationFile.in(folder).load(ConfigurationFile.example("two-tiers.yaml"));
  }

  @Test
  void givesAnL4NodeItsServices() {
    NodePlan plan = frontDoor.planFor("l4-2");
    assertThat(plan.l7()).isEmpty();
    L4Config l4 = plan.l4().orElseThrow();
    assertThat(l4.sourceAddresses()).containsExactly(ip("192.0.2.11"), ip("192.0.2.12"));
    assertThat(l4.services())
        .containsExactly(
            new ServiceConfig(
                "https",
                List.of(address("198.51.100.1", 443), address("198.51.100.2", 443)),
                "l7/https",
                ServiceConfig.HashKey.SOURCE_IP,
                ServiceConfig.ProxyHeader.V2,
                655_373,
                new ServiceConfig.Timeouts(
                    MILLISECONDS.toNanos(500),
                    SECONDS.toNanos(600),
                    ServiceConfig.Timeouts.DEFAULT.drainNanos()),
                new ServiceConfig.Limits(20_000, 3, 65_536)),
            new ServiceConfig(
                "http",
                List.of(address("192.0.2.11", 80)),
                "l7/http",
                ServiceConfig.HashKey.FIVE_TUPLE,
                ServiceConfig.ProxyHeader.V2,
                ServiceConfig.DEFAULT_TABLE_SIZE,
                ServiceConfig.Timeouts.DEFAULT,
                ServiceConfig.Limits.DEFAULT));
  }

  @Test
  void letsAnL4NodeWatchTheL7NodesOfEachService() {
    assertThat(frontDoor.planFor("l4-1").pools())
        .containsExactly(
            new PoolHealth(
                "l7/https",
                List.of(
                    new Endpoint("l7-1", address("192.0.2.20", 8443), 50),
                    new Endpoint("l7-2", address("192.0.2.21", 8443), 100)),
                HealthCheckSection.FOR_L7_NODES,
                true,
                L4_NODES,
                PanicPolicy.DEFAULT,
                0),
            new PoolHealth(
                "l7/http",
                List.of(
                    new Endpoint("l7-1", address("192.0.2.20", 8080), 50),
                    new Endpoint("l7-2", address("192.0.2.21", 8080), 100)),
                HealthCheckSection.FOR_L7_NODES,
                true,
                L4_NODES,
                PanicPolicy.DEFAULT,
                0));
  }

  @Test
  void noticesADeadL7NodeWithinOneAndAHalfSeconds() {
    HealthCheck check = HealthCheckSection.FOR_L7_NODES;
    assertThat(check.worstCaseNanos()).isLessThanOrEqualTo(MILLISECONDS.toNanos(900));
    assertThat(check.proxyProtocol()).isTrue();
  }

  @Test
  void givesAnL7NodeItsListenersRoutesAndPools() {
    NodePlan plan = frontDoor.planFor("l7-1");
    assertThat(plan.l4()).isEmpty();
    L7Config l7 = plan.l7().orElseThrow();
    ListenerConfig web = l7.listeners().getFirst();
    assertThat(web.listen()).containsExactly(address("192.0.2.20", 8443));
    assertThat(web.proxyProtocol())
        .isEqualTo(
            new ListenerConfig.ProxyGate(true, List.of("192.0.2.0/24"), SECONDS.toNanos(5), 1024));
    assertThat(web.tls())
        .isEqualTo(
            new ListenerConfig.Tls(
                List.of(
                    new ListenerConfig.Certificate(
                        "site", folder.resolve("site.pem"), folder.resolve("site.key"))),
                SECONDS.toNanos(5)));
    assertThat(web.limits().maxBodyBytes()).isEqualTo(20 << 20);
    assertThat(web.limits().maxHeaders()).isEqualTo(64);
    assertThat(l7.listeners().getLast().timeouts().keepAliveNanos()).isEqualTo(SECONDS.toNanos(15));
    assertThat(l7.routes())
        .extracting(RouteConfig::name, RouteConfig::pool)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("api", "api"),
            org.assertj.core.groups.Tuple.tuple("*/static", "app"),
            org.assertj.core.groups.Tuple.tuple("*/", "app"));
    assertThat(l7.pools())
        .containsExactly(
            new PoolConfig(
                "app",
                PoolConfig.Balance.LEAST_REQUEST,
                PoolConfig.DEFAULT_MAX_ATTEMPTS,
                PoolConfig.Connections.DEFAULT,
                PoolConfig.Timeouts.DEFAULT,
                PoolConfig.Limits.DEFAULT),
            new PoolConfig(
                "api",
                PoolConfig.Balance.ROUND_ROBIN,
                2,
                PoolConfig.Connections.DEFAULT,
                PoolConfig.Timeouts.DEFAULT,
                PoolConfig.Limits.DEFAULT));
  }

  @Test
  void letsAnL7NodeWatchItsBackends() {
    assertThat(frontDoor.planFor("l7-1").pools())
        .containsExactly(
            new PoolHealth(
                "app",
                List.of(
                    new Endpoint("192.0.2.30:8080", address("192.0.2.30", 8080), 1),
                    new Endpoint("b", address("192.0.2.31", 8080), 2)),
                new HealthCheck(
                    Probe.Http.get("/healthz"),
                    SECONDS.toNanos(2),
                    0.2,
                    SECONDS.toNanos(1),
                    3,
                    4,
                    false),
                false,
                L7_NODES,
                PanicPolicy.DEFAULT,
                5),
            new PoolHealth(
                "api",
                List.of(
                    new Endpoint("[2001:db8:0:0:0:0:0:30]:8080", address("2001:db8::30", 8080), 1)),
                new HealthCheck(
                    new Probe.Http("HEAD", "/ready", "api.example.com", 200, 299),
                    HealthCheck.DEFAULT.intervalNanos(),
                    HealthCheck.DEFAULT.jitter(),
                    HealthCheck.DEFAULT.timeoutNanos(),
                    HealthCheck.DEFAULT.rise(),
                    HealthCheck.DEFAULT.fall(),
                    false),
                false,
                L7_NODES,
                PanicPolicy.DEFAULT,
                5));
  }

  @Test
  void trustsTheL4NodesWhereTheFileSaysNothing() {
    ListenerConfig plain = frontDoor.planFor("l7-2").l7().orElseThrow().listeners().getLast();
    assertThat(plain.proxyProtocol().required()).isTrue();
    assertThat(plain.proxyProtocol().trusted())
        .containsExactly("192.0.2.10", "192.0.2.11", "192.0.2.12");
  }

  @Test
  void expectsNoProxyHeaderWhereNoServiceLeads() {
    var smallest = new ConfigurationFile(folder).load(ConfigurationFile.example("smallest.yaml"));
    assertThat(smallest.planFor("door").l7().orElseThrow().listeners().getFirst().proxyProtocol())
        .isEqualTo(ListenerConfig.ProxyGate.NONE);
  }

  @Test
  void seatsEachNodeInTheRing() {
    NodePlan plan = frontDoor.planFor("l7-1");
    assertThat(plan.ring().bind()).isEqualTo(address("192.0.2.20", 7946));
    assertThat(plan.ring().seeds())
        .containsExactly(address("192.0.2.10", 7946), address("192.0.2.20", 7946));
    assertThat(plan.ring().tags()).containsEntry("role", "l7").containsEntry("cluster", "shop");
    assertThat(plan.admin()).isEqualTo(address("127.0.0.1", 9902));
    assertThat(frontDoor.planFor("l7-2").admin()).isEqualTo(address("127.0.0.1", 9901));
    assertThat(plan.accessLog()).isEqualTo(NodePlan.NO_ACCESS_LOG);
    assertThat(plan.configurationHash()).isEqualTo(frontDoor.hash());
  }

  @Test
  void livesOnLoopbackWithAnAddressForEachNode() {
    String text =
        ConfigurationFile.example("two-tiers.yaml")
            .replace("192.0.2.", "127.0.2.")
            .replace("{ trusted: [127.0.2.0/24], timeout: 5s, maxHeader: 1KiB }", "required");
    NodePlan plan = new ConfigurationFile(folder).load(text).planFor("l7-2");
    assertThat(plan.admin()).isEqualTo(address("127.0.2.21", 9901));
    assertThat(plan.l7().orElseThrow().listeners().getFirst().proxyProtocol().trusted())
        .containsExactly("127.0.0.0/8");
  }

  @Test
  void letsOneProcessDoBoth() {
    String text =
        ConfigurationFile.example("smallest.yaml").replace("role: l7", "role: [l4, l7]")
            + "services: { app: { port: 80, to: web } }\n";
    NodePlan plan = new ConfigurationFile(folder).load(text).planFor("door");
    assertThat(plan.l4()).isPresent();
    assertThat(plan.l7()).isPresent();
    assertThat(plan.pools()).extracting(PoolHealth::pool).containsExactly("l7/app", "app");
    assertThat(plan.ring().tags()).containsEntry("role", "l4,l7");
  }

  @Test
  void knowsOnlyTheNodesOfTheFile() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> frontDoor.planFor("l7-9"))
        .withMessageContaining("l7-9");
  }

  private static InetAddress ip(String text) {
    return InetAddress.ofLiteral(text);
  }

  private static InetSocketAddress address(String host, int port) {
    return new InetSocketAddress(ip(host), port);
  }
}
