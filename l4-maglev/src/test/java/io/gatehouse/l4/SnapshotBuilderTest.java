package io.gatehouse.l4;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatehouse.health.EndpointHealth;
import io.gatehouse.health.HealthSnapshot;
import io.gatehouse.health.Verdict;
import io.gatehouse.l4.ServiceConfig.HashKey;
import io.gatehouse.l4.ServiceConfig.Limits;
import io.gatehouse.l4.ServiceConfig.ProxyHeader;
import io.gatehouse.l4.ServiceConfig.Timeouts;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SnapshotBuilderTest {
  private static final int SIZE = 11;

  @Test
  void buildsTheFirstSnapshotAtOnce() {
    try (var builder = builder(snapshot(3, ServiceTableTest.pool(4, Verdict.UP)))) {
      assertThat(builder.current().healthGeneration()).isEqualTo(3);
      assertThat(builder.current().table(0, 0).takingWork()).isEqualTo(4);
    }
  }

  @Test
  void aBurstOfChangesEndsWithTheLatest() {
    try (var builder = builder(snapshot(0, List.of()))) {
      for (int generation = 1; generation <= 500; generation++) {
        builder.offer(snapshot(generation, ServiceTableTest.pool(generation % 9, Verdict.UP)));
      }
      RunningTier.await("the latest", () -> builder.current().healthGeneration() == 500);
      assertThat(builder.current().table(0, 0).takingWork()).isEqualTo(500 % 9);
    }
  }

  @Test
  void anOlderSnapshotDoesNotReplaceANewerOne() {
    try (var builder = builder(snapshot(7, ServiceTableTest.pool(4, Verdict.UP)))) {
      builder.offer(snapshot(6, List.of()));
      builder.offer(snapshot(8, ServiceTableTest.pool(5, Verdict.UP)));
      RunningTier.await("the newer", () -> builder.current().healthGeneration() == 8);
      assertThat(builder.current().table(0, 0).takingWork()).isEqualTo(5);
    }
  }

  @Test
  void aPoolThatOutgrowsItsTableLeavesTheTableAsItWas() {
    try (var builder = builder(snapshot(0, ServiceTableTest.pool(4, Verdict.UP)))) {
      builder.offer(snapshot(1, ServiceTableTest.pool(SIZE, Verdict.UP)));
      RunningTier.await("generation 1", () -> builder.current().healthGeneration() == 1);
      assertThat(builder.current().table(0, 0).takingWork()).isEqualTo(4);
    }
  }

  @Test
  void refusesToStartWithAPoolThatDoesNotFit() {
    assertThatThrownBy(() -> builder(snapshot(0, ServiceTableTest.pool(SIZE, Verdict.UP))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("backends: 11");
  }

  @Test
  void aChangeAfterTheCloseIsIgnored() {
    var builder = builder(snapshot(0, List.of()));
    builder.close();
    builder.offer(snapshot(1, ServiceTableTest.pool(4, Verdict.UP)));
    assertThat(builder.current().healthGeneration()).isZero();
  }

  private static SnapshotBuilder builder(HealthSnapshot first) {
    var service =
        new ServiceConfig(
            "web",
            List.of(new InetSocketAddress("127.0.0.1", 0)),
            FakeHealth.POOL,
            HashKey.FIVE_TUPLE,
            ProxyHeader.V2,
            SIZE,
            Timeouts.DEFAULT,
            Limits.DEFAULT);
    return new SnapshotBuilder(List.of(service), first, 1, () -> 0);
  }

  private static HealthSnapshot snapshot(long generation, List<EndpointHealth> pool) {
    return new HealthSnapshot(generation, Map.of(FakeHealth.POOL, pool));
  }
}
