package io.gatehouse.appliance.config;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.health.HealthCheck;
import io.gatehouse.health.PanicPolicy;
import io.gatehouse.health.PoolHealth;
import io.gatehouse.health.Probe;
import io.gatehouse.health.Probe.BodyRule;
import io.gatehouse.health.Quorum;
import io.gatehouse.health.Verdict;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of the keys of {@code healthCheck}. */
class HealthCheckPlanTest {
  @TempDir private Path folder;
  private ConfigurationFile file;

  @BeforeEach
  void makeFile() {
    file = ConfigurationFile.in(folder);
  }

  private static String text(String pool) {
    return """
    cluster: { gossip: { unencrypted: true } }
    nodes:
      l7-1: { role: l7, address: 192.0.2.20 }
      l7-2: { role: l7, address: 192.0.2.21 }
    listeners: { plain: { port: 8080 } }
    routes: [ { pool: app } ]
    pools:
      app: { endpoints: ["192.0.2.30:8080"], %s }
    """
        .formatted(pool);
  }

  private PoolHealth planned(String pool) {
    return file.load(text(pool)).planFor("l7-1").pools().getFirst();
  }

  private static HealthCheck check(PoolHealth pool) {
    return Objects.requireNonNull(pool.check());
  }

  private List<String> codes(String pool) {
    return file.read(text(pool)).diagnostics().stream().map(Diagnostic::code).toList();
  }

  @Test
  void bindsEveryKeyOfAnHttpProbe() {
    var http =
        (Probe.Http)
            check(
                    planned(
                        "healthCheck: { http: { path: /ready, headers: [\"X-Probe: yes\"],"
                            + " status: [200-299, 401], matches: \"re+ady\", maxBody: 1KiB,"
                            + " maxLatency: 300ms, report: true, version: h2 } }"))
                .probe();
    assertThat(http.version()).isEqualTo(Probe.Version.HTTP_2);
    assertThat(http.request().headers()).containsExactly(new Probe.Header("X-Probe", "yes"));
    assertThat(http.healthy().statuses())
        .containsExactly(new Probe.Statuses(200, 299), new Probe.Statuses(401, 401));
    assertThat(http.healthy().body()).isInstanceOf(BodyRule.Matches.class);
    assertThat(http.healthy().maxBodyBytes()).isEqualTo(1024);
    assertThat(http.healthy().maxLatencyNanos()).isEqualTo(MILLISECONDS.toNanos(300));
    assertThat(http.readsReport()).isTrue();
    assertThat(http.tls()).isNull();
  }

  @Test
  void bindsWhoDecides() {
    var pool =
        planned(
            "healthCheck: { start: down, fastInterval: 100ms, sharedProbes: 3, quorum: 2,"
                + " panicThreshold: 25%, onPanic: fail, serverErrors: 7 }");
    assertThat(check(pool).start()).isEqualTo(Verdict.DOWN);
    assertThat(check(pool).fastIntervalNanos()).isEqualTo(MILLISECONDS.toNanos(100));
    assertThat(pool.agreement().sharedProbes()).isEqualTo(3);
    assertThat(pool.agreement().watchers()).containsExactlyInAnyOrder("l7-1", "l7-2");
    assertThat(pool.agreement().quorum()).isEqualTo(new Quorum.AtLeast(2));
    assertThat(pool.panic()).isEqualTo(new PanicPolicy(0.25, PanicPolicy.Action.FAIL));
    assertThat(pool.serverErrorRun()).isEqualTo(7);
    assertThat(planned("healthCheck: { quorum: off }").agreement().quorum())
        .isEqualTo(new Quorum.Nobody());
  }

  @Test
  void speaksAsThePoolWhereTheFileLeavesItOpen() {
    var tls = "protocol: h2, tls: { serverName: app.internal }, ";
    var http = (Probe.Http) check(planned(tls + "healthCheck: { http: / }")).probe();
    assertThat(http.version()).isEqualTo(Probe.Version.HTTP_2);
    assertThat(http.tls())
        .isNotNull()
        .satisfies(t -> assertThat(t.serverName()).isEqualTo("app.internal"))
        .satisfies(t -> assertThat(t.verify()).isTrue());
    var grpc =
        (Probe.Grpc)
            check(planned("protocol: h2c, healthCheck: { grpc: { service: a.B } }")).probe();
    assertThat(grpc.service()).isEqualTo("a.B");
    assertThat(grpc.tls()).isNull();
    assertThat(check(planned(tls + "healthCheck: { interval: 1s }")).probe())
        .isEqualTo(new Probe.Tcp());
    assertThat(check(planned("healthCheck: { tls: { serverName: db.internal } }")).probe())
        .isInstanceOf(Probe.Tls.class);
  }

  @Test
  void refusesWhatContradictsItself() {
    assertThat(codes("healthCheck: { http: /, grpc: { service: a } }"))
        .contains("conflicting-keys");
    assertThat(codes("healthCheck: { http: { path: /, contains: a, matches: b } }"))
        .contains("conflicting-keys");
    assertThat(codes("healthCheck: { http: { path: /, method: HEAD, contains: a } }"))
        .contains("conflicting-keys");
    assertThat(codes("healthCheck: { http: { path: /, matches: \"(\" } }"))
        .contains("bad-expression");
    assertThat(codes("healthCheck: { http: { path: /, headers: [\"Host: x\"] } }"))
        .contains("bad-header");
  }
}
