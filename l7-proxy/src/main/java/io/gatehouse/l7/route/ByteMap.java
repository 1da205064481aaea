package io.gatehouse.l7.route;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An immutable map from byte strings that is asked with a range of an array, so that a look-up
 * makes no object. Open addressing, at most half full.
 */
final class ByteMap<V> {
  private final byte[][] keys;
  private final @Nullable Object[] values;
  private final int mask;

  ByteMap(Map<String, V> entries) {
    int slots = Integer.highestOneBit(Math.max(1, entries.size()) * 2) * 2;
    keys = new byte[slots][];
    values = new Object[slots];
    mask = slots - 1;
    Arrays.fill(keys, new byte[0]);
    entries.forEach((key, value) -> put(key.getBytes(StandardCharsets.ISO_8859_1), value));
  }

  private void put(byte[] key, V value) {
    int slot = hash(key, 0, key.length) & mask;
    while (values[slot] != null) {
      slot = (slot + 1) & mask;
    }
    keys[slot] = key;
    values[slot] = value;
  }

  @SuppressWarnings("unchecked") // only put() fills values
  @Nullable V get(byte[] bytes, int start, int length) {
    int slot = hash(bytes, start, length) & mask;
    for (Object value = values[slot]; value != null; value = values[slot]) {
      byte[] key = keys[slot];
      if (key.length == length && Arrays.equals(key, 0, length, bytes, start, start + length)) {
        return (V) value;
      }
      slot = (slot + 1) & mask;
    }
    return null;
  }

  private static int hash(byte[] bytes, int start, int length) {
    int hash = 0;
    for (int i = start; i < start + length; i++) {
      hash = hash * 31 + bytes[i];
    }
    return hash ^ (hash >>> 16);
  }
}
