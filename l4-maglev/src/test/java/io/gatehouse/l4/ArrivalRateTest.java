package io.gatehouse.l4;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.testkit.SeededCases;
import org.junit.jupiter.api.Test;

class ArrivalRateTest {

  @Test
  void admitsTheBurstAtOnceAndThenTheRate() {
    var gate = new ArrivalGate(new RateLimit(10, 5));
    assertThat(admitted(gate, 0, 20)).isEqualTo(5);
    assertThat(gate.admits(99_999_999)).isFalse();
    assertThat(gate.admits(100_000_000)).isTrue();
    assertThat(gate.admits(100_000_000)).isFalse();
  }

  @Test
  void aRestRefillsNoMoreThanTheBurst() {
    var gate = new ArrivalGate(new RateLimit(10, 5));
    admitted(gate, 0, 20);
    assertThat(admitted(gate, SECONDS.toNanos(3600), 20)).isEqualTo(5);
  }

  @Test
  void overAnyTimeAdmitsNoMoreThanRateAndBurst() {
    SeededCases.check(
        50,
        random -> {
          int perSecond = random.nextInt(1, 2000);
          int burst = random.nextInt(1, 100);
          var gate = new ArrivalGate(new RateLimit(perSecond, burst));
          long nowNanos = 0;
          int admitted = 0;
          for (int i = 0; i < 5000; i++) {
            nowNanos += random.nextLong(SECONDS.toNanos(1) / perSecond);
            admitted += gate.admits(nowNanos) ? 1 : 0;
          }
          // The interval is cut to whole nanoseconds, hence the one more.
          double most = burst + 1 + (double) nowNanos * perSecond / SECONDS.toNanos(1);
          assertThat((double) admitted).isBetween(most * 0.9 - burst, most);
        });
  }

  private static int admitted(ArrivalGate gate, long nowNanos, int tries) {
    int admitted = 0;
    for (int i = 0; i < tries; i++) {
      admitted += gate.admits(nowNanos) ? 1 : 0;
    }
    return admitted;
  }
}
