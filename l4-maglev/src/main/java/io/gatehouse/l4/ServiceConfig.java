package io.gatehouse.l4;

import static java.util.concurrent.TimeUnit.HOURS;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import io.gatehouse.l4.plane.FlowLimits;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A virtual service: where the L4 tier listens, and the pools that it forwards to.
 *
 * @param name unique among services
 * @param listen addresses to listen on; one SO_REUSEPORT listener per address and event loop
 * @param pool name of the pool in the health snapshot whose endpoints get the connections
 * @param hash what is hashed to choose an endpoint
 * @param proxyProtocol the header written to the endpoint before the first byte
 * @param tableSize Maglev table size M, a prime
 * @param timeouts when to give up
 * @param limits what is bounded
 * @param slowStartNanos how long an endpoint that comes back takes to get its whole share; 0: no
 *     time
 * @param sni other pools, by the name that the client asks for
 * @param whenNodeRemoved what becomes of the connections of an endpoint that leaves or goes down
 * @param proxyTlvs what the header to the service's own pool says besides addresses
 */
public record ServiceConfig(
    String name,
    List<InetSocketAddress> listen,
    String pool,
    HashKey hash,
    ProxyHeader proxyProtocol,
    int tableSize,
    Timeouts timeouts,
    Limits limits,
    long slowStartNanos,
    SniRouting sni,
    WhenNodeRemoved whenNodeRemoved,
    Set<HeaderTlv> proxyTlvs) {

  /** Default M: room for some hundreds of endpoints (Eisenbud et al., NSDI 2016, section 3.4). */
  public static final int DEFAULT_TABLE_SIZE = 65_537;

  public ServiceConfig {
    listen = List.copyOf(listen);
    proxyTlvs = Set.copyOf(proxyTlvs);
    if (listen.isEmpty()) {
      throw new IllegalArgumentException("service %s: no address to listen on".formatted(name));
    }
    MaglevTable.requireTableSize(tableSize);
    requireAtLeast("slowStartNanos", slowStartNanos, 0);
  }

  /** Without what is optional. */
  public ServiceConfig(
      String name,
      List<InetSocketAddress> listen,
      String pool,
      HashKey hash,
      ProxyHeader proxyProtocol,
      int tableSize,
      Timeouts timeouts,
      Limits limits) {
    this(
        name,
        listen,
        pool,
        hash,
        proxyProtocol,
        tableSize,
        timeouts,
        limits,
        0,
        SniRouting.NONE,
        WhenNodeRemoved.LEAVE,
        HeaderTlv.DEFAULT);
  }

  /** The pools that it leads to, each once; its own first. */
  List<String> pools() {
    return Stream.concat(Stream.of(pool), sni.routes().stream().map(SniRouting.Route::pool))
        .distinct()
        .toList();
  }

  boolean signsHeaders() {
    return Stream.concat(
            proxyTlvs.stream(), sni.routes().stream().flatMap(route -> route.proxyTlvs().stream()))
        .anyMatch(tlv -> tlv == HeaderTlv.SIGNED_ORIGIN);
  }

  /** What is hashed. */
  public enum HashKey {
    /** Source and destination address and port, and the protocol: spreads best. */
    FIVE_TUPLE,
    /** Source address only: a client stays with its L7 node. */
    SOURCE_IP
  }

  /** What becomes of the connections of an endpoint that left its pool or is down. */
  public enum WhenNodeRemoved {
    /** They go on until they end or idle for too long: the endpoint may well still serve them. */
    LEAVE,
    /** They are closed, so that clients connect anew and reach another endpoint. */
    CLOSE
  }

  /** Which PROXY protocol header is written. */
  public enum ProxyHeader {
    V2,
    V1,
    NONE
  }

  /**
   * @param connectNanos to one endpoint, before the next is tried
   * @param idleNanos without a byte in either direction
   * @param drainNanos how long connections may go on after a drain has begun; in the second half of
   *     it they are closed one after another
   * @param sniNanos from the accept to a whole ClientHello, where one is waited for
   * @param lifetimeNanos from the accept, however busy; {@link #UNLIMITED} for ever
   * @param settleNanos from the accept until the data plane takes a connection over and it is kept
   *     for a successor of this process
   */
  public record Timeouts(
      long connectNanos,
      long idleNanos,
      long drainNanos,
      long sniNanos,
      long lifetimeNanos,
      long settleNanos) {
    /** No limit. */
    public static final long UNLIMITED = FlowLimits.UNLIMITED;

    public static final long DEFAULT_SNI_NANOS = SECONDS.toNanos(5);
    public static final long DEFAULT_SETTLE_NANOS = MILLISECONDS.toNanos(50);

    public static final Timeouts DEFAULT =
        new Timeouts(SECONDS.toNanos(2), HOURS.toNanos(1), SECONDS.toNanos(30));

    public Timeouts {
      requireAtLeast("connectNanos", connectNanos, 1);
      requireAtLeast("idleNanos", idleNanos, 1);
      requireAtLeast("drainNanos", drainNanos, 0);
      requireAtLeast("sniNanos", sniNanos, 1);
      requireAtLeast("lifetimeNanos", lifetimeNanos, 0);
      requireAtLeast("settleNanos", settleNanos, 0);
    }

    /** With the usual time for a ClientHello, and without a limit on the lifetime. */
    public Timeouts(long connectNanos, long idleNanos, long drainNanos) {
      this(connectNanos, idleNanos, drainNanos, DEFAULT_SNI_NANOS, UNLIMITED, DEFAULT_SETTLE_NANOS);
    }
  }

  /**
   * @param maxConnections at once, over all event loops; more are closed at once and counted
   * @param maxConnectAttempts endpoints tried for one connection, the first included
   * @param bufferBytes of kernel memory for what is on its way to a reader, and as much for what
   *     waits to be read from a sender; per connection and direction. At least {@value
   *     #MIN_BUFFER_BYTES}
   * @param maxConnectionsPerNode connections of this L4 node to one endpoint at once; a full one is
   *     passed over
   * @param newConnections new connections of all clients together; null: as many as come
   * @param newConnectionsPerSource new connections of each source network; null: as many as come
   */
  public record Limits(
      int maxConnections,
      int maxConnectAttempts,
      int bufferBytes,
      int maxConnectionsPerNode,
      @Nullable RateLimit newConnections,
      @Nullable SourceRateLimit newConnectionsPerSource) {
    /** Smallest buffer: a few reads of a small size. */
    public static final int MIN_BUFFER_BYTES = 4096;

    public static final Limits DEFAULT = new Limits(8_000, 3, 384 * 1024);

    public Limits {
      requireAtLeast("maxConnections", maxConnections, 1);
      requireAtLeast("maxConnectAttempts", maxConnectAttempts, 1);
      requireAtLeast("bufferBytes", bufferBytes, MIN_BUFFER_BYTES);
      requireAtLeast("maxConnectionsPerNode", maxConnectionsPerNode, 1);
    }

    /** Without a limit on endpoints and rates. */
    public Limits(int maxConnections, int maxConnectAttempts, int bufferBytes) {
      this(maxConnections, maxConnectAttempts, bufferBytes, Integer.MAX_VALUE, null, null);
    }
  }

  private static void requireAtLeast(String name, long value, long least) {
    if (value < least) {
      throw new IllegalArgumentException("%s: %d (expected: >= %d)".formatted(name, value, least));
    }
  }
}
