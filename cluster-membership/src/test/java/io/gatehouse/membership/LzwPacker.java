package io.gatehouse.membership;

import java.io.ByteArrayOutputStream;
import java.util.HashMap;
import java.util.Map;

/** Packs as {@link Lzw} unpacks. Used by one test thread, for one text. */
final class LzwPacker {
  private static final int CLEAR = 256;
  private static final int END = 257;
  private static final int MAX_BITS = 12;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final Map<Integer, Integer> table = new HashMap<>();
  private int high = END;
  private int width = 9;
  private int bits;
  private int bitCount;

  private LzwPacker() {}

  static byte[] pack(byte[] text) {
    return new LzwPacker().packAll(text);
  }

  /** A compressed message of memberlist's, its type before it. */
  static byte[] message(byte[] text) {
    byte[] packed = pack(text);
    return Msgpack.encode(
        MessageType.COMPRESS,
        p -> {
          p.packMapHeader(2);
          Msgpack.packLong(p, "Algo", 0);
          Msgpack.packRaw(p, "Buf", packed);
        });
  }

  private byte[] packAll(byte[] text) {
    write(CLEAR);
    int prefix = -1;
    for (byte each : text) {
      int next = each & 0xff;
      if (prefix < 0) {
        prefix = next;
        continue;
      }
      Integer known = table.get(prefix << 8 | next);
      if (known != null) {
        prefix = known;
        continue;
      }
      write(prefix);
      if (!grow()) {
        write(CLEAR);
        table.clear();
        high = END;
        width = 9;
      } else {
        table.put(prefix << 8 | next, high);
      }
      prefix = next;
    }
    if (prefix >= 0) {
      write(prefix);
      grow();
    }
    write(END);
    if (bitCount > 0) {
      out.write(bits);
    }
    return out.toByteArray();
  }

  /** The table has one more entry, and codes may be wider; not when it is full. */
  private boolean grow() {
    high++;
    if (high == 1 << width) {
      if (width == MAX_BITS) {
        return false;
      }
      width++;
    }
    return true;
  }

  private void write(int code) {
    bits |= code << bitCount;
    bitCount += width;
    while (bitCount >= 8) {
      out.write(bits);
      bits >>>= 8;
      bitCount -= 8;
    }
  }
}
