package io.gatehouse.l7.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class BufferMemoryTest {
  private final AtomicLong used = new AtomicLong();

  @Test
  void isScarceFromTheLimitOnUntilATenthOfItIsFree() {
    var memory = new BufferMemory(used::get, 1_000);
    long[][] looks = {{0, 0}, {999, 0}, {1_000, 1}, {999, 1}, {901, 1}, {900, 0}, {999, 0}};
    for (long[] look : looks) {
      used.set(look[0]);
      assertThat(memory.look()).as("at %d", look[0]).isEqualTo(look[1] == 1);
      assertThat(memory.isScarce()).isEqualTo(look[1] == 1);
    }
  }

  @Test
  void takesHalfOfWhatTheJvmGivesUnlessToldOtherwise() {
    assertThat(BufferMemory.ofThisProcess(0).limitBytes()).isPositive();
    assertThat(BufferMemory.ofThisProcess(123_456).limitBytes()).isEqualTo(123_456);
    assertThatThrownBy(() -> BufferMemory.ofThisProcess(Long.MAX_VALUE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("MaxDirectMemorySize");
  }
}
