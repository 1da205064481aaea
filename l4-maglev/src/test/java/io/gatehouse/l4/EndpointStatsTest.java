package io.gatehouse.l4;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.health.Verdict;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class EndpointStatsTest {
  private final PoolStats pool = new PoolStats("web", "l7/web", 2);

  @Test
  void sumsWhatTheLoopsHaveSeen() {
    var one = pool.of("l7-1").shard(0);
    var other = pool.of("l7-1").shard(1);
    one.begin(false);
    one.connected(MILLISECONDS.toNanos(3));
    one.passed(100, 2000);
    other.begin(true);
    other.connectFailed();
    other.begin(true);
    other.connected(SECONDS.toNanos(10));
    other.adopted();
    one.ended();
    var view = pool.views().getFirst();
    assertThat(view.service()).isEqualTo("web");
    assertThat(view.pool()).isEqualTo("l7/web");
    assertThat(view.endpoint()).isEqualTo("l7-1");
    assertThat(view.active()).isEqualTo(2);
    assertThat(view.connected()).isEqualTo(2);
    assertThat(view.connectFailures()).isEqualTo(1);
    assertThat(view.retries()).isEqualTo(2);
    assertThat(view.bytesFromClients()).isEqualTo(100);
    assertThat(view.bytesToClients()).isEqualTo(2000);
    assertThat(view.connectNanos()).isEqualTo(MILLISECONDS.toNanos(10_003));
  }

  @Test
  void putsEachConnectIntoTheFirstBucketThatHoldsIt() {
    var shard = pool.of("l7-1").shard(0);
    EndpointStatsView.connectBoundsNanos()
        .forEach(
            bound -> {
              shard.connected(bound);
              shard.connected(bound + 1);
            });
    var buckets = pool.views().getFirst().connectBuckets();
    assertThat(buckets).hasSize(EndpointStatsView.connectBoundsNanos().size() + 1);
    assertThat(buckets.getFirst()).isEqualTo(1);
    assertThat(buckets.getLast()).isEqualTo(1);
    assertThat(buckets.subList(1, buckets.size() - 1)).containsOnly(2L);
    assertThat(EndpointStatsView.connectBoundsNanos()).isSorted();
  }

  @Test
  void forgetsAnEndpointThatLeftOnceItsLastConnectionIsOver() {
    var leaving = pool.of("l7-1").shard(0);
    leaving.begin(false);
    pool.of("l7-2");
    pool.retain(Set.of("l7-2"));
    assertThat(pool.views()).extracting(EndpointStatsView::endpoint).contains("l7-1");
    leaving.ended();
    pool.retain(Set.of("l7-2"));
    assertThat(pool.views()).extracting(EndpointStatsView::endpoint).containsExactly("l7-2");
  }

  @Test
  void aFullEndpointIsPassedOver() {
    var table =
        ServiceTable.build(
            ServiceTableTest.pool(4, Verdict.UP), new TablePolicy(1009, 2, 0), pool, () -> 0);
    pool.of("l7-2").shard(0).begin(false);
    pool.of("l7-2").shard(1).begin(false);
    var chosen = new HashSet<String>();
    new SplittableRandom(2)
        .longs(500)
        .forEach(
            flow -> {
              var candidates = table.candidates(flow, 1);
              String owner = table.endpoints().get(table.maglev().lookup(flow)).endpoint().name();
              assertThat(candidates.ownerTakesWork()).isEqualTo(!owner.equals("l7-2"));
              String name = candidates.next().name();
              assertThat(candidates.passedFull()).isEqualTo(owner.equals("l7-2") ? 1 : 0);
              assertThat(name).isNotEqualTo("l7-2");
              chosen.add(name);
            });
    assertThat(chosen).hasSize(3);
    pool.of("l7-2").shard(0).ended();
    var again = table.candidates(0, 4);
    var names = new HashSet<String>();
    while (again.hasNext()) {
      String name = again.next().name();
      assertThat(again.stats()).isSameAs(pool.of(name));
      names.add(name);
    }
    assertThat(names).hasSize(4);
  }

  @Test
  void whereAllAreFullThereIsNone() {
    var table =
        ServiceTable.build(
            ServiceTableTest.pool(3, Verdict.UP), new TablePolicy(1009, 1, 0), pool, () -> 0);
    for (int i = 0; i < 3; i++) {
      pool.of("l7-" + i).shard(i % 2).begin(false);
    }
    var candidates = table.candidates(42, 3);
    assertThat(candidates.hasNext()).isFalse();
    assertThat(candidates.passedFull()).isEqualTo(3);
  }
}
