package io.gatehouse.membership;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.testkit.SeededCases;
import java.util.ArrayList;
import java.util.Comparator;
import org.junit.jupiter.api.Test;

/** Order of what happens. */
final class EventQueueTest {
  private record Planned(long atNanos, int order) {}

  @Test
  void theEarliestComesFirstAndOfOneTimeWhatWasAddedFirst() {
    SeededCases.check(
        50,
        random -> {
          var queue = new EventQueue();
          var planned = new ArrayList<Planned>();
          var happened = new ArrayList<Planned>();
          int count = random.nextInt(1, 3000);
          for (int i = 0; i < count; i++) {
            var next = new Planned(random.nextLong(100), i);
            planned.add(next);
            queue.add(next.atNanos(), () -> happened.add(next));
          }
          while (!queue.isEmpty()) {
            queue.take().run();
          }
          planned.sort(Comparator.comparingLong(Planned::atNanos).thenComparing(Planned::order));
          assertThat(happened).isEqualTo(planned);
        });
  }

  @Test
  void aClockShowsWhatItWasAskedForAndNoLessAndNotMuchMore() {
    SeededCases.check(
        1000,
        random -> {
          var clock = new Clock(Long.MAX_VALUE - random.nextLong(1000), random.nextInt(-500, 501));
          long now = random.nextLong(1L << 43);
          long wanted = clock.at(now) + random.nextLong(1L << 38);
          long when = clock.when(wanted, now);
          assertThat(clock.at(when) - wanted).isBetween(0L, 2L);
        });
  }
}
