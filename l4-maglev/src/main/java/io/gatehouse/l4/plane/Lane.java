package io.gatehouse.l4.plane;

import io.gatehouse.linux.SharedMemory;

/**
 * One direction of a flow in the {@link FlowTable}, by name. Owned by the loop, but for the words
 * that the kernel writes.
 */
final class Lane {
  private final SharedMemory memory;
  private final int index;
  private final long at;

  Lane(SharedMemory memory, int index) {
    this.memory = memory;
    this.index = index;
    this.at = (long) index * FlowTable.LANE_BYTES;
  }

  /** Its number in the table, and its socket's in the sockmap. */
  int index() {
    return index;
  }

  long redirected() {
    return memory.getLong(at + FlowTable.REDIRECTED);
  }

  long passed() {
    return memory.getLong(at + FlowTable.PASSED);
  }

  long relayed() {
    return memory.getLong(at + FlowTable.RELAYED_BYTES);
  }

  void relayed(long bytes) {
    memory.putLong(at + FlowTable.RELAYED_BYTES, bytes);
  }

  long grant() {
    return memory.getLong(at + FlowTable.GRANT);
  }

  void grant(long bytes) {
    memory.putLong(at + FlowTable.GRANT, bytes);
  }

  long header() {
    return memory.getLong(at + FlowTable.HEADER);
  }

  boolean isFinished() {
    return memory.getLong(at + FlowTable.FINISHED) != 0;
  }

  void finished() {
    memory.putLong(at + FlowTable.FINISHED, 1);
  }

  int failure() {
    return (int) memory.getLong(at + FlowTable.FAILURE);
  }

  void failure(int errno) {
    memory.putLong(at + FlowTable.FAILURE, errno);
  }

  long cookie() {
    return memory.getLong(at + FlowTable.COOKIE);
  }

  long mode() {
    return memory.getLong(at + FlowTable.MODE);
  }

  /**
   * The kernel moves the bytes from now on.
   *
   * @param lowBytes with less credit left than this it asks for more
   */
  void forwarded(long lowBytes) {
    memory.putLong(at + FlowTable.LOW, lowBytes);
    memory.putLong(at + FlowTable.MODE, FlowTable.FORWARDED);
  }

  /**
   * Begins a blank lane. It is nobody's to find yet: see {@link #keep}.
   *
   * @param headerBytes on the target's stream already
   * @param relayedBytes of payload moved already
   */
  void begin(long headerBytes, long relayedBytes) {
    memory.putLong(at + FlowTable.HEADER, headerBytes);
    memory.putLong(at + FlowTable.MODE, FlowTable.RELAYED);
    relayed(relayedBytes);
  }

  /**
   * A successor finds the lane from now on.
   *
   * @param cookie of the socket it reads from
   */
  void keep(long cookie) {
    memory.putLong(at + FlowTable.COOKIE, cookie);
  }

  /** Makes the kernel's counts fit what the process has moved; before the kernel takes over. */
  void prepareForKernel() {
    memory.putLong(at + FlowTable.REDIRECTED, 0);
    memory.putLong(at + FlowTable.PASSED, relayed());
    memory.putLong(at + FlowTable.ASKED, 0);
    grant(0);
  }

  long identityWord(int i) {
    return memory.getLong(at + FlowTable.IDENTITY + (long) i * Long.BYTES);
  }

  void identityWord(int i, long word) {
    memory.putLong(at + FlowTable.IDENTITY + (long) i * Long.BYTES, word);
  }

  /** The cookie goes first: a lane without one is free. */
  void clear() {
    memory.putLong(at + FlowTable.COOKIE, 0);
    for (int word = 0; word < FlowTable.LANE_BYTES; word += Long.BYTES) {
      memory.putLong(at + word, 0);
    }
  }
}
