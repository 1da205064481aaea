package io.gatehouse.l4.plane;

/**
 * What bounds a flow.
 *
 * @param idleNanos without a byte in either direction
 * @param lifetimeNanos from the accept, however busy; {@link #UNLIMITED} for ever
 * @param settleNanos from the accept until the data plane takes over and the flow is kept for a
 *     successor: most connections that are short have ended by then
 * @param windowBytes per direction that may be on their way to a reader who does not acknowledge
 *     them
 */
public record FlowLimits(long idleNanos, long lifetimeNanos, long settleNanos, int windowBytes) {
  /** No limit. */
  public static final long UNLIMITED = 0;
}
