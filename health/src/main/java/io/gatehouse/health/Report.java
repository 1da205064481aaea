package io.gatehouse.health;

/**
 * What an endpoint says of itself in the body of a deep check: a JSON object with any of the keys
 * {@code weight} (0 to 100), {@code drain} and {@code degraded} (true, false, or a text that says
 * why).
 *
 * @param weightPercent share of its configured weight that it wants, 0 to 100
 * @param drain whether it wants no new work
 * @param degraded why it is to be used only where no other is left; empty if it is not
 */
record Report(int weightPercent, boolean drain, String degraded) {
  static final int FULL_WEIGHT = 100;

  /** Of an endpoint that says nothing. */
  static final Report NONE = new Report(FULL_WEIGHT, false, "");

  boolean isDegraded() {
    return !degraded.isEmpty();
  }
}
