package io.gatehouse.tests.l4;

import java.nio.ByteBuffer;
import java.util.SplittableRandom;

/**
 * The bytes that an end sends: a window on one block of random bytes, which sender and receiver
 * share. The receiver compares every byte with the one that belongs at its place, so a byte that is
 * lost, doubled, out of order or another connection's is found where it comes. Immutable.
 *
 * @param start of the window
 */
record ByteStream(int start) {
  /** The longest stream. */
  static final int MAX_BYTES = 3 << 20;

  /** So many random bytes occur but once. */
  private static final int RECOGNISABLE_BYTES = 8;

  private static final ByteBuffer BLOCK = block();

  private static ByteBuffer block() {
    var bytes = new byte[4 * MAX_BYTES];
    new SplittableRandom(1).nextBytes(bytes);
    return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip().asReadOnlyBuffer();
  }

  static ByteStream random(SplittableRandom random) {
    return new ByteStream(random.nextInt(BLOCK.capacity() - MAX_BYTES));
  }

  /** A part of the stream, to be read only. */
  ByteBuffer part(int from, int length) {
    return BLOCK.slice(start + from, length);
  }

  /** Where the bytes differ from those at this place of the stream; -1 if they are the same. */
  int mismatch(int from, ByteBuffer bytes) {
    return part(from, bytes.remaining()).mismatch(bytes);
  }

  /**
   * Where bytes that are not those of their place come from, for a person to read.
   *
   * @param bytes from the first wrong one on
   */
  String origin(ByteBuffer bytes) {
    int length = Math.min(bytes.remaining(), RECOGNISABLE_BYTES);
    var wrong = bytes.slice(bytes.position(), length);
    for (int at = 0; at <= BLOCK.capacity() - length; at++) {
      if (BLOCK.get(at) == wrong.get(0) && BLOCK.slice(at, length).equals(wrong)) {
        return "%d bytes that belong at %d".formatted(length, at - start);
      }
    }
    return "bytes of no stream";
  }
}
