package io.gatehouse.l4;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.gatehouse.health.EndpointHealth;
import io.gatehouse.health.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SlowStartTest {
  private static final long SLOW_START = SECONDS.toNanos(30);
  private static final int FLOWS = 20_000;

  private final AtomicLong nowNanos = new AtomicLong(Long.MAX_VALUE - 7);
  private final PoolStats stats = new PoolStats("web", FakeHealth.POOL, 1);

  @ParameterizedTest
  @CsvSource({"-1, 0.1", "0, 0.1", "15, 0.55", "30, 1", "3600, 1"})
  void theShareGrowsEvenlyFromATenth(long seconds, double share) {
    assertThat(SlowStart.share(SECONDS.toNanos(seconds), SLOW_START)).isEqualTo(share);
  }

  @Test
  void anEndpointThatComesBackGetsItsFlowsBackLittleByLittle() {
    var before = table(pool(10, Verdict.UP));
    var back = before.updated(pool(10, Verdict.UP, 3, Verdict.DOWN)).updated(pool(10, Verdict.UP));
    assertThat(back.maglev()).isSameAs(before.maglev());
    int its = flowsOf(before, "l7-3");
    assertThat((double) flowsOf(back, "l7-3") / its).isCloseTo(0.1, within(0.03));
    nowNanos.addAndGet(SLOW_START / 2);
    assertThat((double) flowsOf(back, "l7-3") / its).isCloseTo(0.55, within(0.05));
    assertThat(back.share(3)).isEqualTo(0.55);
    nowNanos.addAndGet(SLOW_START / 2);
    assertThat(flowsOf(back, "l7-3")).isEqualTo(its);
  }

  @Test
  void aFlowThatItHasTakenItKeepsTaking() {
    var table =
        table(pool(5, Verdict.UP))
            .updated(pool(5, Verdict.UP, 2, Verdict.DRAINING))
            .updated(pool(5, Verdict.UP));
    var random = new SplittableRandom(3);
    long[] flows = random.longs(2000).toArray();
    var taken = new ArrayList<Long>();
    for (int step = 0; step < 10; step++) {
      for (long flow : taken) {
        assertThat(first(table, flow)).isEqualTo("l7-2");
      }
      taken.clear();
      for (long flow : flows) {
        if (first(table, flow).equals("l7-2")) {
          taken.add(flow);
        }
      }
      nowNanos.addAndGet(SLOW_START / 10);
    }
  }

  @Test
  void theFirstStartIsNotSlow() {
    var table = table(pool(4, Verdict.UNKNOWN)).updated(pool(4, Verdict.UP));
    for (int i = 0; i < 4; i++) {
      assertThat(table.share(i)).isOne();
    }
  }

  @Test
  void aWholeFleetThatComesBackAtOnceTakesEverything() {
    var table = table(pool(4, Verdict.DOWN)).updated(pool(4, Verdict.UP));
    for (int i = 0; i < 4; i++) {
      assertThat(table.share(i)).isOne();
    }
  }

  @Test
  void aFleetThatComesBackOneAfterAnotherDoesNotFallOnTheFirst() {
    long second = SECONDS.toNanos(1);
    var table = table(pool(3, Verdict.DOWN)).updated(pool(3, Verdict.DOWN, 0, Verdict.UP));
    assertThat(table.share(0)).isOne();
    nowNanos.addAndGet(second);
    table = table.updated(pool(3, Verdict.UP, 2, Verdict.DOWN));
    nowNanos.addAndGet(second);
    table = table.updated(pool(3, Verdict.UP));
    for (int i = 0; i < 3; i++) {
      assertThat(table.share(i)).isOne();
    }
    // Once the first has its whole share, the others have nearly theirs.
    nowNanos.addAndGet(SLOW_START - 2 * second);
    assertThat(table.share(0)).isOne();
    assertThat(table.share(1)).isCloseTo(0.97, within(0.001));
    assertThat(table.share(2)).isCloseTo(0.94, within(0.001));
  }

  @Test
  void anEndpointThatJoinsStartsSlowlyAndGoesOnRampingThroughOtherChanges() {
    var joined = table(pool(4, Verdict.UP)).updated(pool(5, Verdict.UP));
    assertThat(joined.share(4)).isEqualTo(0.1);
    nowNanos.addAndGet(SLOW_START / 2);
    assertThat(joined.updated(pool(5, Verdict.UP, 0, Verdict.DOWN)).share(4)).isEqualTo(0.55);
    nowNanos.addAndGet(SLOW_START / 2);
    assertThat(joined.updated(pool(5, Verdict.UP)).share(4)).isOne();
  }

  @Test
  void anEndpointThatStartsSlowlyIsStillBetterThanNone() {
    var table = table(pool(2, Verdict.UP, 1, Verdict.DOWN)).updated(pool(2, Verdict.UP));
    new SplittableRandom(1)
        .longs(200)
        .forEach(
            flow -> {
              var candidates = table.candidates(flow, 5);
              var names = List.of(candidates.next().name(), candidates.next().name());
              assertThat(names).containsExactlyInAnyOrder("l7-0", "l7-1");
              assertThat(candidates.hasNext()).isFalse();
            });
  }

  private int flowsOf(ServiceTable table, String endpoint) {
    return (int)
        new SplittableRandom(9)
            .longs(FLOWS)
            .filter(flow -> first(table, flow).equals(endpoint))
            .count();
  }

  private static String first(ServiceTable table, long flow) {
    return table.candidates(flow, 1).next().name();
  }

  private ServiceTable table(List<EndpointHealth> pool) {
    return ServiceTable.build(
        pool, new TablePolicy(1009, Integer.MAX_VALUE, SLOW_START), stats, nowNanos::get);
  }

  private static List<EndpointHealth> pool(int size, Verdict verdict) {
    return ServiceTableTest.pool(size, verdict);
  }

  private static List<EndpointHealth> pool(int size, Verdict verdict, int but, Verdict other) {
    var pool = new ArrayList<>(pool(size, verdict));
    pool.set(but, pool(size, other).get(but));
    return pool;
  }
}
