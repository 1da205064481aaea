package io.gatehouse.membership;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.membership.LamportWindow.Heard;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is news, what is known, and what is forgotten. */
final class LamportWindowTest {
  private final LamportWindow<String> window = new LamportWindow<>(4);

  private List<Long> times() {
    var times = new ArrayList<Long>();
    window.forEachNewestFirst((time, things) -> times.add(time));
    return times;
  }

  @Test
  void hearsAThingOnceHoweverOftenItIsSaid() {
    assertThat(window.add(5, "a")).isEqualTo(Heard.NEWS);
    assertThat(window.add(5, "b")).isEqualTo(Heard.NEWS);
    assertThat(window.add(6, "a")).as("the same again, later").isEqualTo(Heard.NEWS);
    assertThat(window.add(5, "a")).isEqualTo(Heard.KNOWN);
    assertThat(window.size()).isEqualTo(3);
    assertThat(times()).containsExactly(6L, 5L);
  }

  @Test
  void theClockIsNeverBehindWhatWasHeard() {
    assertThat(window.clock().time()).isEqualTo(1);
    window.add(7, "a");
    assertThat(window.clock().time()).isEqualTo(8);
    window.add(3, "b");
    assertThat(window.clock().time()).isEqualTo(8);
  }

  @Test
  void whatIsSaidTooLateIsNoNews() {
    window.add(1, "a");
    window.add(513, "b");
    assertThat(times()).as("513 − 512 + 1").containsExactly(513L);
    assertThat(window.add(1, "c")).isEqualTo(Heard.TOO_OLD);
    assertThat(window.add(2, "d")).isEqualTo(Heard.NEWS);
  }

  @Test
  void theOldestMakeRoomAndAreNotTakenForNewsAgain() {
    window.add(1, "a");
    window.add(1, "b");
    window.add(2, "c");
    window.add(3, "d");
    assertThat(window.add(4, "e")).isEqualTo(Heard.NEWS);
    assertThat(times()).containsExactly(4L, 3L, 2L);
    assertThat(window.add(1, "a")).isEqualTo(Heard.TOO_OLD);
  }

  @Test
  void oneMomentHoldsNoMoreThanAllMayHold() {
    for (String thing : List.of("a", "b", "c", "d")) {
      assertThat(window.add(9, thing)).isEqualTo(Heard.NEWS);
    }
    assertThat(window.add(9, "e")).isEqualTo(Heard.NO_ROOM);
    assertThat(window.add(8, "f")).as("older than what fills it").isEqualTo(Heard.NO_ROOM);
    assertThat(window.add(9, "a")).isEqualTo(Heard.KNOWN);
    assertThat(window.add(10, "e")).isEqualTo(Heard.NEWS);
    assertThat(times()).containsExactly(10L);
  }

  @Test
  void aClockAtItsEndStandsStillAndThingsAreStillHeard() {
    window.add(LamportClock.MAX_TIME, "a");
    assertThat(window.clock().time()).isEqualTo(LamportClock.MAX_TIME);
    window.clock().increment();
    assertThat(window.clock().time()).isEqualTo(LamportClock.MAX_TIME);
    assertThat(window.add(window.clock().time(), "b")).isEqualTo(Heard.NEWS);
  }
}
