package io.gatehouse.l4.plane;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.testkit.SeededCases;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DeadlineWheelTest {
  private static final long TICK = 50;

  @Test
  void everyDeadlineExpiresOnceAndAtMostATickLate() {
    SeededCases.check(
        50,
        random -> {
          long now = random.nextLong(-1_000_000, 1_000_000);
          var wheel = new DeadlineWheel(TICK, now);
          var all = new ArrayList<Recorded>();
          for (int i = 0; i < 200; i++) {
            all.add(new Recorded(now + random.nextLong(200_000)));
            wheel.schedule(all.getLast());
          }
          for (long at = now; at < now + 210_000; at += random.nextLong(1, 3 * TICK)) {
            wheel.advance(at);
            for (Recorded deadline : all) {
              assertThat(deadline.expirations)
                  .as("before its time")
                  .isIn(0, at >= deadline.due ? 1 : 0);
              if (at > deadline.due + TICK) {
                assertThat(deadline.expirations).as("after its time").isEqualTo(1);
              }
            }
          }
          assertThat(wheel.size()).isZero();
        });
  }

  @Test
  void aDeadlineThatHasMovedLaterExpiresThen() {
    var wheel = new DeadlineWheel(TICK, 0);
    var deadline = new Recorded(100);
    wheel.schedule(deadline);
    deadline.due = 1_000;
    wheel.advance(900);
    assertThat(deadline.expirations).isZero();
    wheel.advance(1_050);
    assertThat(deadline.expirations).isEqualTo(1);
  }

  @Test
  void whatIsCancelledDoesNotExpire() {
    var wheel = new DeadlineWheel(TICK, 0);
    var three = List.of(new Recorded(100), new Recorded(101), new Recorded(102));
    three.forEach(wheel::schedule);
    wheel.cancel(three.get(1));
    wheel.cancel(three.get(1));
    wheel.advance(500);
    assertThat(three.stream().map(d -> d.expirations)).containsExactly(1, 0, 1);
  }

  @Test
  void aLongPauseExpiresAllThatIsDue() {
    var wheel = new DeadlineWheel(TICK, 0);
    var soon = new Recorded(100);
    var late = new Recorded(TICK * 5_000);
    wheel.schedule(soon);
    wheel.schedule(late);
    wheel.advance(TICK * 1_000_000);
    assertThat(soon.expirations).isEqualTo(1);
    assertThat(late.expirations).isEqualTo(1);
  }

  @Test
  void whatExpiresMayCancelItsNeighbourInTheSameSlot() {
    var wheel = new DeadlineWheel(TICK, 0);
    var victim = new Recorded(100);
    var killer =
        new Recorded(100) {
          @Override
          protected void expired(long nowNanos) {
            super.expired(nowNanos);
            wheel.cancel(victim);
          }
        };
    // The one scheduled last is visited first.
    wheel.schedule(victim);
    wheel.schedule(killer);
    wheel.advance(500);
    assertThat(killer.expirations).isEqualTo(1);
    assertThat(victim.expirations).isZero();
  }

  private static class Recorded extends Deadline {
    long due;
    int expirations;

    Recorded(long due) {
      this.due = due;
    }

    @Override
    protected long dueNanos() {
      return due;
    }

    @Override
    protected void expired(long nowNanos) {
      expirations++;
    }
  }
}
