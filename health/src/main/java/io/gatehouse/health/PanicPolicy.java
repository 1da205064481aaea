package io.gatehouse.health;

/**
 * What is done when so many endpoints of a pool look dead that it is likelier that this node sees
 * wrongly, or that the few that are left would break under the load of all.
 *
 * @param threshold share of the endpoints that must look healthy, 0 to 1; below it the views are
 *     doubted; 0 never doubts
 * @param action what follows
 */
public record PanicPolicy(double threshold, Action action) {
  /** Below half, all are used. */
  public static final PanicPolicy DEFAULT = new PanicPolicy(0.5, Action.USE_ALL);

  /** Verdicts are believed, whatever they say. */
  public static final PanicPolicy NEVER = new PanicPolicy(0, Action.USE_ALL);

  /** What is done while the views are doubted. */
  public enum Action {
    /** Every endpoint is used, but for those that said themselves that they take no work. */
    USE_ALL,
    /** None is used, so that whoever sends the traffic sends it elsewhere. */
    FAIL
  }

  /**
   * @throws IllegalArgumentException if the threshold is out of its range
   */
  public PanicPolicy {
    if (!(threshold >= 0 && threshold <= 1)) {
      throw new IllegalArgumentException("threshold: %s (expected: 0 to 1)".formatted(threshold));
    }
  }
}
