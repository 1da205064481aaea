package io.gatehouse.l4;

import static java.util.concurrent.TimeUnit.MICROSECONDS;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.testkit.SeededCases;
import org.junit.jupiter.api.Test;

class DrainScheduleTest {
  private static final long START = Long.MAX_VALUE - 3;
  private static final long DRAIN = SECONDS.toNanos(10);

  @Test
  void closesNoneInTheFirstHalfAndAllAtTheEnd() {
    var schedule = new DrainSchedule(START, DRAIN);
    assertThat(schedule.due(START, 100)).isZero();
    assertThat(schedule.due(START + DRAIN / 2 - 1, 100)).isZero();
    long almost = START + DRAIN - MICROSECONDS.toNanos(1);
    assertThat(schedule.due(almost, 100)).isEqualTo(99);
    assertThat(schedule.isOver(almost)).isFalse();
    assertThat(schedule.due(START + DRAIN, 1)).isEqualTo(1);
    assertThat(schedule.isOver(START + DRAIN)).isTrue();
  }

  @Test
  void closesEvenlyInTheSecondHalf() {
    var schedule = new DrainSchedule(START, DRAIN);
    int open = 1000;
    for (long after = 0; after < DRAIN; after += MILLISECONDS.toNanos(50)) {
      int due = schedule.due(START + after, open);
      // A hundredth of the half, and so of the connections.
      assertThat(due).isEqualTo(after <= DRAIN / 2 ? 0 : 10);
      open -= due;
    }
    assertThat(open).isEqualTo(10);
    assertThat(schedule.due(START + DRAIN, open)).isEqualTo(10);
  }

  @Test
  void connectionsThatEndByThemselvesNeedNotBeClosed() {
    var schedule = new DrainSchedule(START, DRAIN);
    assertThat(schedule.due(START + DRAIN / 2, 1000)).isZero();
    assertThat(schedule.due(START + DRAIN * 3 / 4, 300)).isZero();
    assertThat(schedule.due(START + DRAIN * 9 / 10, 300)).isEqualTo(100);
  }

  @Test
  void withoutTimeClosesAllAtOnce() {
    assertThat(new DrainSchedule(START, 0).due(START, 7)).isEqualTo(7);
  }

  @Test
  void neverClosesMoreThanAreOpenAndLeavesNone() {
    SeededCases.check(
        200,
        random -> {
          long drainNanos = random.nextLong(1, SECONDS.toNanos(100));
          var schedule = new DrainSchedule(START, drainNanos);
          int open = random.nextInt(10_000);
          long now = START;
          while (!schedule.isOver(now)) {
            now += random.nextLong(1, Math.max(2, drainNanos / 20));
            open -= random.nextInt(Math.max(1, open / 10));
            int due = schedule.due(now, open);
            assertThat(due).isBetween(0, open);
            open -= due;
          }
          assertThat(open).isZero();
        });
  }
}
