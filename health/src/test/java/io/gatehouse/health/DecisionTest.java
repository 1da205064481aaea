package io.gatehouse.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.health.EvidenceTable.Outcome;
import io.gatehouse.health.PanicPolicy.Action;
import io.gatehouse.health.ProbeShare.Candidate;
import io.gatehouse.testkit.SeededCases;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The rules by which a node decides, each a pure function. */
class DecisionTest {
  private static final EndpointKey KEY = new EndpointKey("app", "b1");

  private static Evidence evidence(String observer, Verdict verdict, long epoch, long sequence) {
    return new Evidence(observer, KEY, verdict, 100, "refused", sequence, epoch, sequence);
  }

  private static Verdict verdict(char letter) {
    return switch (letter) {
      case 'U' -> Verdict.UP;
      case 'D' -> Verdict.DOWN;
      case 'g' -> Verdict.DEGRADED;
      case 'd' -> Verdict.DRAINING;
      default -> Verdict.UNKNOWN;
    };
  }

  /**
   * One letter per observer, this node first: U up, D down, g degraded, d draining, ? no view. Then
   * the quorum (m majority, - nobody's word, or a number), and how many are assigned.
   */
  @ParameterizedTest
  @CsvSource({
    "UU, m, 0, WORKS",
    "UD, m, 0, SILENT", // one of two: its word against ours
    "UUD, m, 0, WORKS",
    "UDD, m, 0, DOWN",
    "UDDU, m, 0, WORKS", // half is no majority
    "UDDD, m, 0, DOWN",
    "?D, m, 0, SILENT", // at least two
    "?DD, m, 0, DOWN",
    "?U, m, 0, WORKS",
    "DU, m, 0, WORKS", // our own view is weighed elsewhere
    "UDUU, 1, 0, DOWN",
    "UDUU, 2, 0, WORKS",
    "UDD, 3, 0, SILENT",
    "UDDDD, -, 0, SILENT",
    "?D, m, 1, DOWN", // the only prober
    "?D, m, 2, SILENT",
    "?DU, m, 2, WORKS",
    "?DD, m, 2, DOWN",
    "?DDU, m, 3, DOWN",
    "?DUU, m, 3, WORKS",
    "?g, m, 3, WORKS",
    "?d, m, 3, WORKS",
    "?, m, 3, SILENT",
  })
  void weighsWhatOthersSee(String views, String quorum, int assigned, String expected) {
    var rule =
        switch (quorum) {
          case "m" -> new Quorum.Majority();
          case "-" -> new Quorum.Nobody();
          default -> new Quorum.AtLeast(Integer.parseInt(quorum));
        };
    var fresh = new ArrayList<Evidence>();
    for (int i = 0; i < views.length(); i++) {
      fresh.add(evidence(i == 0 ? "self" : "n" + i, verdict(views.charAt(i)), 1, i));
    }
    for (int turn = 0; turn < 10; turn++) {
      Collections.shuffle(fresh, new Random(turn));
      var view = RemoteView.weigh(fresh, "self", rule, assigned);
      assertThat(view.getClass().getSimpleName()).isEqualToIgnoringCase(expected);
    }
  }

  @Test
  void anyOrderOfTheSameEvidenceGivesTheSameVerdict() {
    SeededCases.check(
        2_000,
        random -> {
          var news = new ArrayList<Evidence>();
          for (int i = random.nextInt(1, 40); i > 0; i--) {
            news.add(
                evidence(
                    "n" + random.nextInt(4),
                    // what an observer says is a function of when it says it
                    Verdict.DOWN,
                    random.nextLong(1, 4),
                    random.nextLong(1, 6)));
          }
          news.replaceAll(
              e ->
                  evidence(
                      e.observer(),
                      Verdict.values()[Math.floorMod(e.hashCode(), Verdict.values().length)],
                      e.epoch(),
                      e.sequence()));
          var first = tableOf(news);
          var shuffled = new ArrayList<>(news);
          shuffled.addAll(news.subList(0, random.nextInt(news.size()))); // some come twice
          Collections.shuffle(shuffled, new Random(random.nextLong()));
          var second = tableOf(shuffled);
          assertThat(Set.copyOf(first.all())).isEqualTo(Set.copyOf(second.all()));
          var living = Set.of("n0", "n1", "n2");
          assertThat(view(first, living)).isEqualTo(view(second, living));
          for (var kept : first.all()) {
            assertThat(news)
                .filteredOn(e -> e.observer().equals(kept.observer()))
                .noneMatch(e -> e.isNewerThan(kept));
          }
        });
  }

  private static EvidenceTable tableOf(List<Evidence> news) {
    var table = new EvidenceTable(EvidenceTable.Limits.DEFAULT);
    news.forEach(e -> table.add(e, new ArrayList<>()));
    return table;
  }

  private static RemoteView view(EvidenceTable table, Set<String> living) {
    var fresh = RemoteView.fresh(table.about(KEY), living, Set.of());
    return RemoteView.weigh(fresh, "self", new Quorum.Majority(), 0);
  }

  @Test
  void theTableIsBoundedAndForgetsWithTheObserver() {
    var table = new EvidenceTable(new EvidenceTable.Limits(2, 1, 2));
    var changed = new HashSet<EndpointKey>();
    assertThat(table.add(evidence("a", Verdict.UP, 5, 1), changed)).isEqualTo(Outcome.NEWS);
    assertThat(table.add(evidence("a", Verdict.UP, 5, 1), changed)).isEqualTo(Outcome.STALE);
    assertThat(table.add(evidence("a", Verdict.UP, 4, 9), changed)).isEqualTo(Outcome.STALE);
    var other = new Evidence("a", new EndpointKey("app", "b2"), Verdict.UP, 100, "", 0, 5, 2);
    assertThat(table.add(other, changed)).isEqualTo(Outcome.NO_ROOM);
    assertThat(table.add(evidence("b", Verdict.UP, 1, 1), changed)).isEqualTo(Outcome.NEWS);
    assertThat(table.add(evidence("c", Verdict.UP, 1, 1), changed)).isEqualTo(Outcome.NO_ROOM);
    changed.clear();
    assertThat(table.add(new Evidence("a", other.key(), Verdict.UP, 100, "", 0, 6, 1), changed))
        .as("a later life of the observer")
        .isEqualTo(Outcome.NEWS);
    assertThat(changed).containsExactlyInAnyOrder(KEY, other.key());
    assertThat(table.about(KEY)).extracting(Evidence::observer).containsExactly("b");
    table.forget("a", changed);
    table.forget("b", changed);
    assertThat(table.size()).isZero();
    assertThat(table.endpoints()).isEmpty();
  }

  /**
   * One letter per endpoint: U up, ? unknown, g degraded, d draining, D down, L left (down by its
   * own word), 0 up with weight 0. Then who takes work.
   */
  @ParameterizedTest
  @CsvSource({
    "UUUU, 50, USE_ALL, 1111, false",
    "UUDD, 50, USE_ALL, 1100, false", // half is enough
    "UDDD, 50, USE_ALL, 1111, true",
    "UDDD, 50, FAIL, 0000, true",
    "UDDD, 0, USE_ALL, 1000, false",
    "UDDD, 25, USE_ALL, 1000, false",
    "D, 50, USE_ALL, 1, true",
    "DD, 0, USE_ALL, 00, false",
    "ULLL, 50, USE_ALL, 1000, false", // a goodbye is never doubted
    "dddU, 50, USE_ALL, 0001, false",
    "dddD, 50, USE_ALL, 0001, true",
    "dLdL, 50, USE_ALL, 0000, false",
    "UDDLd, 50, USE_ALL, 11100, true",
    "???, 50, USE_ALL, 111, false",
    "ggU, 50, USE_ALL, 001, false", // spared while another is up
    "ggD, 50, USE_ALL, 110, false",
    "gDD, 50, USE_ALL, 111, true",
    "0DU, 50, USE_ALL, 001, false",
    "0DD, 50, USE_ALL, 011, true",
    "UUUUD, 100, USE_ALL, 11111, true",
  })
  void doubtsTheViewsWhenTooFewLookHealthy(
      String pool, int percent, Action action, String takers, boolean panicking) {
    var judged = new ArrayList<PoolChoice.Judged>();
    for (int i = 0; i < pool.length(); i++) {
      char c = pool.charAt(i);
      var endpoint =
          new Endpoint("b" + i, new InetSocketAddress("127.0.0.1", 80), c == '0' ? 0 : 1);
      var verdict = c == 'L' ? Verdict.DOWN : c == '0' ? Verdict.UP : verdict(c);
      judged.add(
          new PoolChoice.Judged(
              new EndpointHealth(endpoint, verdict, "", Instant.EPOCH), c != 'L' && c != 'd'));
    }
    var choice = PoolChoice.of(judged, new PanicPolicy(percent / 100.0, action));
    var taking = new StringBuilder();
    choice.endpoints().forEach(e -> taking.append(e.takesWork() ? '1' : '0'));
    assertThat(taking).hasToString(takers);
    assertThat(choice.panicking()).isEqualTo(panicking);
  }

  @ParameterizedTest
  @CsvSource({
    "1 1 1, 100 100 100, 1 1 1",
    "1 1 1, 100 50 0, 100 50 0",
    "1 2, 100 1, 100 2",
    "10 1000, 50 100, 5 1000",
    "0 5, 50 50, 0 250",
    "1000 1, 100 10, 1000 1",
  })
  void scalesWeightsByWhatEndpointsAskFor(String configured, String percents, String expected) {
    assertThat(EffectiveWeights.of(numbers(configured), numbers(percents)))
        .isEqualTo(numbers(expected));
  }

  private static List<Integer> numbers(String words) {
    return java.util.Arrays.stream(words.split(" ")).map(Integer::valueOf).toList();
  }

  @Test
  void sharesTheProbesEvenlyAndMovesOnlyThoseOfTheLost() {
    int nodes = 20;
    int endpoints = 1_000;
    var all = candidates(nodes);
    Map<String, Integer> load = new HashMap<>();
    for (int e = 0; e < endpoints; e++) {
      var key = new EndpointKey("app", "10.0.0." + e);
      var probers = ProbeShare.probers(key, all, 3);
      assertThat(probers).hasSize(3);
      probers.forEach(name -> load.merge(name, 1, Integer::sum));
      var lost = all.get(e % nodes);
      var rest = all.stream().filter(c -> !c.equals(lost)).toList();
      var after = ProbeShare.probers(key, rest, 3);
      var stayed = new HashSet<>(probers);
      stayed.remove(lost.name());
      assertThat(after).hasSize(3).containsAll(stayed);
      // suspected, it keeps its endpoints, and the next is there before it is dead
      var doubted = new ArrayList<>(rest);
      doubted.add(new Candidate(lost.name(), true));
      var union = new HashSet<>(probers);
      union.addAll(after);
      assertThat(ProbeShare.probers(key, doubted, 3)).isEqualTo(union);
    }
    assertThat(load).hasSize(nodes);
    assertThat(load.values()).allSatisfy(n -> assertThat(n).isBetween(100, 200)); // mean 150
  }

  private static List<Candidate> candidates(int nodes) {
    return IntStream.range(0, nodes).mapToObj(i -> new Candidate("l7-" + i, false)).toList();
  }

  @Test
  void fewerNodesThanProbesAllProbe() {
    assertThat(ProbeShare.probers(KEY, candidates(2), 3)).containsExactlyInAnyOrder("l7-0", "l7-1");
  }
}
