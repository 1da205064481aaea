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
    var table = ServiceTable.build(pool(10, Verdict.UP), SIZE);
    new SplittableRandom(1)
        .longs(1000)
        .forEach(
            hash -> {
              var owner = table.endpoints().get(table.maglev().lookup(hash)).endpoint();
              assertThat(table.candidates(hash, 3).next()).isEqualTo(owner);
            });
  }

  @Test
  void aFlappingEndpointMovesOnlyItsOwnConnections() {
    SeededCases.check(
        10,
        random -> {
          var up = pool(12, Verdict.UP);
          var table = ServiceTable.build(up, SIZE);
          int flapping = random.nextInt(up.size());
          var down = new ArrayList<>(up);
          down.set(flapping, with(up.get(flapping), Verdict.DOWN));
          var without = table.updated(down, SIZE);
          var again = without.updated(up, SIZE);
          random
              .longs(2000)
              .forEach(
                  hash -> {
                    var before = table.candidates(hash, 1).next();
                    var during = without.candidates(hash, 1).next();
                    if (before.equals(up.get(flapping).endpoint())) {
                      assertThat(during).isNotEqualTo(before);
                    } else {
                      assertThat(during).isEqualTo(before);
                    }
                    assertThat(again.candidates(hash, 1).next()).isEqualTo(before);
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
    var here = ServiceTable.build(one, SIZE);
    var there = ServiceTable.build(other, SIZE);
    new SplittableRandom(5)
        .longs(2000)
        .forEach(
            hash -> {
              var a = here.candidates(hash, 1).next();
              var b = there.candidates(hash, 1).next();
              if (!a.equals(up.get(7).endpoint()) && !b.equals(up.get(2).endpoint())) {
                assertThat(a).isEqualTo(b);
              }
            });
  }

  @Test
  void healthAloneDoesNotRebuildTheTable() {
    var table = ServiceTable.build(pool(5, Verdict.UP), SIZE);
    assertThat(table.updated(pool(5, Verdict.DOWN), SIZE).maglev()).isSameAs(table.maglev());
    assertThat(table.updated(pool(6, Verdict.UP), SIZE).maglev()).isNotSameAs(table.maglev());
  }

  @Test
  void candidatesAreDistinctAndAsManyAsTakeWork() {
    SeededCases.check(
        50,
        random -> {
          var pool = new ArrayList<>(pool(random.nextInt(1, 30), Verdict.UP));
          pool.replaceAll(e -> random.nextBoolean() ? e : with(e, Verdict.DOWN));
          var table = ServiceTable.build(pool, SIZE);
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
    var candidates = ServiceTable.build(pool(5, Verdict.UP), SIZE).candidates(7, 2);
    candidates.next();
    candidates.next();
    assertThat(candidates.hasNext()).isFalse();
  }

  @ParameterizedTest
  @EnumSource(
      value = Verdict.class,
      names = {"DOWN", "DRAINING"})
  void givesNoneWhenNoneTakesNewWork(Verdict verdict) {
    var table = ServiceTable.build(pool(5, verdict), SIZE);
    assertThat(table.candidates(7, 3).hasNext()).isFalse();
  }

  @Test
  void givesNoneForAnEmptyPool() {
    assertThat(ServiceTable.build(List.of(), SIZE).candidates(7, 3).hasNext()).isFalse();
  }

  @Test
  void anEndpointOfWeightZeroGetsNothing() {
    var pool = List.of(health("a", Verdict.UP, 0), health("b", Verdict.DOWN, 1));
    assertThat(ServiceTable.build(pool, SIZE).candidates(7, 3).hasNext()).isFalse();
  }

  @Test
  void anEndpointTooLightToOwnAnEntryIsStillTriedAtLast() {
    var pool = List.of(health("heavy", Verdict.UP, 1000), health("light", Verdict.UP, 1));
    var table = ServiceTable.build(pool, 7);
    assertThat(table.maglev().counts()).containsExactly(7, 0);
    var candidates = table.candidates(7, 3);
    assertThat(candidates.next().name()).isEqualTo("heavy");
    assertThat(candidates.next().name()).isEqualTo("light");
    assertThat(candidates.hasNext()).isFalse();
  }

  static List<EndpointHealth> pool(int size, Verdict verdict) {
    var pool = new ArrayList<EndpointHealth>();
    for (int i = 0; i < size; i++) {
      pool.add(health("l7-" + i, verdict, 1));
    }
    return pool;
  }

  private static EndpointHealth health(String name, Verdict verdict, int weight) {
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
    return new EndpointHealth(new Endpoint(name, address, weight), verdict, "", Instant.EPOCH);
  }

  private static EndpointHealth with(EndpointHealth health, Verdict verdict) {
    return new EndpointHealth(health.endpoint(), verdict, "", Instant.EPOCH);
  }
}
