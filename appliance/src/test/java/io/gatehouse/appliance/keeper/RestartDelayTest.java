package io.gatehouse.appliance.keeper;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class RestartDelayTest {
  private static final long SHORT = RestartDelay.STEADY_NANOS - 1;

  private final RestartDelay delay = new RestartDelay();

  @Test
  void growsToItsBoundWhileRunsAreShort() {
    assertThat(LongStream.range(0, 8).map(i -> delay.afterRunOf(SHORT) / 1_000_000))
        .containsExactly(0L, 250L, 500L, 1_000L, 2_000L, 4_000L, 5_000L, 5_000L);
  }

  @Test
  void isNoneAfterARunThatLasted() {
    delay.afterRunOf(SHORT);
    delay.afterRunOf(SHORT);
    assertThat(delay.afterRunOf(RestartDelay.STEADY_NANOS)).isZero();
    assertThat(delay.afterRunOf(SHORT)).isEqualTo(RestartDelay.FIRST_NANOS);
  }
}
