package io.gatehouse.l7.h2;

import java.util.Arrays;

/**
 * The dynamic table of an encoder (RFC 7541 section 2.3.2), flat: the octets of names and values in
 * one array, and a ring of offsets. Entries are numbered in the order in which they come; those
 * below {@link #oldest} have been evicted. Entries with the same hash of the name are chained from
 * the newest to older ones, and a chain ends at the first that has been evicted, so that eviction
 * is an addition.
 *
 * <p>Takes no memory until the first entry. Owned by its channel's event loop.
 */
final class EncoderTable {
  /** What an entry costs beyond its octets (section 4.1). */
  private static final int ENTRY_BYTES = 32;

  private static final int NONE = -1;

  /** Links of a chain that are followed; names with more values than this aren't worth it. */
  private static final int MAX_LINKS = 8;

  private static final int NAME_START = 0;
  private static final int NAME_LENGTH = 1;
  private static final int VALUE_LENGTH = 2;
  private static final int HASH = 3;
  private static final int OLDER = 4;
  private static final int STRIDE = 5;

  private final int slots;
  private int maxBytes;
  private int sizeBytes;
  private byte[] octets = {};
  private int tail;
  private int[] ring = {};
  private int[] newestByHash = {};
  private int oldest;
  private int next;
  private int foundName;

  /**
   * @param limitBytes what {@link #resize} will never exceed
   */
  EncoderTable(int limitBytes) {
    this.maxBytes = limitBytes;
    this.slots = Integer.highestOneBit(Math.max(1, limitBytes / ENTRY_BYTES - 1)) * 2;
  }

  /** Evicts what is too much for the new size. */
  void resize(int newMaxBytes) {
    maxBytes = newMaxBytes;
    evictTo(maxBytes);
  }

  int maxBytes() {
    return maxBytes;
  }

  /** Whether an entry of this size is worth a place: it takes no more than half of the table. */
  boolean takes(int nameLength, int valueLength) {
    return ENTRY_BYTES + nameLength + valueLength <= maxBytes / 2;
  }

  /**
   * Looks a field up.
   *
   * @return its distance from the newest entry, or -1; then {@link #foundName()} may have the name
   */
  int find(
      int nameHash, byte[] bytes, int nameStart, int nameLength, int valueStart, int valueLength) {
    foundName = NONE;
    if (next == oldest) {
      return NONE;
    }
    int entry = newestByHash[nameHash & slots - 1];
    for (int links = 0; entry >= oldest && links < MAX_LINKS; links++) {
      int at = (entry & slots - 1) * STRIDE;
      if (ring[at + HASH] == nameHash && equal(at + NAME_START, 0, bytes, nameStart, nameLength)) {
        if (equal(at + NAME_START, ring[at + NAME_LENGTH], bytes, valueStart, valueLength)) {
          return next - 1 - entry;
        }
        if (foundName == NONE) {
          foundName = next - 1 - entry;
        }
      }
      entry = ring[at + OLDER];
    }
    return NONE;
  }

  /** Distance of an entry with the name that was looked up last, or -1. */
  int foundName() {
    return foundName;
  }

  private boolean equal(int at, int skip, byte[] bytes, int start, int length) {
    int have = skip == 0 ? ring[at + NAME_LENGTH] : ring[at + VALUE_LENGTH];
    int from = ring[at] + skip;
    return have == length
        && Arrays.equals(octets, from, from + length, bytes, start, start + length);
  }

  /** Adds an entry, evicting old ones; the caller has asked {@link #takes}. */
  void add(
      int nameHash, byte[] bytes, int nameStart, int nameLength, int valueStart, int valueLength) {
    int length = nameLength + valueLength;
    evictTo(maxBytes - ENTRY_BYTES - length);
    makeRoom(length);
    System.arraycopy(bytes, nameStart, octets, tail, nameLength);
    System.arraycopy(bytes, valueStart, octets, tail + nameLength, valueLength);
    int bucket = nameHash & slots - 1;
    int at = (next & slots - 1) * STRIDE;
    ring[at + NAME_START] = tail;
    ring[at + NAME_LENGTH] = nameLength;
    ring[at + VALUE_LENGTH] = valueLength;
    ring[at + HASH] = nameHash;
    ring[at + OLDER] = newestByHash[bucket];
    newestByHash[bucket] = next;
    tail += length;
    next++;
    sizeBytes += ENTRY_BYTES + length;
  }

  private void evictTo(int bytes) {
    while (sizeBytes > bytes && oldest < next) {
      int at = (oldest & slots - 1) * STRIDE;
      sizeBytes -= ENTRY_BYTES + ring[at + NAME_LENGTH] + ring[at + VALUE_LENGTH];
      oldest++;
    }
  }

  private void makeRoom(int length) {
    if (ring.length == 0) {
      ring = new int[slots * STRIDE];
      newestByHash = new int[slots];
      Arrays.fill(newestByHash, NONE);
    }
    if (tail + length <= octets.length) {
      return;
    }
    int head = oldest < next ? ring[(oldest & slots - 1) * STRIDE] : tail;
    int live = tail - head;
    // Twice what is needed, so that moving is rare.
    byte[] to = octets.length >= 2 * (live + length) ? octets : new byte[4 * (live + length)];
    System.arraycopy(octets, head, to, 0, live);
    octets = to;
    for (int entry = oldest; entry < next; entry++) {
      ring[(entry & slots - 1) * STRIDE] -= head;
    }
    tail = live;
  }
}
