package io.gatehouse.health;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatehouse.membership.ClusterView;
import io.gatehouse.membership.Member;
import io.gatehouse.membership.NodeState;
import io.gatehouse.testkit.SeededCases;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EndpointJudgeTest {
  private static final ProbeResult PASS = new ProbeResult.Passed("TCP connect");
  private static final ProbeResult FAIL =
      new ProbeResult.Failed(HealthCounter.FAILED_REFUSED, "connection refused");
  private static final ProbeResult NOTHING = new ProbeResult.Inconclusive("no descriptor");

  private static HealthCheck check(int rise, int fall) {
    return new HealthCheck(new Probe.Tcp(), 1_000, 0, 100, rise, fall, false);
  }

  private static RingEvidence seen(NodeState state) {
    return new RingEvidence.Seen(state, false);
  }

  /** + a pass, - a failure, 0 an inconclusive probe; then the verdict after each. */
  @ParameterizedTest
  @CsvSource({
    "2, 3, +, U",
    "2, 3, -, D",
    "2, 3, 0, ?",
    "2, 3, 0-, ?D",
    "2, 3, +--, UUU",
    "2, 3, +---, UUUD",
    "2, 3, +--+--, UUUUUU",
    "2, 3, +--+---, UUUUUUD",
    "2, 3, -+, DD",
    "2, 3, -++, DDU",
    "2, 3, -+-+, DDDD",
    "2, 3, +--0-, UUUUD",
    "2, 3, -+0+, DDDU",
    "1, 1, +-+-, UDUD",
  })
  void countsRiseAndFall(int rise, int fall, String probes, String verdicts) {
    var judge = new EndpointJudge(check(rise, fall), 0);
    var seen = new StringBuilder();
    for (char probe : probes.toCharArray()) {
      judge.probed(probe == '+' ? PASS : probe == '-' ? FAIL : NOTHING, 0);
      seen.append(
          switch (judge.verdict()) {
            case UNKNOWN -> '?';
            case UP -> 'U';
            case DEGRADED -> 'g';
            case DOWN -> 'D';
            case DRAINING -> 'd';
          });
    }
    assertThat(seen).hasToString(verdicts);
  }

  /** What the ring says against what the own probes say: P passed, F failed, N not yet, - never. */
  @ParameterizedTest
  @CsvSource(
      nullValues = "unseen",
      value = {
        "unseen, false, N, UNKNOWN, not probed yet",
        "unseen, false, P, UP, TCP connect",
        "unseen, false, F, DOWN, connection refused",
        "unseen, false, -, UNKNOWN, no health check",
        "ALIVE, false, N, UNKNOWN, not probed yet",
        "ALIVE, false, P, UP, TCP connect",
        "ALIVE, false, F, DOWN, connection refused",
        "ALIVE, false, -, UP, alive in the ring",
        "ALIVE, true, N, DRAINING, announced a drain",
        "ALIVE, true, P, DRAINING, announced a drain",
        "ALIVE, true, F, DOWN, connection refused",
        "ALIVE, true, -, DRAINING, announced a drain",
        "SUSPECT, false, P, UP, TCP connect",
        "SUSPECT, false, -, UP, alive in the ring",
        "SUSPECT, true, P, DRAINING, announced a drain",
        "DEAD, false, P, UP, TCP connect",
        "DEAD, false, N, UNKNOWN, not probed yet",
        "DEAD, false, F, DOWN, connection refused",
        "DEAD, false, -, DOWN, dead in the ring",
        "DEAD, true, P, DRAINING, announced a drain",
        "DEAD, true, -, DOWN, dead in the ring",
        "LEFT, false, N, DOWN, left the ring",
        "LEFT, false, P, DOWN, left the ring",
        "LEFT, true, F, DOWN, left the ring",
        "LEFT, false, -, DOWN, left the ring",
      })
  void weighsTheRingAgainstItsOwnProbes(
      @Nullable NodeState state, boolean draining, char own, Verdict verdict, String cause) {
    var judge = new EndpointJudge(own == '-' ? null : check(2, 3), 0);
    if (own == 'P' || own == 'F') {
      judge.probed(own == 'P' ? PASS : FAIL, 0);
    }
    if (state != null) {
      judge.ring(new RingEvidence.Seen(state, draining), 0);
    }
    assertThat(judge.verdict()).isEqualTo(verdict);
    assertThat(judge.cause()).isEqualTo(cause);
  }

  @Test
  void aNodeThatLeftIsBackWithTheFirstViewThatHasItAlive() {
    var judge = new EndpointJudge(check(2, 3), 0);
    judge.probed(PASS, 5);
    assertThat(judge.ring(seen(NodeState.LEFT), 30))
        .isEqualTo(new EndpointJudge.Change(Verdict.UP, Verdict.DOWN, "left the ring", 25));
    assertThat(judge.probed(PASS, 40)).isNull();
    assertThat(judge.ring(seen(NodeState.ALIVE), 70))
        .isEqualTo(new EndpointJudge.Change(Verdict.DOWN, Verdict.UP, "TCP connect", 40));
  }

  @Test
  void theCauseFollowsTheLatestResultWhileTheVerdictStands() {
    var judge = new EndpointJudge(check(1, 1), 0);
    judge.probed(FAIL, 0);
    var other = new ProbeResult.Failed(HealthCounter.FAILED_CONNECT_TIMEOUT, "connect timeout");
    assertThat(judge.probed(other, 0)).isNull();
    assertThat(judge.cause()).isEqualTo("connect timeout");
  }

  @ParameterizedTest
  @CsvSource({
    "ALIVE, SUSPECT, true, true",
    "SUSPECT, DEAD, true, true",
    "SUSPECT, SUSPECT, true, false",
    "SUSPECT, ALIVE, true, false",
    "DEAD, ALIVE, false, true",
    "ALIVE, LEFT, true, false",
  })
  void newDoubtAsksForAProbe(NodeState before, NodeState now, boolean up, boolean asks) {
    var judge = new EndpointJudge(check(2, 3), 0);
    judge.probed(up ? PASS : FAIL, 0);
    judge.ring(seen(before), 0);
    assertThat(judge.wantsProbe(seen(now))).isEqualTo(asks);
    assertThat(new EndpointJudge(null, 0).wantsProbe(seen(now))).isFalse();
  }

  @Test
  void isUnsettledUntilTheFirstResultAndWhileAStreakRunsAgainstTheVerdict() {
    var judge = new EndpointJudge(check(2, 3), 0);
    assertThat(judge.unsettled()).isTrue();
    judge.probed(PASS, 0);
    assertThat(judge.unsettled()).isFalse();
    judge.probed(FAIL, 0);
    assertThat(judge.unsettled()).isTrue();
    judge.probed(PASS, 0);
    assertThat(judge.unsettled()).isFalse();
  }

  @Test
  void aProbeOfAnEndpointWithoutACheckIsAMistake() {
    var judge = new EndpointJudge(null, 0);
    assertThatThrownBy(() -> judge.probed(PASS, 0)).isInstanceOf(IllegalStateException.class);
  }

  /**
   * Against a model that keeps the whole history and works out the verdict afresh each time, from
   * the rules in their order.
   */
  @Test
  void agreesWithAModelThatRemembersEverything() {
    SeededCases.check(
        2_000,
        random -> {
          int rise = random.nextInt(1, 5);
          int fall = random.nextInt(1, 5);
          boolean probes = random.nextInt(4) > 0;
          var judge = new EndpointJudge(probes ? check(rise, fall) : null, 0);
          var history = new ArrayDeque<Boolean>();
          RingEvidence ring = RingEvidence.UNSEEN;
          Verdict last = Verdict.UNKNOWN;
          for (int step = 1; step <= 60; step++) {
            EndpointJudge.Change change;
            if (probes && random.nextInt(3) > 0) {
              boolean passed = random.nextBoolean();
              history.add(passed);
              change = judge.probed(passed ? PASS : FAIL, step);
            } else {
              ring = anyEvidence(random);
              change = judge.ring(ring, step);
            }
            var expected = model(probes, history, rise, fall, ring);
            assertThat(judge.verdict()).isEqualTo(expected);
            assertThat(change == null).as("a change is told").isEqualTo(expected == last);
            if (change != null) {
              assertThat(change.from()).isEqualTo(last);
              assertThat(change.to()).isEqualTo(expected);
            }
            last = expected;
          }
        });
  }

  private static RingEvidence anyEvidence(SplittableRandom random) {
    var states = NodeState.values();
    return new RingEvidence.Seen(states[random.nextInt(states.length)], random.nextBoolean());
  }

  private static Verdict model(
      boolean probes, Iterable<Boolean> history, int rise, int fall, RingEvidence ring) {
    Verdict own = Verdict.UNKNOWN;
    int passed = 0;
    int failed = 0;
    for (boolean pass : history) {
      passed = pass ? passed + 1 : 0;
      failed = pass ? 0 : failed + 1;
      if (pass && (own == Verdict.UNKNOWN || passed >= rise)) {
        own = Verdict.UP;
      } else if (!pass && (own == Verdict.UNKNOWN || failed >= fall)) {
        own = Verdict.DOWN;
      }
    }
    if (!(ring instanceof RingEvidence.Seen(NodeState state, boolean draining))) {
      return own;
    }
    if (state == NodeState.LEFT || own == Verdict.DOWN || (!probes && state == NodeState.DEAD)) {
      return Verdict.DOWN;
    }
    if (draining) {
      return Verdict.DRAINING;
    }
    return probes ? own : Verdict.UP;
  }

  @ParameterizedTest
  @CsvSource({
    "ALIVE ALIVE ALIVE, false",
    "ALIVE DEAD, false", // one of two: who is cut off cannot be told
    "ALIVE DEAD DEAD, true",
    "ALIVE SUSPECT DEAD DEAD, true",
    "ALIVE ALIVE DEAD DEAD DEAD, false",
    "ALIVE LEFT LEFT LEFT, false",
    "ALIVE DEAD LEFT, false",
  })
  void knowsAViewOfACutOffNode(String states, boolean cutOff) {
    var members = new HashMap<String, Member>();
    for (var state : states.split(" ")) {
      var name = "n" + members.size();
      members.put(name, FakeRing.member(name, NodeState.valueOf(state), false));
    }
    assertThat(RingEvidence.looksCutOff(new ClusterView(1, members))).isEqualTo(cutOff);
  }

  @Test
  void pacesSoThatRiseOrFallFitsIntoOneInterval() {
    SeededCases.check(
        500,
        random -> {
          var check =
              new HealthCheck(
                  new Probe.Tcp(),
                  random.nextLong(1, SECONDS.toNanos(20)),
                  random.nextInt(6) / 10.0,
                  1,
                  random.nextInt(1, 6),
                  random.nextInt(1, 6),
                  false);
          long now = random.nextLong();
          var pacing = new ProbePacing(check, random, now);
          assertThat(pacing.firstWaitNanos())
              .isBetween(0L, Math.min(check.intervalNanos(), ProbePacing.MAX_FIRST_WAIT_NANOS));
          pacing.started(now);
          long interval = check.intervalNanos();
          long fast = ProbePacing.fastNanos(check);
          assertThat(fast).isLessThanOrEqualTo(interval);
          if (interval > 5 * ProbePacing.MIN_GAP_NANOS) {
            assertThat(fast * Math.max(check.rise(), check.fall())).isLessThanOrEqualTo(interval);
          }
          assertThat(pacing.nextWaitNanos(false, now))
              .isBetween(lower(interval, check), upper(interval, check));
          assertThat(pacing.nextWaitNanos(true, now))
              .isBetween(lower(fast, check), upper(fast, check));
          assertThat(pacing.hintedWaitNanos(now)).isGreaterThanOrEqualTo(ProbePacing.MIN_GAP_NANOS);
          long late = now + 2 * interval + ProbePacing.MIN_GAP_NANOS;
          assertThat(pacing.nextWaitNanos(false, late)).isZero();
          assertThat(pacing.hintedWaitNanos(late)).isZero();
        });
  }

  private static long lower(long pace, HealthCheck check) {
    return Math.max(ProbePacing.MIN_GAP_NANOS, (long) (pace * (1 - check.jitter())) - 1);
  }

  private static long upper(long pace, HealthCheck check) {
    return Math.max(ProbePacing.MIN_GAP_NANOS, (long) (pace * (1 + check.jitter())) + 1);
  }
}
