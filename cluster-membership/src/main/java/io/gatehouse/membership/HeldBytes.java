package io.gatehouse.membership;

import java.util.Arrays;

/**
 * What has come of a stream and cannot be read yet. Grows with what comes and never by what is
 * announced. Owned by the loop that reads the stream.
 */
final class HeldBytes {
  private static final int MIN_CAPACITY = 512;

  private final ByteBudget budget;
  private byte[] bytes = new byte[0];
  private int length;

  HeldBytes(ByteBudget budget) {
    this.budget = budget;
  }

  /** The first {@link #length} count. Not to be kept. */
  byte[] bytes() {
    return bytes;
  }

  int length() {
    return length;
  }

  /** Holds more, if the budget allows it. */
  boolean append(byte[] chunk) {
    if (!budget.take(chunk.length)) {
      return false;
    }
    if (bytes.length - length < chunk.length) {
      int capacity = Math.max(MIN_CAPACITY, Math.max(2 * bytes.length, length + chunk.length));
      bytes = Arrays.copyOf(bytes, capacity);
    }
    System.arraycopy(chunk, 0, bytes, length, chunk.length);
    length += chunk.length;
    return true;
  }

  /** Forgets the first {@code count}. */
  void drop(int count) {
    System.arraycopy(bytes, count, bytes, 0, length - count);
    length -= count;
    budget.giveBack(count);
  }

  /** Hands over the first {@code count} and forgets everything. */
  byte[] take(int count) {
    byte[] taken = Arrays.copyOf(bytes, count);
    clear();
    return taken;
  }

  void clear() {
    budget.giveBack(length);
    length = 0;
    bytes = new byte[0];
  }
}
