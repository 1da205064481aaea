package io.gatehouse.l4.plane;

/**
 * What bounds a flow.
 *
 * @param idleNanos without a byte in either direction
 * @param lifetimeNanos from the accept, however busy; {@link #UNLIMITED} for ever
 * @param settleNanos from the accept until the data plane takes over and the flow is kept for a
 *     successor: most connections that are short have ended by then
 * @param bufferBytes of kernel memory per direction for what is on its way to a reader, and as much
 *     for what waits to be read
 */
public record FlowLimits(long idleNanos, long lifetimeNanos, long settleNanos, int bufferBytes) {
  /** What the kernel redirects must fit into the send buffer, with its overhead. */
  private static final int WINDOWS_PER_BUFFER = 2;

  /** No limit. */
  public static final long UNLIMITED = 0;

  /** Bytes that may be on their way to a reader who has not acknowledged them. */
  int windowBytes() {
    return bufferBytes / WINDOWS_PER_BUFFER;
  }
}
