package io.gatehouse.membership;

import static io.gatehouse.membership.Scenario.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** A seed is all that a run is made of. */
final class ReplayTest {
  private static final int NODES = 16;

  private static SimulatedRing run(long seed, boolean exactDecoding) {
    var random = new SplittableRandom(seed);
    var incidents = new ArrayList<Incident>();
    for (FaultKind kind : FaultKind.values()) {
      incidents.addAll(kind.incidents(random, NODES));
    }
    var scenario = Scenario.formed(NODES, Timing.DEFAULT, Network.BAD, incidents);
    var ring = new SimulatedRing(scenario, random.split(), exactDecoding, true);
    ring.run(60 * SECOND);
    return ring;
  }

  @Test
  void twoRunsOfASeedAreTheSameEventForEvent() {
    History first = run(7, false).history();
    History second = run(7, false).history();
    assertThat(first.inWords()).hasSizeGreaterThan(1000).isEqualTo(second.inWords());
    assertThat(first.digest()).isEqualTo(second.digest());
    assertThat(run(8, false).history().digest()).isNotEqualTo(first.digest());
  }

  @Test
  void rumoursFromTheCacheAreWhatTheDecoderGives() {
    assertThat(run(7, true).history().inWords()).isEqualTo(run(7, false).history().inWords());
  }
}
