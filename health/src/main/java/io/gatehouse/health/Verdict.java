package io.gatehouse.health;

/** What this node has decided about an endpoint. */
public enum Verdict {
  /** Not probed yet; used as if up, so that a start does not wait for the first probes. */
  UNKNOWN,
  /** Takes work. */
  UP,
  /** Works, but says that it should be spared: takes work only where no endpoint is UP. */
  DEGRADED,
  /** Takes no new work; finishes what it has. */
  DRAINING,
  /** Takes no work. */
  DOWN;

  /** Whether new work may be sent, by the verdict alone; see {@link EndpointHealth#takesWork}. */
  public boolean takesNewWork() {
    return this == UP || this == UNKNOWN || this == DEGRADED;
  }
}
