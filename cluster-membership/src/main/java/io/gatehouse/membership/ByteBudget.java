package io.gatehouse.membership;

/** Memory that several streams share. Owned by the ring's loop. */
final class ByteBudget {
  private int left;

  ByteBudget(int bytes) {
    this.left = bytes;
  }

  /** Takes {@code bytes}, if there are as many. */
  boolean take(int bytes) {
    if (bytes > left) {
      return false;
    }
    left -= bytes;
    return true;
  }

  void giveBack(int bytes) {
    left += bytes;
  }
}
