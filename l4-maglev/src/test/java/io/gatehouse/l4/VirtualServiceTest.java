package io.gatehouse.l4;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.health.HealthSnapshot;
import io.gatehouse.l4.ServiceConfig.HashKey;
import io.gatehouse.l4.ServiceConfig.Limits;
import io.gatehouse.l4.ServiceConfig.ProxyHeader;
import io.gatehouse.l4.ServiceConfig.Timeouts;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class VirtualServiceTest {
  private static final InetSocketAddress CLIENT = new InetSocketAddress("192.0.2.1", 40_000);
  private static final InetSocketAddress OTHER = new InetSocketAddress("192.0.2.2", 40_000);

  /** An arbitrary origin, as that of System.nanoTime is. */
  private static final long NOW = Long.MIN_VALUE + 5;

  private final NodeAdmission node = new NodeAdmission(3);
  private @Nullable SnapshotBuilder snapshots;

  @AfterEach
  void close() {
    if (snapshots != null) {
      snapshots.close();
    }
  }

  @Test
  void admitsUpToTheServicesCapAndAgainAfterARelease() {
    var service = service(new Limits(2, 1, 4096));
    assertThat(service.admit(CLIENT, NOW)).isEqualTo(Admission.ADMITTED);
    assertThat(service.admit(CLIENT, NOW)).isEqualTo(Admission.ADMITTED);
    assertThat(service.admit(CLIENT, NOW)).isEqualTo(Admission.OVER_SERVICE_CAP);
    assertThat(service.active()).isEqualTo(2);
    assertThat(node.active()).isEqualTo(2);
    service.release();
    assertThat(service.admit(CLIENT, NOW)).isEqualTo(Admission.ADMITTED);
  }

  @Test
  void theServicesOfANodeShareItsCap() {
    var one = service(new Limits(10, 1, 4096));
    var other = service(new Limits(10, 1, 4096));
    one.admit(CLIENT, NOW);
    one.admit(CLIENT, NOW);
    assertThat(other.admit(CLIENT, NOW)).isEqualTo(Admission.ADMITTED);
    assertThat(other.admit(CLIENT, NOW)).isEqualTo(Admission.OVER_NODE_CAP);
    assertThat(other.active()).isOne();
    one.release();
    assertThat(other.admit(CLIENT, NOW)).isEqualTo(Admission.ADMITTED);
  }

  @Test
  void whatARateTurnsAwayIsNotCounted() {
    var service = service(limits(new RateLimit(1, 1), null));
    assertThat(service.admit(CLIENT, NOW)).isEqualTo(Admission.ADMITTED);
    assertThat(service.admit(OTHER, NOW)).isEqualTo(Admission.OVER_RATE);
    assertThat(service.active()).isOne();
    assertThat(node.active()).isOne();
    assertThat(service.admit(OTHER, NOW + SECONDS.toNanos(1))).isEqualTo(Admission.ADMITTED);
  }

  @Test
  void aFloodFromOneSourceLeavesTheOthersTheirShare() {
    var perSource = new SourceRateLimit(new RateLimit(1, 1), 32, 64);
    var service = service(limits(new RateLimit(1, 2), perSource));
    assertThat(service.admit(CLIENT, NOW)).isEqualTo(Admission.ADMITTED);
    for (int i = 0; i < 100; i++) {
      assertThat(service.admit(CLIENT, NOW)).isEqualTo(Admission.OVER_SOURCE_RATE);
    }
    assertThat(service.admit(OTHER, NOW)).isEqualTo(Admission.ADMITTED);
  }

  @Test
  void aNodeWithoutDescriptorsRefusesForASecond() {
    var service = service(Limits.DEFAULT);
    service.shed(NOW);
    assertThat(service.admit(CLIENT, NOW + SECONDS.toNanos(1) - 1)).isEqualTo(Admission.OVERLOADED);
    assertThat(service.active()).isZero();
    assertThat(service.admit(CLIENT, NOW + SECONDS.toNanos(1))).isEqualTo(Admission.ADMITTED);
  }

  private static Limits limits(RateLimit all, @Nullable SourceRateLimit perSource) {
    return new Limits(10, 1, 4096, Integer.MAX_VALUE, all, perSource);
  }

  private VirtualService service(Limits limits) {
    var config =
        new ServiceConfig(
            "web",
            List.of(new InetSocketAddress("127.0.0.1", 0)),
            FakeHealth.POOL,
            HashKey.FIVE_TUPLE,
            ProxyHeader.V2,
            11,
            Timeouts.DEFAULT,
            limits);
    if (snapshots == null) {
      snapshots = new SnapshotBuilder(List.of(config), HealthSnapshot.EMPTY, 1, () -> NOW);
    }
    return new VirtualService(config, 0, snapshots, node, 1, NOW);
  }
}
