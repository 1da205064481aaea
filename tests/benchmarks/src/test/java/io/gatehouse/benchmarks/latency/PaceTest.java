package io.gatehouse.benchmarks.latency;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PaceTest {
  private final Latencies latencies = new Latencies(0, 1);

  @Test
  void anAnswerInTimeTakesAsLongAsItTakes() {
    var pace = new Pace(100, 10, latencies);
    assertThat(pace.isDue(99)).isFalse();
    assertThat(pace.isDue(100)).isTrue();
    pace.answered(103);
    assertThat(pace.isDue(109)).isFalse();
    assertThat(pace.isDue(110)).isTrue();
    assertThat(latencies.sorted()).containsExactly(3);
  }

  @Test
  void aStallIsChargedToEveryRequestThatItHeldUp() {
    var pace = new Pace(100, 10, latencies);
    pace.answered(135);
    pace.answered(136);
    pace.answered(137);
    pace.answered(138);
    assertThat(pace.isDue(139)).isFalse();
    assertThat(latencies.sorted()).containsExactly(8, 17, 26, 35);
  }

  @Test
  void whatIsNeverAnsweredTakesUntilTheEnd() {
    var pace = new Pace(100, 10, latencies);
    pace.end(125);
    assertThat(latencies.sorted()).containsExactly(5, 15, 25);
  }

  @Test
  void warmUpDoesNotCount() {
    var measured = new Latencies(110, 1);
    var pace = new Pace(100, 10, measured);
    pace.answered(150);
    pace.answered(151);
    assertThat(measured.sorted()).containsExactly(41);
  }

  @Test
  void theQuantileIsALatencyThatOccurred() {
    long[] sorted = {1_000_000, 2_000_000, 3_000_000, 4_000_000};
    assertThat(ConstantRate.quantile(sorted, 0.5)).isEqualTo(2);
    assertThat(ConstantRate.quantile(sorted, 0.99)).isEqualTo(4);
    assertThat(ConstantRate.quantile(new long[0], 0.99)).isNaN();
  }
}
