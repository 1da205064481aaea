package io.gatehouse.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The reader's protocol over plain memory that is laid out as the kernel does it. */
class RingBufferTest {
  private static final int DATA_BYTES = 64;
  private static final long BUSY = 1L << 31;
  private static final long DISCARD = 1L << 30;

  private final long pageBytes = Libc.CALLS.getpagesize();
  private final List<Long> read = new ArrayList<>();
  private SharedMemory memory;
  private RingBuffer ring;

  @BeforeEach
  void map() throws Exception {
    memory = SharedMemory.memfd("gatehouse-test", 3 * pageBytes);
    ring = RingBuffer.map(memory.fd(), DATA_BYTES);
  }

  @AfterEach
  void close() {
    ring.close();
    memory.close();
  }

  @Test
  void readsInOrderAroundTheEnd() {
    for (long i = 0; i < 100; i++) {
      produce(8, i);
      produce(8, -i);
      assertThat(ring.drain(read::add, 10)).isEqualTo(2);
      assertThat(read).containsExactly(i, -i);
      read.clear();
    }
    assertThat(memory.getLong(0)).isEqualTo(100 * 32);
  }

  @Test
  void stopsAtARecordThatIsBeingWritten() {
    produce(8, 1);
    long header = produce(8 | BUSY, 2);
    produce(8, 3);
    assertThat(ring.drain(read::add, 10)).isEqualTo(1);
    assertThat(ring.drain(read::add, 10)).isZero();
    memory.putLong(header, 8);
    assertThat(ring.drain(read::add, 10)).isEqualTo(2);
    assertThat(read).containsExactly(1L, 2L, 3L);
  }

  @Test
  void skipsWhatWasGivenUp() {
    produce(8 | DISCARD, 1);
    produce(8, 2);
    produce(8 | DISCARD, 3);
    assertThat(ring.drain(read::add, 10)).isEqualTo(1);
    assertThat(read).containsExactly(2L);
    assertThat(memory.getLong(0)).isEqualTo(48);
  }

  @Test
  void stopsAtTheLimitAndLeavesTheRest() {
    produce(8, 1);
    produce(8, 2);
    produce(8, 3);
    assertThat(ring.drain(read::add, 2)).isEqualTo(2);
    assertThat(memory.getLong(0)).isEqualTo(32);
    assertThat(ring.drain(read::add, 2)).isEqualTo(1);
    assertThat(read).containsExactly(1L, 2L, 3L);
  }

  @Test
  void goesOnWhereTheLastReaderStopped() throws Exception {
    produce(8, 1);
    produce(8, 2);
    ring.drain(read::add, 1);
    ring.close();
    ring = RingBuffer.map(memory.fd(), DATA_BYTES);
    assertThat(ring.drain(read::add, 10)).isEqualTo(1);
    assertThat(read).containsExactly(1L, 2L);
  }

  @Test
  void refusesARecordOfAnotherSizeOnce() {
    produce(4, 1);
    produce(8, 2);
    assertThatThrownBy(() -> ring.drain(read::add, 10))
        .hasMessage("ring buffer: a record of 4 bytes (expected: 8)");
    assertThat(ring.drain(read::add, 10)).isEqualTo(1);
    assertThat(read).containsExactly(2L);
  }

  /** Writes a record, and returns where its header is. */
  private long produce(long header, long value) {
    long position = memory.getLong(pageBytes);
    long headerAt = 2 * pageBytes + (position & (DATA_BYTES - 1));
    long valueAt = 2 * pageBytes + (position + 8 & (DATA_BYTES - 1));
    memory.putLong(headerAt, header);
    memory.putLong(valueAt, value);
    memory.putLong(pageBytes, position + 16);
    return headerAt;
  }
}
