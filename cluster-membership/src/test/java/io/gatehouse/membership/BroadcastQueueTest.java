package io.gatehouse.membership;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Order, room and ends of the gossip queue. */
final class BroadcastQueueTest {
  private static byte[] bytes(int size, int fill) {
    byte[] bytes = new byte[size];
    Arrays.fill(bytes, (byte) fill);
    return bytes;
  }

  private static List<Integer> fills(List<byte[]> messages) {
    return messages.stream().map(m -> (int) m[0]).toList();
  }

  @Test
  void aLaterMessageAboutANodeMakesTheEarlierVoid() {
    var queue = new BroadcastQueue(10);
    queue.add("a", bytes(5, 1));
    queue.add("a", bytes(5, 2));
    assertThat(queue.size()).isEqualTo(1);
    assertThat(fills(queue.take(100, 10, 9))).containsExactly(2);
  }

  @Test
  void theLeastSentGoesFirstAndOfThoseTheNewest() {
    var queue = new BroadcastQueue(10);
    queue.add("a", bytes(5, 1));
    queue.take(100, 10, 9);
    queue.add("b", bytes(5, 2));
    queue.add("c", bytes(5, 3));
    assertThat(fills(queue.take(100, 10, 9))).containsExactly(3, 2, 1);
  }

  @Test
  void aMessageThatDoesNotFitLetsSmallerOnesPass() {
    var queue = new BroadcastQueue(10);
    queue.add("a", bytes(5, 1));
    queue.add("b", bytes(50, 2));
    assertThat(fills(queue.take(20, 10, 9))).containsExactly(1);
    assertThat(fills(queue.take(7, 10, 9))).containsExactly(1);
    assertThat(queue.take(6, 10, 9)).isEmpty();
  }

  @Test
  void aPacketTakesOnlySoManyParts() {
    var queue = new BroadcastQueue(10);
    queue.add("a", bytes(1, 1));
    queue.add("b", bytes(1, 2));
    assertThat(queue.take(100, 1, 9)).hasSize(1);
  }

  @Test
  void aMessageIsDoneWhenItHasBeenSentOftenEnough() {
    var queue = new BroadcastQueue(10);
    queue.add("a", bytes(5, 1));
    for (int sent = 0; sent < 3; sent++) {
      assertThat(queue.contains("a")).isTrue();
      assertThat(queue.take(100, 10, 3)).hasSize(1);
    }
    assertThat(queue.contains("a")).isFalse();
    assertThat(queue.isEmpty()).isTrue();
  }

  @Test
  void aFullQueueDropsItsMostOftenSentMessage() {
    var queue = new BroadcastQueue(2);
    assertThat(queue.add("a", bytes(5, 1))).isTrue();
    queue.take(100, 10, 9);
    assertThat(queue.add("b", bytes(5, 2))).isTrue();
    assertThat(queue.add("c", bytes(5, 3))).isFalse();
    assertThat(queue.contains("a")).isFalse();
    assertThat(queue.size()).isEqualTo(2);
    assertThat(queue.add("c", bytes(5, 4))).as("replaces, drops nothing").isTrue();
  }
}
