package io.gatehouse.health;

/** How many observers must see an endpoint down before a node believes it that does not itself. */
public sealed interface Quorum {
  /** Fewest observers whose word is taken where there could be more. */
  int LEAST = 2;

  /** More than half of those with a fresh view, and at least {@link #LEAST}. */
  record Majority() implements Quorum {}

  /**
   * @param observers as many as this, however many there are
   */
  record AtLeast(int observers) implements Quorum {
    public AtLeast {
      if (observers < 1) {
        throw new IllegalArgumentException("observers: %d (expected: >= 1)".formatted(observers));
      }
    }
  }

  /** Nobody's word is taken: a node goes by its own probes. */
  record Nobody() implements Quorum {}

  /**
   * How many must agree.
   *
   * @param fresh observers with a fresh view, this node included where it has one
   * @param assigned how many are meant to have one, where the probes are shared; 0 where everybody
   *     probes. Of one or two assigned probers all must agree, for there is nobody else to ask
   * @return more than {@code fresh} if they cannot
   */
  default int needed(int fresh, int assigned) {
    int most = assigned == 0 ? Integer.MAX_VALUE : Math.max(1, assigned);
    return switch (this) {
      case Majority _ -> Math.min(most, Math.max(LEAST, fresh / 2 + 1));
      case AtLeast(int observers) -> Math.min(most, observers);
      case Nobody _ -> assigned == 0 ? Integer.MAX_VALUE : Math.min(most, fresh / 2 + 1);
    };
  }
}
