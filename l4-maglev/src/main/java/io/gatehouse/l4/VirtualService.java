package io.gatehouse.l4;

import io.gatehouse.health.Verdict;
import io.gatehouse.l4.ServiceConfig.WhenNodeRemoved;
import io.gatehouse.l4.ServiceTable.Candidates;
import io.gatehouse.l4.plane.FlowLimits;
import io.gatehouse.transport.LoopCounters;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One virtual service, as all loops share it. What they write together they write without a lock,
 * once per connection: the numbers of connections, so that the caps are exact, and the rates.
 */
final class VirtualService {
  private final ServiceConfig config;
  private final int index;
  private final SnapshotBuilder snapshots;
  private final FlowHash hash;
  private final long id;
  private final FlowLimits flowLimits;
  private final Routes routes;
  private final LoopCounters<L4Counter> counters;
  private final ServiceLog log;
  private final NodeAdmission node;
  private final AtomicInteger active = new AtomicInteger();
  private final long startedNanos;
  private final @Nullable ArrivalGate arrivals;
  private final @Nullable SourceGate sources;

  /**
   * @param index of its tables in the snapshots
   * @param node what it shares with the node's other services
   * @param loops number of event loops
   * @param startedNanos now, on the clock that {@link #admit} goes by
   */
  VirtualService(
      ServiceConfig config,
      int index,
      SnapshotBuilder snapshots,
      NodeAdmission node,
      int loops,
      long startedNanos) {
    this.config = config;
    this.index = index;
    this.snapshots = snapshots;
    this.node = node;
    this.startedNanos = startedNanos;
    this.log = new ServiceLog(config.name(), startedNanos);
    var limits = config.limits();
    this.arrivals =
        limits.newConnections() == null ? null : new ArrivalGate(limits.newConnections());
    this.sources =
        limits.newConnectionsPerSource() == null
            ? null
            : new SourceGate(limits.newConnectionsPerSource(), new SecureRandom().nextLong());
    this.hash = new FlowHash(config.hash(), config.name());
    this.id = Hash64.hash(config.name().getBytes(StandardCharsets.UTF_8), 0);
    this.flowLimits =
        new FlowLimits(
            config.timeouts().idleNanos(),
            config.timeouts().lifetimeNanos(),
            config.timeouts().settleNanos(),
            config.limits().bufferBytes());
    this.routes = new Routes(config);
    this.counters = new LoopCounters<>(L4Counter.class, loops);
  }

  ServiceConfig config() {
    return config;
  }

  /** Names the service in the table that outlives the process. */
  long id() {
    return id;
  }

  /** What bounds its established connections. */
  FlowLimits flowLimits() {
    return flowLimits;
  }

  /** The ways out. Where they need the hello it is waited for, at most {@code sniNanos}. */
  Routes routes() {
    return routes;
  }

  /** What has been counted, one shard per event loop. */
  LoopCounters<L4Counter> counters() {
    return counters;
  }

  /** What the log says of it. */
  ServiceLog log() {
    return log;
  }

  /**
   * The endpoints to try for a connection, as the snapshot is now; the data path reads it once,
   * unless an endpoint is lost while it is being connected.
   *
   * @param most endpoints to be tried
   */
  Candidates candidates(InetSocketAddress client, InetSocketAddress local, Route route, int most) {
    return snapshots.current().table(index, route.table()).candidates(hash.of(client, local), most);
  }

  /** The tables as they are now, in the order of {@link ServiceConfig#pools}. */
  List<ServiceTable> tables() {
    return snapshots.current().tables().get(index);
  }

  /** Of the health snapshot that the tables are made from. */
  long healthGeneration() {
    return snapshots.current().healthGeneration();
  }

  /** What is known of the endpoints of all pools that the service leads to. */
  List<EndpointStatsView> endpointStats() {
    return tables().stream().flatMap(table -> table.stats().views().stream()).toList();
  }

  /**
   * Decides on a new connection. One that is admitted is counted until {@link #release}.
   *
   * <p>Caps come before rates, so that what is turned away for want of room uses up no allowance;
   * the source's own rate comes before that of all, so that a flood from one source does not use up
   * what the others share.
   *
   * @param nowNanos on the clock that the service was made with
   */
  Admission admit(InetSocketAddress client, long nowNanos) {
    if (node.sheds(nowNanos)) {
      return Admission.OVERLOADED;
    }
    if (active.incrementAndGet() > config.limits().maxConnections()) {
      active.decrementAndGet();
      return Admission.OVER_SERVICE_CAP;
    }
    if (!node.take()) {
      active.decrementAndGet();
      return Admission.OVER_NODE_CAP;
    }
    var byRate = admitByRate(client, Math.max(0, nowNanos - startedNanos));
    if (byRate != Admission.ADMITTED) {
      release();
    }
    return byRate;
  }

  private Admission admitByRate(InetSocketAddress client, long elapsedNanos) {
    if (sources != null && !sources.admits(client.getAddress(), elapsedNanos)) {
      return Admission.OVER_SOURCE_RATE;
    }
    return arrivals != null && !arrivals.admits(elapsedNanos)
        ? Admission.OVER_RATE
        : Admission.ADMITTED;
  }

  /** Whether {@code connection} is one of this service's. */
  boolean serves(Connection connection) {
    return connection.worker().service() == this;
  }

  /** Counts a connection that a predecessor admitted. */
  void adopt() {
    active.incrementAndGet();
    node.adopt();
  }

  /** The table that has an endpoint of this id; null if no pool has it now. */
  @Nullable ServiceTable tableOf(long endpointId) {
    for (ServiceTable table : tables()) {
      if (table.indexOf(endpointId) >= 0) {
        return table;
      }
    }
    return null;
  }

  /**
   * Whether connections of the endpoint with this id are to be closed: it has left its pools or is
   * down, and the service does not leave them.
   */
  boolean hasLost(long endpointId) {
    if (config.whenNodeRemoved() == WhenNodeRemoved.LEAVE) {
      return false;
    }
    var table = tableOf(endpointId);
    return table == null
        || table.endpoints().get(table.indexOf(endpointId)).verdict() == Verdict.DOWN;
  }

  /**
   * The kernel had no descriptor or no memory for a socket: for a second the node refuses every new
   * connection, of all services.
   */
  void shed(long nowNanos) {
    node.shed(nowNanos);
  }

  /** An admitted connection has ended. */
  void release() {
    active.decrementAndGet();
    node.release();
  }

  int active() {
    return active.get();
  }
}
