package io.gatehouse.health;

/** How one probe ended. */
sealed interface ProbeResult {

  /** What it counts as. */
  HealthCounter counter();

  /**
   * The answer was healthy.
   *
   * @param detail for the operator, such as {@code HTTP 200}
   * @param report what the endpoint said of itself
   */
  record Passed(String detail, Report report) implements ProbeResult {
    Passed(String detail) {
      this(detail, Report.NONE);
    }

    @Override
    public HealthCounter counter() {
      return HealthCounter.PROBES_PASSED;
    }
  }

  /**
   * The endpoint did not answer as it should.
   *
   * @param cause for the operator, such as {@code connection refused}
   */
  record Failed(HealthCounter counter, String cause) implements ProbeResult {}

  /**
   * The probe says nothing about the endpoint: this host had no descriptor or no port for it. A
   * front door that runs out of descriptors must not take its backends for dead.
   */
  record Inconclusive(String cause) implements ProbeResult {
    @Override
    public HealthCounter counter() {
      return HealthCounter.PROBES_INCONCLUSIVE;
    }
  }
}
