package io.gatehouse.l7;

import static java.util.concurrent.TimeUnit.HOURS;
import static java.util.concurrent.TimeUnit.SECONDS;

import java.util.List;
import java.util.Set;

/**
 * A rule of the routing table. Exact host beats the longest wildcard beats no host; then the
 * longest path prefix wins, whatever the order of the file.
 *
 * @param name unique among routes; appears in logs and metrics
 * @param listeners names of the listeners it belongs to; empty: all
 * @param hosts {@code example.com} or {@code *.example.com}, lower case, without port; empty: any
 * @param pathPrefix matches whole segments: {@code /api} matches {@code /api} and {@code /api/x},
 *     not {@code /apix}
 * @param pool where its requests go
 * @param upgrade what its requests may turn their connections into; a request that asks for
 *     something else goes on as a plain one
 * @param timeouts when to give up on the upstream
 */
public record RouteConfig(
    String name,
    List<String> listeners,
    List<String> hosts,
    String pathPrefix,
    String pool,
    Set<Upgrade> upgrade,
    Timeouts timeouts) {
  public RouteConfig {
    listeners = List.copyOf(listeners);
    hosts = List.copyOf(hosts);
    upgrade = Set.copyOf(upgrade);
  }

  /**
   * @param responseNanos from the whole request sent to the head of the response; 504 after it
   * @param bodyIdleNanos between two reads of a response body; the connection is closed after it
   * @param tunnelIdleNanos without a byte either way in a tunnel; it is closed after it
   * @param tunnelDrainNanos how long a tunnel may go on after a drain has begun
   */
  public record Timeouts(
      long responseNanos, long bodyIdleNanos, long tunnelIdleNanos, long tunnelDrainNanos) {
    public static final Timeouts DEFAULT =
        new Timeouts(
            SECONDS.toNanos(30), SECONDS.toNanos(60), HOURS.toNanos(1), SECONDS.toNanos(30));

    /** The same, with another time for the head of the response. */
    public Timeouts withResponse(long nanos) {
      return new Timeouts(nanos, bodyIdleNanos, tunnelIdleNanos, tunnelDrainNanos);
    }
  }
}
