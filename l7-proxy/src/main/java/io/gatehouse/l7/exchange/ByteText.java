package io.gatehouse.l7.exchange;

import java.nio.charset.StandardCharsets;

/**
 * Bytes seen as text, one char per byte (ISO 8859-1); moved from place to place instead of made
 * anew. Owned by its connection's event loop.
 */
final class ByteText implements CharSequence {
  private static final byte[] NONE = {};

  private byte[] bytes = NONE;
  private int start;
  private int length;

  void set(byte[] array, int from, int count) {
    bytes = array;
    start = from;
    length = count;
  }

  void clear() {
    set(NONE, 0, 0);
  }

  @Override
  public int length() {
    return length;
  }

  @Override
  public char charAt(int index) {
    return (char) (bytes[start + index] & 0xFF);
  }

  @Override
  public CharSequence subSequence(int from, int to) {
    return toString().substring(from, to);
  }

  @Override
  public String toString() {
    return new String(bytes, start, length, StandardCharsets.ISO_8859_1);
  }
}
