package io.gatehouse.membership;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Remembers the nonces of what was opened lately, so that nobody makes the ring hear the same
 * packet twice: of the last {@code capacity} at least, of twice as many at most. Only what a key of
 * the ring has opened is remembered, so strangers cannot push anything out. Owned by the ring's
 * loop.
 */
final class ReplayWindow {
  private final int capacity;
  private Generation present;
  private Generation past;

  /**
   * @param capacity a power of two; takes 32 bytes of memory for each
   */
  ReplayWindow(int capacity) {
    this.capacity = capacity;
    this.present = new Generation(capacity);
    this.past = new Generation(capacity);
  }

  /**
   * Takes note of what was sealed.
   *
   * @param sealed by {@link Sealing}, and opened
   * @return whether it is new
   */
  boolean isNew(byte[] sealed) {
    long nonce = fold(sealed);
    if (present.contains(nonce) || past.contains(nonce)) {
      return false;
    }
    if (present.size == capacity) {
      Generation old = past;
      past = present;
      present = old;
      present.clear();
    }
    present.add(nonce);
    return true;
  }

  /** Twelve random bytes make eight; never 0, which marks a free slot. */
  private static long fold(byte[] sealed) {
    var bytes = ByteBuffer.wrap(sealed, 1, Sealing.NONCE_BYTES);
    long nonce = bytes.getLong() ^ Integer.toUnsignedLong(bytes.getInt()) * 0x9e37_79b9_7f4a_7c15L;
    return nonce == 0 ? 1 : nonce;
  }

  /** A hash set of numbers that are random already, half full at most. */
  private static final class Generation {
    private final long[] slots;
    private int size;

    private Generation(int capacity) {
      this.slots = new long[2 * capacity];
    }

    private boolean contains(long nonce) {
      return slots[slot(nonce)] != 0;
    }

    private void add(long nonce) {
      slots[slot(nonce)] = nonce;
      size++;
    }

    /** Where it is, or would be. */
    private int slot(long nonce) {
      int slot = (int) nonce & slots.length - 1;
      while (slots[slot] != 0 && slots[slot] != nonce) {
        slot = slot + 1 & slots.length - 1;
      }
      return slot;
    }

    private void clear() {
      Arrays.fill(slots, 0);
      size = 0;
    }
  }
}
