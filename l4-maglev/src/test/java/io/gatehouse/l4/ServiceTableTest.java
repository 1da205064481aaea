package io.gatehouse.l4;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.health.Endpoint;
import io.gatehouse.health.EndpointHealth;
import io.gatehouse.health.Verdict;
import io.gatehouse.testkit.SeededCases;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ServiceTableTest {
  private static final int SIZE = 1009;

  @Test
  void theFirstCandidateIsTheOwnerInTheTable() {
    var table = table(pool(10, Verdict.UP));
    new SplittableRandom(1)
        .longs(1000)
        .forEach(
            hash -> {
              var owner = table.endpoints().get(table.maglev().lookup(hash)).endpoint();
              assertThat(first(table, hash)).isEqualTo(owner);
            });
  }

  @Test
  void aFlappingEndpointMovesOnlyItsOwnConnections() {
    SeededCases.check(
        10,
        random -> {
          var up = pool(12, Verdict.UP);
          var table = table(up);
          int flapping = random.nextInt(up.size());
          var down = new ArrayList<>(up);
          down.set(flapping, with(up.get(flapping), Verdict.DOWN));
          var without = table.updated(down);
          var again = without.updated(up);
          random
              .longs(2000)
              .forEach(
                  hash -> {
                    var before = first(table, hash);
                    var during = first(without, hash);
                    if (before.equals(up.get(flapping).endpoint())) {
                      assertThat(during).isNotEqualTo(before);
                    } else {
                      assertThat(during).isEqualTo(before);
                    }
                    assertThat(first(again, hash)).isEqualTo(before);
                  });
        });
  }

  @Test
  void nodesThatSeeDifferentEndpointsDownAgreeOnAllOthers() {
    var up = pool(10, Verdict.UP);
    var one = new ArrayList<>(up);
    one.set(2, with(up.get(2), Verdict.DOWN));
    var other = new ArrayList<>(up);
    other.set(7, with(up.get(7), Verdict.DOWN));
    var here = table(one);
    var there = table(other);
    new SplittableRandom(5)
        .longs(2000)
        .forEach(
            hash -> {
              var a = first(here, hash);
              var b = first(there, hash);
              if (!a.equals(up.get(7).endpoint()) && !b.equals(up.get(2).endpoint())) {
                assertThat(a).isEqualTo(b);
              }
            });
  }

  @Test
  void healthAloneDoesNotRebuildTheTable() {
    var table = table(pool(5, Verdict.UP));
    assertThat(table.updated(pool(5, Verdict.DOWN)).maglev()).isSameAs(table.maglev());
    assertThat(table.updated(pool(6, Verdict.UP)).maglev()).isNotSameAs(table.maglev());
  }

  @Test
  void candidatesAreDistinctAndAsManyAsTakeWork() {
    SeededCases.check(
        50,
        random -> {
          var pool = new ArrayList<>(pool(random.nextInt(1, 30), Verdict.UP));
          pool.replaceAll(e -> random.nextBoolean() ? e : with(e, Verdict.DOWN));
          var table = table(pool);
          var candidates = table.candidates(random.nextLong(), 100);
          var seen = new HashSet<Endpoint>();
          while (candidates.hasNext()) {
            assertThat(seen.add(candidates.next())).isTrue();
          }
          assertThat(seen).hasSize(table.takingWork());
        });
  }

  @Test
  void givesNoMoreCandidatesThanAskedFor() {
    var candidates = table(pool(5, Verdict.UP)).candidates(7, 2);
    next(candidates);
    next(candidates);
    assertThat(candidates.hasNext()).isFalse();
  }

  @ParameterizedTest
  @EnumSource(
      value = Verdict.class,
      names = {"DOWN", "DRAINING"})
  void givesNoneWhenNoneTakesNewWork(Verdict verdict) {
    var table = table(pool(5, verdict));
    assertThat(table.candidates(7, 3).hasNext()).isFalse();
  }

  @Test
  void givesNoneForAnEmptyPool() {
    assertThat(table(List.of()).candidates(7, 3).hasNext()).isFalse();
  }

  @Test
  void anEndpointOfWeightZeroGetsNothing() {
    var pool = List.of(health("a", Verdict.UP, 0), health("b", Verdict.DOWN, 1));
    assertThat(table(pool).candidates(7, 3).hasNext()).isFalse();
  }

  @Test
  void anEndpointTooLightToOwnAnEntryIsStillTriedAtLast() {
    var pool = List.of(health("heavy", Verdict.UP, 1000), health("light", Verdict.UP, 1));
    var table = table(pool, 7);
    assertThat(table.maglev().counts()).containsExactly(7, 0);
    var candidates = table.candidates(7, 3);
    assertThat(next(candidates).name()).isEqualTo("heavy");
    assertThat(next(candidates).name()).isEqualTo("light");
    assertThat(candidates.hasNext()).isFalse();
  }

  @Test
  void findsAnEndpointByItsIdWhereverItIs() {
    var stats = new PoolStats("web", FakeHealth.POOL, 1);
    var policy = new TablePolicy(SIZE, Integer.MAX_VALUE, 0);
    var table = ServiceTable.build(pool(20, Verdict.UP), policy, stats, () -> 0);
    for (int i = 0; i < 20; i++) {
      assertThat(table.indexOf(table.statsOf(i).id())).isEqualTo(i);
    }
    var fewer = table.updated(pool(5, Verdict.DOWN));
    assertThat(fewer.indexOf(stats.of("l7-4").id())).isEqualTo(4);
    assertThat(fewer.indexOf(stats.of("l7-5").id())).isEqualTo(-1);
    var other = new PoolStats("web", "other", 1);
    assertThat(other.of("l7-4").id()).isNotEqualTo(stats.of("l7-4").id());
  }

  static List<EndpointHealth> pool(int size, Verdict verdict) {
    var pool = new ArrayList<EndpointHealth>();
    for (int i = 0; i < size; i++) {
      pool.add(health("l7-" + i, verdict, 1));
    }
    return pool;
  }

  private static ServiceTable table(List<EndpointHealth> pool) {
    return table(pool, SIZE);
  }

  private static ServiceTable table(List<EndpointHealth> pool, int size) {
    return ServiceTable.build(
        pool,
        new TablePolicy(size, Integer.MAX_VALUE, 0),
        new PoolStats("web", FakeHealth.POOL, 1),
        () -> 0);
  }

  private static Endpoint first(ServiceTable table, long hash) {
    return next(table.candidates(hash, 1));
  }

  private static Endpoint next(ServiceTable.Candidates candidates) {
    assertThat(candidates.hasNext()).isTrue();
    return candidates.next();
  }

  private static EndpointHealth health(String name, Verdict verdict, int weight) {
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
    return new EndpointHealth(new Endpoint(name, address, weight), verdict, "", Instant.EPOCH);
  }

  private static EndpointHealth with(EndpointHealth health, Verdict verdict) {
    return new EndpointHealth(health.endpoint(), verdict, "", Instant.EPOCH);
  }
}
