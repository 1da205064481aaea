package io.gatehouse.membership;

import static io.gatehouse.membership.Scenario.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.testkit.SeededCases;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a node that is itself in trouble does to others, and what the guard makes of that. */
final class GuardTest {
  private static final int NODES = 40;
  private static final int TROUBLED = 7;
  private static final long END = 65 * SECOND;

  /** Verdicts on nodes that have no trouble, by anybody. */
  private static final class FalseVerdicts implements Watcher {
    private int suspected;
    private int dead;

    @Override
    public void changed(long atNanos, int observer, int subject, NodeState state) {
      if (subject != TROUBLED) {
        suspected += state == NodeState.SUSPECT ? 1 : 0;
        dead += state == NodeState.DEAD ? 1 : 0;
      }
    }
  }

  private static FalseVerdicts verdicts(Protocol protocol, Incident trouble, long seed) {
    var ring =
        new SimulatedRing(
            Scenario.formed(NODES, protocol.timing(), Network.GOOD, List.of(trouble)), seed);
    var verdicts = new FalseVerdicts();
    ring.watch(verdicts);
    ring.run(END + 30 * SECOND);
    return verdicts;
  }

  @Test
  void aProcessThatStoodStillSuspectsNobody() {
    SeededCases.check(
        6,
        random -> {
          long end = random.nextLong(6 * SECOND, END);
          var pause = new Incident.Pause(5 * SECOND, end, TROUBLED);
          FalseVerdicts verdicts = verdicts(Protocol.OURS, pause, random.nextLong());
          assertThat(verdicts.dead).isZero();
          assertThat(verdicts.suspected).isZero();
        });
  }

  @Test
  void aNodeThatHearsNothingForHalfAMinuteSuspectsNobody() {
    SeededCases.check(
        6,
        random -> {
          long end = random.nextLong(6 * SECOND, 30 * SECOND);
          var deaf = new Incident.Slow(5 * SECOND, end, TROUBLED, 25 * SECOND, 25 * SECOND, 0, 0);
          FalseVerdicts verdicts = verdicts(Protocol.OURS, deaf, random.nextLong());
          assertThat(verdicts.dead).isZero();
          assertThat(verdicts.suspected).isZero();
        });
  }

  @Test
  void aHalfDetachedNodeCausesNoStorm() {
    SeededCases.check(
        3,
        random -> {
          long seed = random.nextLong();
          var half = new Incident.HalfDetached(5 * SECOND, END, TROUBLED, 0.7);
          FalseVerdicts swim = verdicts(Protocol.SWIM, half, seed);
          FalseVerdicts ours = verdicts(Protocol.OURS, half, seed);
          assertThat(ours.dead).isZero();
          assertThat(ours.suspected).isLessThan(swim.suspected / 4);
        });
  }

  @Test
  void aStoppedNodeIsFoundDeadByOthersAllTheSame() {
    SeededCases.check(
        4,
        random -> {
          var crash = new Incident.Crash(5 * SECOND, 0, TROUBLED, false);
          var ring =
              new SimulatedRing(
                  Scenario.formed(NODES, Timing.DEFAULT, Network.GOOD, List.of(crash)),
                  random.nextLong());
          ring.run(5 * SECOND + 30 * SECOND);
          for (int i = 0; i < NODES; i++) {
            if (i != TROUBLED) {
              assertThat(ring.seen(i, TROUBLED)).isEqualTo(NodeState.DEAD);
            }
          }
        });
  }
}
