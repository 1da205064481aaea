package io.gatehouse.linux;

import java.lang.invoke.VarHandle;
import java.util.function.LongConsumer;

/**
 * The reading end of a BPF ring buffer ({@link BpfMap.Type#RINGBUF}) whose records are one 64-bit
 * word each; <a href="https://docs.kernel.org/bpf/ringbuf.html">BPF ring buffer</a>.
 *
 * <p>The map holds the consumer's position as well, so that whoever maps it next goes on where the
 * last one stopped: a record is handed over, then counted as read. Owned by one thread, and there
 * may be one reader at a time.
 */
public final class RingBuffer implements AutoCloseable {
  // A record's header: 32 bits of length with two flags, and 32 of the kernel's own.
  private static final int HEADER_BYTES = 8;
  private static final int BUSY = 1 << 31;
  private static final int DISCARD = 1 << 30;

  private final int fd;
  private final SharedMemory consumer;
  private final SharedMemory producer;
  private final long dataAt;
  private final long mask;
  private long position;

  private RingBuffer(int fd, SharedMemory consumer, SharedMemory producer, long dataBytes) {
    this.fd = fd;
    this.consumer = consumer;
    this.producer = producer;
    dataAt = consumer.size();
    mask = dataBytes - 1;
    position = consumer.getLong(0);
  }

  /**
   * Maps a ring buffer, whose descriptor is borrowed.
   *
   * @throws LinuxException if it cannot be mapped
   * @throws IllegalArgumentException if the map is none
   */
  public static RingBuffer map(BpfMap ring) throws LinuxException {
    if (ring.type() != BpfMap.Type.RINGBUF) {
      throw new IllegalArgumentException(
          "ring buffer: a map of type %s (expected: RINGBUF)".formatted(ring.type()));
    }
    return map(ring.fd(), ring.maxEntries());
  }

  /**
   * One page with the consumer's position, one with the producer's, then the data; only the first
   * may be written. (The kernel lets the data be mapped twice in a row for records that wrap; one
   * of 8 bytes with its header of 8 does not.)
   */
  static RingBuffer map(int fd, long dataBytes) throws LinuxException {
    long pageBytes = Libc.CALLS.getpagesize();
    var consumer = SharedMemory.map(fd, 0, pageBytes, true);
    try {
      var producer = SharedMemory.map(fd, pageBytes, pageBytes + dataBytes, false);
      return new RingBuffer(fd, consumer, producer, dataBytes);
    } catch (LinuxException e) {
      consumer.close();
      throw e;
    }
  }

  /** The map's descriptor, readable while there are records; to be waited for. */
  public int fd() {
    return fd;
  }

  /**
   * Hands over what has come, in order.
   *
   * @param max hands over at most so many
   * @return how many; fewer than {@code max} when there were no more
   * @throws IllegalStateException if a record is not of 8 bytes, which is then left behind
   */
  public int drain(LongConsumer record, int max) {
    int count = 0;
    while (count < max && hasNext()) {
      int header = producer.getInt(at(position));
      int length = header & ~DISCARD;
      long valueAt = at(position + HEADER_BYTES);
      position += HEADER_BYTES + ((length + 7L) & -8L);
      if ((header & DISCARD) == 0) {
        requireWord(length);
        record.accept(producer.getPlainLong(valueAt));
        count++;
      }
      consumer.putLong(0, position);
    }
    return count;
  }

  /**
   * Whether a finished record is next. The kernel wakes a waiting reader when it finishes a record
   * at the consumer's position; so the position must be seen before the last look at the header, or
   * both sides could miss each other.
   */
  private boolean hasNext() {
    if (isFinished()) {
      return true;
    }
    VarHandle.fullFence();
    return isFinished();
  }

  private boolean isFinished() {
    return position != producer.getLong(0) && (producer.getInt(at(position)) & BUSY) == 0;
  }

  private long at(long position) {
    return dataAt + (position & mask);
  }

  private void requireWord(int length) {
    if (length != Long.BYTES) {
      consumer.putLong(0, position);
      throw new IllegalStateException(
          "ring buffer: a record of %d bytes (expected: 8)".formatted(length));
    }
  }

  @Override
  public void close() {
    consumer.close();
    producer.close();
  }
}
