package io.gatehouse.appliance.config;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.l4.L4Config;
import io.gatehouse.l4.RateLimit;
import io.gatehouse.l4.ServiceConfig;
import io.gatehouse.l4.SourceRateLimit;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the keys of a service become on an L4 node. */
class ServicePlanTest {
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
    return new ConfigurationFile(folder).load(part + REST).planFor("l4").l4().orElseThrow();
  }
}
