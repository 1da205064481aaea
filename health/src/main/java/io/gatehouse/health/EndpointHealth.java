package io.gatehouse.health;

import java.time.Instant;

/**
 * An endpoint, the verdict on it, and why.
 *
 * @param endpoint with the weight that counts now, which a deep check may have lowered
 * @param cause for the operator: {@code connection refused}, {@code HTTP 503}, {@code left the
 *     ring}
 * @param since when the verdict became what it is
 * @param takesWork whether new work is to be sent to it. Mostly what the verdict says; not so where
 *     so many of a pool look dead that nobody is believed, see {@link PanicPolicy}, or for one that
 *     is degraded while others are not
 */
public record EndpointHealth(
    Endpoint endpoint, Verdict verdict, String cause, Instant since, boolean takesWork) {

  /** One that is judged by its verdict alone. */
  public EndpointHealth(Endpoint endpoint, Verdict verdict, String cause, Instant since) {
    this(endpoint, verdict, cause, since, verdict.takesNewWork());
  }
}
