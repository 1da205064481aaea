package io.gatehouse.membership;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The label before a packet or a stream: type 244, its length, and itself.
 *
 * @param bytes of the label; none: nothing is put before. Not to be changed by anyone
 */
record Label(byte[] bytes) {
  static final Label NONE = new Label(new byte[0]);

  private static final int HEAD_BYTES = 2;

  static Label of(String label) {
    return new Label(label.getBytes(StandardCharsets.UTF_8));
  }

  boolean isNone() {
    return bytes.length == 0;
  }

  /** Bytes that it takes of a packet. */
  int overheadBytes() {
    return isNone() ? 0 : HEAD_BYTES + bytes.length;
  }

  byte[] putBefore(byte[] rest) {
    if (isNone()) {
      return rest;
    }
    byte[] labeled = new byte[overheadBytes() + rest.length];
    labeled[0] = (byte) MessageType.LABEL;
    labeled[1] = (byte) bytes.length;
    System.arraycopy(bytes, 0, labeled, HEAD_BYTES, bytes.length);
    System.arraycopy(rest, 0, labeled, overheadBytes(), rest.length);
    return labeled;
  }

  /**
   * How many bytes the label at the start of {@code in} takes, 0 if there is none.
   *
   * @param length bytes of {@code in} that count
   * @return -1 if it is not all there
   * @throws MalformedMessageException if it is empty, which no sender writes
   */
  static int lengthAt(byte[] in, int length) throws MalformedMessageException {
    if (length == 0 || (in[0] & 0xff) != MessageType.LABEL) {
      return 0;
    }
    if (length < HEAD_BYTES) {
      return -1;
    }
    int size = in[1] & 0xff;
    if (size == 0) {
      throw new MalformedMessageException("an empty label");
    }
    return length < HEAD_BYTES + size ? -1 : HEAD_BYTES + size;
  }

  /** Whether the first {@code taken} bytes of {@code in}, by {@link #lengthAt}, are this label. */
  boolean isAt(byte[] in, int taken) {
    return taken == overheadBytes()
        && (taken == 0 || Arrays.equals(in, HEAD_BYTES, taken, bytes, 0, bytes.length));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Label label && Arrays.equals(bytes, label.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
