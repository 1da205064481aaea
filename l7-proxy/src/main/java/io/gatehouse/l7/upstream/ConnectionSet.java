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
}
