package io.gatehouse.testkit;

import java.util.SplittableRandom;

/**
 * Runs a property over many seeded cases. A failure names the seed; running with {@code
 * -Dgatehouse.seed=N} replays that case alone.
 */
public final class SeededCases {
  private static final String REPLAY_PROPERTY = "gatehouse.seed";

  private SeededCases() {}

  /** A property over one source of randomness. */
  @FunctionalInterface
  public interface Property {
    void check(SplittableRandom random) throws Exception;
  }

  /**
   * Checks the property for seeds 0 to {@code cases - 1}, or for the one seed that is being
   * replayed.
   *
   * @throws AssertionError naming the seed, caused by what the property threw
   */
  public static void check(int cases, Property property) {
    Long replay = Long.getLong(REPLAY_PROPERTY);
    if (replay != null) {
      checkOne(replay, property);
      return;
    }
    for (long seed = 0; seed < cases; seed++) {
      checkOne(seed, property);
    }
  }

  private static void checkOne(long seed, Property property) {
    try {
      property.check(new SplittableRandom(seed));
    } catch (Exception | AssertionError e) {
      throw new AssertionError(
          "seed %d fails (replay: -D%s=%d): %s".formatted(seed, REPLAY_PROPERTY, seed, e), e);
    }
  }
}
