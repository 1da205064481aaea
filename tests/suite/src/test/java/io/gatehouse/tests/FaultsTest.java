package io.gatehouse.tests;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.appliance.json.Json;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Faults of the network and of nodes, while a client asks without a pause ({@code vagrant/lab
 * faults}). What is held is who may lose requests, that the nodes notice, and that all is well
 * again afterwards; times only within bounds that a busy machine keeps. One lab serves the tests,
 * each of which begins when all is well.
 */
class FaultsTest {
  private static final String HOLD_SECONDS = "5";

  /** Many times what it takes on an idle machine. */
  private static final double GENEROUS_SECONDS = 5;

  @TempDir private static Path folder = Path.of("");
  private static @Nullable Lab lab;

  @BeforeAll
  static void up() throws Exception {
    lab = Lab.up(folder.resolve("lab"));
  }

  @AfterAll
  static void down() throws Exception {
    if (lab != null) {
      lab.close();
    }
  }

  private static Json inflict(String fault) throws Exception {
    if (lab == null) {
      throw new AssertionError("the lab is not up");
    }
    var outcome = lab.faults(fault, HOLD_SECONDS);
    assertThat(outcome.exit()).as(outcome.text()).isZero();
    String text = outcome.text();
    var result = Json.parse(text.substring(text.indexOf("\n[") + 1)).elements().getFirst();
    String skipped = result.text("skipped");
    Assumptions.assumeTrue(skipped.isEmpty(), skipped);
    assertThat(result.number("requests")).as("the client was asking: %s", text).isGreaterThan(50);
    assertThat(result.has("converged")).as("all is well again: %s", text).isTrue();
    assertThat(result.list("undetected")).as("who did not notice: %s", text).isEmpty();
    assertThat(result.number("elsewhere")).as("lost on nodes that had nothing: %s", text).isZero();
    assertThat(result.list("downs_elsewhere"))
        .as("nodes that had nothing and were taken for dead: %s", text)
        .isEmpty();
    return result;
  }

  private static void losesNothing(Json result) {
    assertThat(result.at("lost").keys()).as("why requests were lost").isEmpty();
  }

  private static void losesNothingLate(Json result) {
    assertThat(result.number("last_loss")).isLessThan(GENEROUS_SECONDS);
  }

  @Test
  void anL4NodeThatIsCutFromTheL7TierDrawsNoMoreTraffic() throws Exception {
    losesNothingLate(inflict("partition"));
  }

  @Test
  void tiersThatWereCutFromEachOtherFindEachOtherAgain() throws Exception {
    inflict("total-partition");
  }

  @Test
  void lossInOneDirectionIsNoDeathOfOthers() throws Exception {
    inflict("asymmetric-loss");
  }

  @Test
  void aNodeThatHearsNothingOfTheRingCostsNothing() throws Exception {
    losesNothing(inflict("half-detached"));
  }

  @Test
  void nodesThatAreAllRestartedAtOnceComeBack() throws Exception {
    inflict("mass-restart");
  }

  @Test
  void anL7ProcessThatStandsStillIsPassedOver() throws Exception {
    losesNothingLate(inflict("paused-l7"));
  }

  @Test
  void anL4ProcessThatStandsStillDrawsNoMoreTraffic() throws Exception {
    losesNothingLate(inflict("paused-l4"));
  }

  @Test
  void aClockThatJumpsChangesNothing() throws Exception {
    losesNothing(inflict("clock-jump"));
  }

  @Test
  void anL4AndAnL7HostThatAreLostTakeOnlyTheirOwnRequestsWithThem() throws Exception {
    losesNothingLate(inflict("l4-and-l7-lost"));
  }
}
