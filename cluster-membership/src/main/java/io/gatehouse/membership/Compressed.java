package io.gatehouse.membership;

import java.io.IOException;
import java.util.Arrays;
import org.msgpack.core.MessageInsufficientBufferException;

/**
 * A compressed message: a map of the algorithm and the packed data, in this order. We send nothing
 * compressed; memberlist does, unless it is told not to.
 *
 * @param start where the packed data begins in what was read
 * @param length of the packed data
 */
record Compressed(int start, int length) {
  /** Longest head, with the type before it. */
  static final int MAX_HEAD_BYTES = 64;

  private static final int LZW = 0;
  private static final int FIELDS = 2;

  /**
   * Reads the head, without which nobody knows how much is to come.
   *
   * @param maxPacked longest packed data that is taken
   * @throws MessageInsufficientBufferException if the head is not all there
   * @throws MalformedMessageException if it is not one, or is larger than that
   */
  static Compressed head(byte[] in, int offset, int length, int maxPacked)
      throws IOException, MalformedMessageException {
    var reader = new Msgpack.Reader(in, offset, length);
    reader.expectMap(FIELDS);
    reader.expectKey("Algo");
    long algorithm = reader.number(Integer.MAX_VALUE);
    if (algorithm != LZW) {
      throw new MalformedMessageException("compressed by algorithm " + algorithm);
    }
    reader.expectKey("Buf");
    int packed = reader.rawSize(maxPacked);
    return new Compressed(offset + reader.position(), packed);
  }

  /** Where the message ends. */
  int end() {
    return start + length;
  }

  /**
   * Unpacks it, when it is there as a whole.
   *
   * @param maxUnpacked longest result
   * @throws MalformedMessageException if it does not decode or is larger than that
   */
  byte[] unpack(byte[] in, int maxUnpacked) throws MalformedMessageException {
    return Lzw.unpack(Arrays.copyOfRange(in, start, end()), maxUnpacked);
  }
}
