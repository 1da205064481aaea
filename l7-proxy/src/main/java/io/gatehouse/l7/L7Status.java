package io.gatehouse.l7;

import io.gatehouse.health.Verdict;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.List;

/**
 * A moment of an L7 node, for {@code /status}.
 *
 * @param draining whether a drain has begun
 */
public record L7Status(
    boolean draining,
    List<Listener> listeners,
    List<Route> routes,
    List<Pool> pools,
    List<Certificate> certificates,
    Memory memory) {

  /**
   * @param addresses bound addresses; empty once it stopped listening
   * @param tls whether it terminates TLS
   * @param connections open now
   */
  public record Listener(
      String name, List<InetSocketAddress> addresses, boolean tls, int connections) {}

  /**
   * The buffers of the process.
   *
   * @param usedBytes what they take now, in whole chunks of the allocator
   * @param limitBytes from where on no new work is taken
   * @param scarce whether none is taken now
   */
  public record Memory(long usedBytes, long limitBytes, boolean scarce) {}

  /** A row of the routing table, as configured. */
  public record Route(
      String name, List<String> listeners, List<String> hosts, String pathPrefix, String pool) {}

  /** A pool, with its endpoints in the order of the configuration. */
  public record Pool(String name, List<Endpoint> endpoints) {}

  /**
   * @param cause why the verdict is what it is
   * @param activeRequests under way, over all event loops
   * @param openConnections over all event loops, the idle ones included
   * @param idleConnections kept for a next request
   */
  public record Endpoint(
      String name,
      InetSocketAddress address,
      int weight,
      Verdict verdict,
      String cause,
      int activeRequests,
      int openConnections,
      int idleConnections) {}

  /**
   * @param name its name in the configuration file
   * @param listener the listener that serves it
   * @param names DNS names it is served for
   * @param notAfter when it expires
   */
  public record Certificate(String name, String listener, List<String> names, Instant notAfter) {}
}
