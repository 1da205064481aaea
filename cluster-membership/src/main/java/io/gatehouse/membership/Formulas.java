package io.gatehouse.membership;

/**
 * The arithmetic of memberlist and Lifeguard (Dadgar, Phillips, Currey, 2018), without state, so
 * that tables can test it. All times in nanoseconds.
 */
final class Formulas {
  private static final int PUSH_PULL_SCALE_THRESHOLD = 32;
  private static final long NANOS_PER_MILLI = 1_000_000;
  private static final long UNWRITTEN_INCARNATIONS = 100;
  private static final long MAX_CREDIBLE_INCARNATION = 0xf000_0000L;

  private Formulas() {}

  /**
   * The least time a suspect has to refute: {@code mult · max(1, log10 n) · interval}; the
   * logarithm is cut to three decimals, as memberlist cuts it.
   */
  static long suspicionMinNanos(int mult, int n, long intervalNanos) {
    double scale = Math.max(1.0, Math.log10(Math.max(1, n)));
    return mult * (long) (scale * 1000) * intervalNanos / 1000;
  }

  /**
   * The time a suspect has in all, once {@code confirmations} of {@code expected} others agree:
   * from {@code max} down to {@code min} by {@code log(c + 1) / log(k + 1)}, in whole milliseconds.
   * Nothing expected gives {@code min}.
   */
  static long suspicionNanos(int confirmations, int expected, long minNanos, long maxNanos) {
    if (expected < 1) {
      return minNanos;
    }
    double share = Math.log(confirmations + 1.0) / Math.log(expected + 1.0);
    double raw = maxNanos - share * (maxNanos - minNanos);
    long millis = (long) Math.floor(raw / NANOS_PER_MILLI);
    return Math.max(minNanos, millis * NANOS_PER_MILLI);
  }

  /**
   * How many confirmations a suspicion waits for: {@code mult − 2}, or none when the ring is too
   * small to give them (this node and the suspect do not count).
   */
  static int expectedConfirmations(int mult, int n) {
    int expected = mult - 2;
    return n - 2 < expected ? 0 : Math.max(0, expected);
  }

  /**
   * The longest wait before a seed that is not there is asked again: the members share the work, so
   * that about one of them asks in each {@code min}, however many there are.
   */
  static long rejoinMaxNanos(long minNanos, long maxNanos, int alive) {
    return Math.clamp(minNanos * alive, minNanos, maxNanos);
  }

  /** How often one message is sent: {@code mult · ⌈log10(n + 1)⌉}. */
  static int retransmitLimit(int mult, int n) {
    return mult * (int) Math.ceil(Math.log10(n + 1.0));
  }

  /** Time between push/pulls, stretched by {@code ⌈log2 n − log2 32⌉ + 1} above 32 members. */
  static long pushPullNanos(long intervalNanos, int n) {
    if (n <= PUSH_PULL_SCALE_THRESHOLD) {
      return intervalNanos;
    }
    double log2 = Math.log((double) n / PUSH_PULL_SCALE_THRESHOLD) / Math.log(2);
    // A power of two comes out a hair above its whole logarithm.
    return intervalNanos * ((long) Math.ceil(log2 - 1e-9) + 1);
  }

  /**
   * The incarnation of a new life: above all that may have been used in the last one since it was
   * last written down. A number near the end of the range is not believed, since none would be left
   * to refute with.
   *
   * @param remembered the last that was written down, 0 if none was
   */
  static long firstIncarnation(long remembered) {
    boolean credible = remembered > 0 && remembered <= MAX_CREDIBLE_INCARNATION;
    return credible ? remembered + UNWRITTEN_INCARNATIONS : 1;
  }

  /** The incarnation that beats {@code accused}; 32 bits on the wire, so it stays at the end. */
  static long refutingIncarnation(long own, long accused) {
    return Math.min(Math.max(own, accused) + 1, 0xffff_ffffL);
  }
}
