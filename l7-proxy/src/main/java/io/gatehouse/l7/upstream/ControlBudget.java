package io.gatehouse.l7.upstream;

/**
 * How many frames an endpoint may send, from one tick to the next, that carry no request forward:
 * PING, SETTINGS, RST_STREAM, empty DATA, unknown ones, and those for streams that have ended. Each
 * costs work, some an answer; a flood of them (CVE-2019-9512, -9514, -9515, -9518) ends the
 * connection.
 *
 * <p>Owned by its loop's thread.
 */
final class ControlBudget {
  /** Far beyond what is needed: 10,000 a second. */
  static final int FRAMES_PER_TICK = 1_000;

  private static final int FRAMES_PER_DATA = 2;

  private int left = FRAMES_PER_TICK;

  /** Takes one; false if there is none left. */
  boolean take() {
    return --left >= 0;
  }

  /** Data was sent, which is to be answered by credit. */
  void earn() {
    left = Math.min(left + FRAMES_PER_DATA, FRAMES_PER_TICK);
  }

  /** Begins anew. */
  void refill() {
    left = FRAMES_PER_TICK;
  }
}
