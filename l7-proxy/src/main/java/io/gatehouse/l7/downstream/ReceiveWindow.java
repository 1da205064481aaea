package io.gatehouse.l7.downstream;

/**
 * What a client may send before it is told that more has been taken (RFC 9113 section 5.2), on a
 * stream or on all of a connection. Owned by its connection's event loop.
 */
final class ReceiveWindow {
  private int size;
  private int left;
  private int taken;

  /** Begins with this size. */
  void begin(int bytes) {
    size = bytes;
    left = bytes;
    taken = 0;
  }

  /** Bytes have come; false if they are more than may come. */
  boolean received(int bytes) {
    left -= bytes;
    return left >= 0;
  }

  /**
   * Bytes have been taken.
   *
   * @return the increment that the client is to be told, or 0 as long as it isn't worth a frame
   */
  int taken(int bytes) {
    taken += bytes;
    if (taken < size / 2) {
      return 0;
    }
    int increment = taken;
    left += increment;
    taken = 0;
    return increment;
  }
}
