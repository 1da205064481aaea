package io.gatehouse.membership;

import static io.gatehouse.membership.Scenario.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What a ring sends in which nothing happens. */
final class SteadyTrafficTest {
  @Test
  void isWhatMemberlistsParametersSay() {
    var ring = new SimulatedRing(Scenario.formed(60, Timing.DEFAULT, Network.GOOD, List.of()), 1);
    ring.run(10 * SECOND);
    ring.traffic().clear();
    ring.run(180 * SECOND);
    double memberSeconds = 60 * 180;
    var expected = SteadyTraffic.of(60, Timing.DEFAULT);
    assertThat(ring.traffic().packets() / memberSeconds / expected.packets()).isBetween(0.95, 1.1);
    double bytes = ring.traffic().packetBytes() + ring.traffic().streamBytes();
    assertThat(bytes / memberSeconds / expected.bytes()).isBetween(0.9, 1.2);
  }
}
