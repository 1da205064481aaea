package io.gatehouse.membership;

import java.util.Arrays;

/**
 * Unpacks LZW as memberlist uses it, which is that of GIF with 8-bit literals: codes of 9 to 12
 * bits, the least significant bit first; 256 clears the table, 257 ends. Codes grow a bit wider
 * when the table has as many entries as they can name, and at 4,096 the table stays as it is until
 * it is cleared (Welch, "A Technique for High-Performance Data Compression", 1984; GIF89a, appendix
 * F). Used by the thread that decodes, for one message.
 */
final class Lzw {
  private static final int LITERAL_BITS = 8;
  private static final int MAX_BITS = 12;
  private static final int CLEAR = 1 << LITERAL_BITS;
  private static final int END = CLEAR + 1;
  private static final int NONE = -1;

  private final byte[] in;
  private final int maxBytes;
  private final short[] prefixes = new short[1 << MAX_BITS];
  private final byte[] suffixes = new byte[1 << MAX_BITS];
  private final byte[] text = new byte[1 << MAX_BITS];
  private byte[] out;
  private int outLength;
  private int at;
  private int bits;
  private int bitCount;

  /** Highest code of the table; it gets its string from the code that follows it. */
  private int high = END;

  private int width = LITERAL_BITS + 1;
  private int last = NONE;

  private Lzw(byte[] in, int maxBytes) {
    this.in = in;
    this.maxBytes = maxBytes;
    this.out = new byte[Math.min(maxBytes, 4 * in.length + 16)];
  }

  /**
   * Unpacks all of {@code in}.
   *
   * @param maxBytes of the result; the work stops there
   * @throws MalformedMessageException if it does not decode, has no end, or is longer
   */
  static byte[] unpack(byte[] in, int maxBytes) throws MalformedMessageException {
    return new Lzw(in, maxBytes).unpack();
  }

  private byte[] unpack() throws MalformedMessageException {
    for (int code = next(); code != END; code = next()) {
      if (code == CLEAR) {
        high = END;
        width = LITERAL_BITS + 1;
        last = NONE;
      } else {
        take(code);
      }
    }
    return Arrays.copyOf(out, outLength);
  }

  private int next() throws MalformedMessageException {
    while (bitCount < width) {
      if (at == in.length) {
        throw new MalformedMessageException("compressed data ends early");
      }
      bits |= (in[at++] & 0xff) << bitCount;
      bitCount += Byte.SIZE;
    }
    int code = bits & (1 << width) - 1;
    bits >>>= width;
    bitCount -= width;
    return code;
  }

  private void take(int code) throws MalformedMessageException {
    if (code > high) {
      throw new MalformedMessageException("compressed code " + code + " of " + high);
    }
    // The code just being made stands for the last string and that string's own first byte.
    boolean isNew = code == high && last != NONE;
    int start = spell(isNew ? last : code, isNew);
    if (last != NONE) {
      suffixes[high] = text[start];
      prefixes[high] = (short) last;
    }
    emit(start);
    grow(code);
  }

  /** Writes a code's string to the end of {@code text}; gives where it starts. */
  private int spell(int code, boolean repeatFirst) {
    int start = text.length - (repeatFirst ? 1 : 0);
    int c = code;
    while (c >= CLEAR) {
      text[--start] = suffixes[c];
      c = prefixes[c];
    }
    text[--start] = (byte) c;
    if (repeatFirst) {
      text[text.length - 1] = text[start];
    }
    return start;
  }

  private void emit(int start) throws MalformedMessageException {
    int size = text.length - start;
    if (size > maxBytes - outLength) {
      throw new MalformedMessageException("more than " + maxBytes + " bytes once unpacked");
    }
    if (size > out.length - outLength) {
      out = Arrays.copyOf(out, Math.min(maxBytes, Math.max(2 * out.length, outLength + size)));
    }
    System.arraycopy(text, start, out, outLength, size);
    outLength += size;
  }

  private void grow(int code) {
    last = code;
    high++;
    if (high >= 1 << width) {
      if (width == MAX_BITS) {
        last = NONE;
        high--;
      } else {
        width++;
      }
    }
  }
}
