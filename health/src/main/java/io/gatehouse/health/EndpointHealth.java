package io.gatehouse.health;

import java.time.Instant;

/**
 * An endpoint, the verdict on it, and why.
 *
 * @param cause for the operator: {@code connection refused}, {@code HTTP 503}, {@code left the
 *     ring}
 * @param since when the verdict became what it is
 */
public record EndpointHealth(Endpoint endpoint, Verdict verdict, String cause, Instant since) {}
