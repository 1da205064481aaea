package io.gatehouse.health;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is to be watched in one pool.
 *
 * @param check null: not probed, UNKNOWN unless the ring says otherwise
 * @param followsRing whether endpoints are ring members of the same name, so that a node that
 *     leaves is DOWN at once, one that announces a drain is DRAINING, and one that is suspected or
 *     dead is probed at once (and, without a check, DOWN when dead)
 * @param serverErrorRun answers of 5xx in a row that make an endpoint be probed at once; 0: none do
 */
public record PoolHealth(
    String pool,
    List<Endpoint> endpoints,
    @Nullable HealthCheck check,
    boolean followsRing,
    Agreement agreement,
    PanicPolicy panic,
    int serverErrorRun) {
  /** A run of errors that is worth a probe. */
  public static final int DEFAULT_SERVER_ERROR_RUN = 5;

  public PoolHealth {
    endpoints = List.copyOf(endpoints);
  }

  /** Watched by this node alone, with the defaults for what follows. */
  public PoolHealth(
      String pool, List<Endpoint> endpoints, @Nullable HealthCheck check, boolean followsRing) {
    this(
        pool,
        endpoints,
        check,
        followsRing,
        Agreement.ALONE,
        PanicPolicy.DEFAULT,
        DEFAULT_SERVER_ERROR_RUN);
  }
}
