package io.gatehouse.l4;

import java.util.List;

/**
 * What an L4 node has seen of one endpoint of one service, at one moment.
 *
 * @param active connects under way and connections open now
 * @param connected connections opened
 * @param connectFailures connects that came to nothing, timeouts included
 * @param retries connects begun because one to another endpoint had failed
 * @param connectNanos time that all connects took together
 * @param connectBuckets how many connects took how long, not cumulative: one count for each of
 *     {@link #connectBoundsNanos}, and one for all that took longer
 */
public record EndpointStatsView(
    String service,
    String pool,
    String endpoint,
    long active,
    long connected,
    long bytesFromClients,
    long bytesToClients,
    long connectFailures,
    long retries,
    long connectNanos,
    List<Long> connectBuckets) {
  public EndpointStatsView {
    connectBuckets = List.copyOf(connectBuckets);
  }

  /** Upper bounds of the buckets, rising. */
  public static List<Long> connectBoundsNanos() {
    return EndpointStats.CONNECT_BOUNDS_NANOS;
  }
}
