package io.gatehouse.l7.balance;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.health.Endpoint;
import io.gatehouse.health.EndpointHealth;
import io.gatehouse.health.Verdict;
import io.gatehouse.l7.PoolConfig;
import io.gatehouse.l7.PoolConfig.Balance;
import io.gatehouse.l7.upstream.Endpoints;
import io.gatehouse.l7.upstream.PoolView;
import io.gatehouse.l7.upstream.UpstreamEndpoint;
import io.gatehouse.testkit.SeededCases;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BalancerTest {
  private static final InetSocketAddress ADDRESS = new InetSocketAddress("127.0.0.1", 1);

  private static PoolView pool(int... weights) {
    var config =
        new PoolConfig(
            "p",
            Balance.ROUND_ROBIN,
            3,
            PoolConfig.Connections.DEFAULT,
            PoolConfig.Timeouts.DEFAULT,
            PoolConfig.Limits.DEFAULT);
    var health = new ArrayList<EndpointHealth>();
    var endpoints = new ArrayList<UpstreamEndpoint>();
    for (int i = 0; i < weights.length; i++) {
      var endpoint = new Endpoint(String.valueOf((char) ('a' + i)), ADDRESS, weights[i]);
      health.add(new EndpointHealth(endpoint, Verdict.UP, "", Instant.EPOCH));
      endpoints.add(Endpoints.onOneLoop(endpoint, config));
    }
    return PoolView.of(config, health, endpoints);
  }

  private static String picks(Balancer balancer, PoolView pool, int count) {
    var picks = new StringBuilder();
    var candidates = new Candidates();
    for (int i = 0; i < count; i++) {
      candidates.begin(pool, balancer);
      var next = candidates.next();
      picks.append(next == null ? "-" : next.name());
    }
    return picks.toString();
  }

  @Test
  void roundRobinGoesRound() {
    var balancer = Balancer.of(Balance.ROUND_ROBIN, 0, new SplittableRandom(1));
    String twice = picks(balancer, pool(1, 1, 1), 6);
    assertThat("abcabc".repeat(2)).contains(twice);
  }

  @Test
  void roundRobinMixesWeightsSmoothly() {
    var balancer = Balancer.of(Balance.ROUND_ROBIN, 0, new SplittableRandom(1));
    assertThat(picks(balancer, pool(5, 1, 1), 14)).isEqualTo("aabacaa".repeat(2));
  }

  @Test
  void roundRobinKeepsWeightsExactlyOverARound() {
    SeededCases.check(
        50,
        random -> {
          var weights = new int[2 + random.nextInt(6)];
          int sum = 0;
          for (int i = 0; i < weights.length; i++) {
            weights[i] = 1 + random.nextInt(20);
            sum += weights[i];
          }
          var balancer = Balancer.of(Balance.ROUND_ROBIN, 0, random);
          var counts = new HashMap<Character, Integer>();
          for (char pick : picks(balancer, pool(weights), sum).toCharArray()) {
            counts.merge(pick, 1, Integer::sum);
          }
          for (int i = 0; i < weights.length; i++) {
            assertThat(counts).containsEntry((char) ('a' + i), weights[i]);
          }
        });
  }

  @Test
  void leastRequestSpreadsOverAll() {
    var balancer = Balancer.of(Balance.LEAST_REQUEST, 0, new SplittableRandom(1));
    String picks = picks(balancer, pool(1, 1, 1, 1), 4_000);
    for (char name : "abcd".toCharArray()) {
      assertThat(picks.chars().filter(c -> c == name).count()).isBetween(850L, 1150L);
    }
  }

  @Test
  void leastRequestPrefersTheOneWithLessToDo() {
    var pool = pool(1, 1);
    Endpoints.load(pool.endpoints().getFirst(), 3);
    var balancer = Balancer.of(Balance.LEAST_REQUEST, 0, new SplittableRandom(1));
    assertThat(picks(balancer, pool, 50)).isEqualTo("b".repeat(50));
  }

  @Test
  void leastRequestWeighsTheLoad() {
    var pool = pool(10, 1);
    Endpoints.load(pool.endpoints().getFirst(), 3);
    var balancer = Balancer.of(Balance.LEAST_REQUEST, 0, new SplittableRandom(1));
    assertThat(picks(balancer, pool, 50)).isEqualTo("a".repeat(50));
  }

  @ParameterizedTest
  @EnumSource(Balance.class)
  void yieldsEachCandidateOnceThenNone(Balance kind) {
    SeededCases.check(
        50,
        random -> {
          var weights = new int[1 + random.nextInt(6)];
          for (int i = 0; i < weights.length; i++) {
            weights[i] = 1 + random.nextInt(3);
          }
          var balancer = Balancer.of(kind, 0, random);
          var candidates = new Candidates();
          candidates.begin(pool(weights), balancer);
          var names = new ArrayList<String>();
          for (int i = 0; i < weights.length; i++) {
            var next = candidates.next();
            assertThat(next).isNotNull();
            names.add(next.name());
          }
          assertThat(names).doesNotHaveDuplicates();
          assertThat(candidates.next()).isNull();
        });
  }

  @ParameterizedTest
  @EnumSource(Balance.class)
  void yieldsNothingFromAnEmptyPool(Balance kind) {
    var balancer = Balancer.of(kind, 0, new SplittableRandom(1));
    assertThat(picks(balancer, pool(), 1)).isEqualTo("-");
    assertThat(picks(balancer, pool(0, 0), 1)).isEqualTo("-");
    assertThat(List.of(pool(0, 1).takers().getFirst().name())).containsExactly("b");
  }
}
