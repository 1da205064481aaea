package io.gatehouse.l4;

/**
 * How many new connections may come.
 *
 * @param perSecond in the long run
 * @param burst at once, after a rest
 */
public record RateLimit(int perSecond, int burst) {
  /** Greatest rate and burst. */
  public static final int MAX = 10_000_000;

  public RateLimit {
    requireInRange("perSecond", perSecond);
    requireInRange("burst", burst);
  }

  private static void requireInRange(String name, int value) {
    if (value < 1 || value > MAX) {
      throw new IllegalArgumentException("%s: %d (expected: 1 to %d)".formatted(name, value, MAX));
    }
  }
}
