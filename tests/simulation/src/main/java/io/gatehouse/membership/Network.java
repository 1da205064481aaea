package io.gatehouse.membership;

/**
 * What the network does to every packet, and to the segments of every stream.
 *
 * @param loss share that is lost; a stream loses time by it instead: TCP sends again
 * @param duplication share that comes twice
 * @param reordering share that comes late by up to {@code lateNanos}, behind what was sent later
 * @param minDelayNanos shortest way; packets overtake each other within the delays too
 * @param maxDelayNanos longest way of those that are not late
 */
record Network(
    double loss,
    double duplication,
    double reordering,
    long minDelayNanos,
    long maxDelayNanos,
    long lateNanos) {
  private static final long MILLI = 1_000_000;

  static final Network GOOD = lossy(0);

  /** A local network that loses this share, as a busy one does. */
  static Network lossy(double loss) {
    return new Network(loss, 0, 0, MILLI / 10, 2 * MILLI, 0);
  }

  /** Everything at once: 5 % lost, 2 % twice, 5 % late by up to 400 ms. */
  static final Network BAD = new Network(0.05, 0.02, 0.05, MILLI / 10, 20 * MILLI, 400 * MILLI);
}
