package io.gatehouse.l7.upstream;

import org.jspecify.annotations.Nullable;

/**
 * The connections of one loop to one endpoint, by the protocol that they speak. Owned by its loop's
 * thread.
 */
sealed interface ConnectionSet permits Http1Connections, Http2Connections, AlpnConnections {
  /** A way through a connection that is there; null if none has room. */
  @Nullable UpstreamStream takeKept();

  /** A way through a new connection, which its use brings about; null if the cap is reached. */
  @Nullable UpstreamStream takeNew();

  /** Connections that a request could have at once. */
  int ready();

  /**
   * Makes a connection without a request, and keeps it.
   *
   * @param caller told how it went
   * @return false if the cap is reached: nothing was begun
   */
  boolean warm(Preconnect caller);
}
