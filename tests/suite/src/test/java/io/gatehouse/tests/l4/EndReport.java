package io.gatehouse.tests.l4;

/**
 * What one end saw.
 *
 * @param received bytes, each compared with the one that was to come
 * @param sent bytes that its kernel took
 * @param beganNanos when its connection stood; on the endpoint's side, when the PROXY header was in
 * @param detail what is wrong; empty if nothing is
 */
record EndReport(
    Ending ending, long received, long sent, long beganNanos, long endedNanos, String detail) {
  /** How it ended for this end. */
  enum Ending {
    /** All bytes and a FIN both ways. */
    FINISHED,
    /** This end sent the reset that its script asks for. */
    RESET_SENT,
    /** The reset of the other end's script came, as a reset. */
    RESET_SEEN,
    WRONG
  }

  @Override
  public String toString() {
    return "%s, %d received, %d sent, in %.1f ms%s"
        .formatted(
            ending,
            received,
            sent,
            (endedNanos - beganNanos) / 1e6,
            detail.isEmpty() ? "" : ": " + detail);
  }
}
