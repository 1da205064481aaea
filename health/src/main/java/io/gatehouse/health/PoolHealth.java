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
 */
public record PoolHealth(
    String pool, List<Endpoint> endpoints, @Nullable HealthCheck check, boolean followsRing) {
  public PoolHealth {
    endpoints = List.copyOf(endpoints);
  }
}
