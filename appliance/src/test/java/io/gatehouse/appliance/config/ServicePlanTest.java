package io.gatehouse.appliance.config;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.gatehouse.health.PoolHealth;
import io.gatehouse.l4.HeaderTlv;
import io.gatehouse.l4.L4Config;
import io.gatehouse.l4.RateLimit;
import io.gatehouse.l4.ServiceConfig;
import io.gatehouse.l4.ServiceConfig.WhenNodeRemoved;
import io.gatehouse.l4.SniRouting;
import io.gatehouse.l4.SourceRateLimit;
import io.gatehouse.proxyprotocol.ProxyHeader;
import io.gatehouse.proxyprotocol.SignedOrigin;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the keys of a service become on an L4 node. */
class ServicePlanTest {
  private static final String NO_KEY = "cluster: { gossip: { unencrypted: true } }\n";

  private static final String REST =
      """
      nodes:
        l4: { role: l4, address: 192.0.2.10 }
        l7: { role: l7, address: 192.0.2.20 }
      listeners: { web: { port: 8080 } }
      routes: [{ pool: app }]
      pools: { app: { endpoints: ["192.0.2.30:8080"] } }
      """;

  @TempDir private Path folder;

  @Test
  void limitsRatesWhereTheFileSaysSo() {
    var limits = service("limits: { newConnections: 100, newConnectionsPerSource: 5 }").limits();
    assertThat(limits.newConnections()).isEqualTo(new RateLimit(100, 100));
    assertThat(limits.newConnectionsPerSource())
        .isEqualTo(new SourceRateLimit(new RateLimit(5, 5), 32, 64));
    limits =
        service(
                """
                limits:
                      newConnections: { perSecond: 100, burst: 300 }
                      newConnectionsPerSource: { perSecond: 5, burst: 9, ipv4Prefix: 24, ipv6Prefix: 56 }
                """)
            .limits();
    assertThat(limits.newConnections()).isEqualTo(new RateLimit(100, 300));
    assertThat(limits.newConnectionsPerSource())
        .isEqualTo(new SourceRateLimit(new RateLimit(5, 9), 24, 56));
    assertThat(service("hash: 5-tuple").limits().newConnections()).isNull();
  }

  @Test
  void boundsEachL7NodeAndStartsItSlowlyWhereTheFileSaysSo() {
    var plain = service("hash: 5-tuple");
    assertThat(plain.limits().maxConnectionsPerNode()).isEqualTo(Integer.MAX_VALUE);
    assertThat(plain.slowStartNanos()).isZero();
    var set =
        service(
            """
            slowStart: 30s
                limits: { maxConnectionsPerNode: 500 }
            """);
    assertThat(set.limits().maxConnectionsPerNode()).isEqualTo(500);
    assertThat(set.slowStartNanos()).isEqualTo(SECONDS.toNanos(30));
  }

  @Test
  void leavesTheConnectionsOfARemovedNodeUnlessTheFileSaysOtherwise() {
    assertThat(service("hash: 5-tuple").whenNodeRemoved()).isEqualTo(WhenNodeRemoved.LEAVE);
    assertThat(service("whenNodeRemoved: close").whenNodeRemoved())
        .isEqualTo(WhenNodeRemoved.CLOSE);
  }

  @Test
  void signsHeadersToTheL7TierAndNotToBackendsWhereThereIsASecret() throws IOException {
    secret("cluster.key", 32);
    secret("old.key", 48);
    var frontDoor =
        new ConfigurationFile(folder)
            .load(
                """
                cluster: { secret: [cluster.key, old.key], maxClockSkew: 5s }
                services:
                  web: { port: 80, to: web, proxyTlvs: [unique-id, authority] }
                  db: { port: 5432, toPool: app, proxyProtocol: v2 }
                """
                    + REST.replace(
                        "port: 8080 }",
                        "port: 8080, proxyProtocol: { requireSignedOrigin: true } }"));
    var l4 = frontDoor.planFor("l4").l4().orElseThrow();
    assertThat(l4.services())
        .extracting(ServiceConfig::proxyTlvs)
        .containsExactly(
            Set.of(HeaderTlv.UNIQUE_ID, HeaderTlv.AUTHORITY, HeaderTlv.SIGNED_ORIGIN),
            HeaderTlv.DEFAULT);
    var gate = frontDoor.planFor("l7").l7().orElseThrow().listeners().getFirst().proxyProtocol();
    assertThat(l4.signedOrigin()).isNotNull();
    assertThat(gate.signedOrigin()).isNotNull();
    var header = l4.signedOrigin().sign(ProxyHeader.local(), 0);
    assertThat(gate.signedOrigin().verify(header, 5000)).isEqualTo(SignedOrigin.Verdict.VALID);
    assertThat(gate.signedOrigin().verify(header, 5001))
        .isEqualTo(SignedOrigin.Verdict.OUTSIDE_CLOCK_SKEW);
  }

  @Test
  void neitherSignsNorRequiresWithoutASecret() {
    var l4 = l4("services: { web: { port: 80, to: web } }\n");
    assertThat(l4.signedOrigin()).isNull();
    assertThat(l4.services().getFirst().proxyTlvs()).isEqualTo(HeaderTlv.DEFAULT);
  }

  @Test
  void refusesASecretThatIsNone() throws IOException {
    Files.writeString(folder.resolve("text.key"), "correct horse battery staple, not Base64");
    secret("short.key", 31);
    assertThat(secretCodes("absent.key")).containsExactly("missing-file");
    assertThat(secretCodes("text.key")).containsExactly("bad-secret");
    assertThat(secretCodes("short.key")).containsExactly("bad-secret");
    assertThat(
            new ConfigurationFile(folder)
                .findings(
                    NO_KEY
                        + REST.replace(
                            "port: 8080 }",
                            "port: 8080, proxyProtocol: { requireSignedOrigin: true } }")))
        .first()
        .asString()
        .contains("[missing-secret]");
  }

  private List<String> secretCodes(String name) {
    return new ConfigurationFile(folder)
            .read(
                "cluster: { secret: "
                    + name
                    + " }\nservices: { a: { port: 80, to: web } }\n"
                    + REST)
            .diagnostics()
            .stream()
            .map(Diagnostic::code)
            .toList();
  }

  private void secret(String name, int bytes) throws IOException {
    String text = Base64.getEncoder().encodeToString(new byte[bytes]);
    Files.writeString(folder.resolve(name), text + "\n");
  }

  @Test
  void leadsToAPoolWithoutTheL7Tier() {
    var plan =
        new ConfigurationFile(folder)
            .load(
                """
                nodes: { l4: { role: l4, address: 192.0.2.10 } }
                services:
                  db: { port: 5432, toPool: db }
                  mail: { port: 25, toPool: mail, proxyProtocol: v1 }
                pools:
                  db: { endpoints: ["192.0.2.30:5432"], healthCheck: { interval: 1s } }
                  mail: { endpoints: ["192.0.2.40:25"] }
                """)
            .planFor("l4");
    var services = plan.l4().orElseThrow().services();
    assertThat(services)
        .extracting(ServiceConfig::pool, ServiceConfig::proxyProtocol, ServiceConfig::sni)
        .containsExactly(
            tuple("db", ServiceConfig.ProxyHeader.NONE, SniRouting.NONE),
            tuple("mail", ServiceConfig.ProxyHeader.V1, SniRouting.NONE));
    assertThat(plan.pools())
        .extracting(PoolHealth::pool, PoolHealth::followsRing)
        .containsExactly(tuple("db", false), tuple("mail", false));
    var check = plan.pools().getFirst().check();
    assertThat(check).isNotNull();
    assertThat(check.intervalNanos()).isEqualTo(SECONDS.toNanos(1));
  }

  @Test
  void routesByServerNameToListenersAndPools() {
    var plan = sniPlan("to: web");
    var tls = plan.l4().orElseThrow().services().getFirst();
    assertThat(tls.pool()).isEqualTo("l7/tls");
    assertThat(tls.sni())
        .isEqualTo(
            new SniRouting(
                List.of(
                    new SniRouting.Route(
                        List.of("db.example.com"), "db", ServiceConfig.ProxyHeader.NONE),
                    new SniRouting.Route(
                        List.of("*.apps.example.com", "apps.example.com"),
                        "l7/tls/apps",
                        ServiceConfig.ProxyHeader.V2),
                    new SniRouting.Route(
                        List.of("www.example.com"), "l7/tls", ServiceConfig.ProxyHeader.V2)),
                SniRouting.Unmatched.DEFAULT));
    assertThat(tls.timeouts().sniNanos()).isEqualTo(SECONDS.toNanos(2));
    assertThat(plan.pools())
        .extracting(PoolHealth::pool)
        .containsExactly("l7/tls", "l7/tls/apps", "db");
    assertThat(plan.pools().get(1).endpoints().getFirst().address().getPort()).isEqualTo(8081);
  }

  @Test
  void closesWhatNoRouteHasWhereTheFileSaysSo() {
    var plan = sniPlan("default: none");
    var tls = plan.l4().orElseThrow().services().getFirst();
    assertThat(tls.sni().unmatched()).isEqualTo(SniRouting.Unmatched.CLOSE);
    assertThat(tls.pool()).isEqualTo("db");
    assertThat(plan.pools())
        .extracting(PoolHealth::pool)
        .containsExactly("l7/tls/apps", "l7/tls/web", "db");
  }

  private NodePlan sniPlan(String target) {
    return new ConfigurationFile(folder)
        .load(
            """
            services:
              tls:
                port: 443
                TARGET
                timeouts: { sni: 2s }
                sni:
                  - { names: DB.example.com, toPool: db }
                  - { names: ["*.apps.example.com", apps.example.com], to: apps }
                  - { names: www.example.com, to: web }
            cluster: { gossip: { unencrypted: true } }
            nodes:
              l4: { role: l4, address: 192.0.2.10 }
              l7: { role: l7, address: 192.0.2.20 }
            listeners:
              web: { port: 8080 }
              apps: { port: 8081 }
            routes: [{ pool: app }]
            pools:
              app: { endpoints: ["192.0.2.30:8080"] }
              db: { endpoints: ["192.0.2.31:5432"] }
            """
                .replace("TARGET", target))
        .planFor("l4");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          toPool: web                                     | unknown-pool
          to: app                                         | unknown-listener
          to: web, toPool: app                            | conflicting-keys
          to: web, default: none                          | conflicting-keys
          default: none                                   | conflicting-keys
          hash: 5-tuple                                   | missing-key
          to: web, sni: [{ names: a }]                    | missing-key
          to: web, sni: [{ to: web }]                     | missing-key
          to: web, sni: []                                | empty-list
          to: web, sni: [{ names: [], to: web }]          | empty-list
          to: web, sni: [{ names: a..b, to: web }]        | bad-host
          to: web, sni: [{ names: a, toPool: ap }]        | unknown-pool
          to: web, sni: [{ names: a, to: wob }]           | unknown-listener
          to: web, sni: [{ names: a, to: web, toPool: app }] | conflicting-keys
          to: web, sni: [{ names: [a, A], to: web }]      | duplicate-item
          to: web, sni: [{ names: a, to: web, proxyProtocol: none }] | proxy-protocol-mismatch
          """)
  void refusesWhatLeadsNowhereOrTwoWays(String keys, String code) {
    var result =
        new ConfigurationFile(folder)
            .read("services: { s: { port: 1, " + keys + " } }\n" + NO_KEY + REST);
    assertThat(result).as(keys).isInstanceOf(FrontDoorFile.Invalid.class);
    assertThat(result.diagnostics())
        .filteredOn(d -> d.severity() == Diagnostic.Severity.ERROR)
        .extracting(Diagnostic::code)
        .contains(code);
  }

  @Test
  void capsTheNodeAtTheSumOfItsServicesUnlessTheFileSaysOtherwise() {
    assertThat(l4("services: { a: { port: 80, to: web }, b: { port: 81, to: web } }\n"))
        .extracting(L4Config::maxConnections)
        .isEqualTo(16_000);
    assertThat(
            l4("process: { maxConnections: 9000 }\nservices: { a: { port: 80, to: web } }\n")
                .maxConnections())
        .isEqualTo(9000);
  }

  private ServiceConfig service(String keys) {
    List<ServiceConfig> services =
        l4("services:\n  web:\n    port: 80\n    to: web\n    " + keys.strip() + "\n").services();
    assertThat(services).hasSize(1);
    return services.getFirst();
  }

  private L4Config l4(String part) {
    return new ConfigurationFile(folder)
        .load(part + NO_KEY + REST)
        .planFor("l4")
        .l4()
        .orElseThrow();
  }
}
