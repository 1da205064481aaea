package io.gatehouse.health;

import static java.util.concurrent.TimeUnit.SECONDS;

import java.util.HashMap;
import java.util.Map;

/**
 * How often this node may tell the others of a failure that its data path met: about one endpoint
 * once a second, and about all together {@link #MAX_PER_SECOND} times. Owned by the monitor's loop.
 */
final class HintGate {
  static final int MAX_PER_SECOND = 20;
  private static final long SECOND_NANOS = SECONDS.toNanos(1);

  /** Endpoints told of within the present second: as many as {@link #MAX_PER_SECOND} at most. */
  private final Map<EndpointKey, Long> told = new HashMap<>();

  boolean admits(EndpointKey key, long nowNanos) {
    told.values().removeIf(at -> nowNanos - at >= SECOND_NANOS);
    if (told.containsKey(key) || told.size() >= MAX_PER_SECOND) {
      return false;
    }
    told.put(key, nowNanos);
    return true;
  }
}
