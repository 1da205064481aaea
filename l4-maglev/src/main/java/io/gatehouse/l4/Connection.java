package io.gatehouse.l4;

import static io.gatehouse.l4.ConnectionFlag.DC;
import static io.gatehouse.l4.ConnectionFlag.DR;
import static io.gatehouse.l4.ConnectionFlag.DT;
import static io.gatehouse.l4.ConnectionFlag.LR;
import static io.gatehouse.l4.ConnectionFlag.SI;
import static io.gatehouse.l4.ConnectionFlag.UC;
import static io.gatehouse.l4.ConnectionFlag.UR;

import io.gatehouse.health.Endpoint;
import io.gatehouse.l4.SourceAddresses.Lease;
import io.gatehouse.l4.plane.Flow;
import io.gatehouse.l4.plane.FlowEnd;
import io.gatehouse.l4.plane.FlowIdentity;
import io.gatehouse.l4.plane.FlowLimits;
import io.gatehouse.l4.plane.Heirs.Heir;
import java.net.InetSocketAddress;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One client connection as it is counted and logged: from its accept, or from the moment it was
 * taken over from a predecessor, to its record. {@link Setup} brings it to its endpoint; from then
 * on a {@link Flow} carries it.
 *
 * <p>Owned by the event loop of its sockets.
 */
final class Connection implements Heir {
  private final ServiceWorker worker;
  private final L4Loop loop;
  private final InetSocketAddress client;
  private final InetSocketAddress local;
  private final UniqueId uniqueId;
  private final long acceptedNanos;
  private @Nullable Setup setup;
  private @Nullable Flow flow;
  private @Nullable Endpoint endpoint;
  private @Nullable Lease lease;
  private EndpointStats.@Nullable Shard stats;
  private long endpointId;
  private int attempts;
  private long connectedNanos;
  private boolean admitted;

  Connection(
      ServiceWorker worker,
      InetSocketAddress client,
      InetSocketAddress local,
      UniqueId uniqueId,
      long acceptedNanos) {
    this.worker = worker;
    this.loop = worker.loop();
    this.client = client;
    this.local = local;
    this.uniqueId = uniqueId;
    this.acceptedNanos = acceptedNanos;
  }

  ServiceWorker worker() {
    return worker;
  }

  InetSocketAddress client() {
    return client;
  }

  InetSocketAddress local() {
    return local;
  }

  UniqueId uniqueId() {
    return uniqueId;
  }

  long acceptedNanos() {
    return acceptedNanos;
  }

  /** Its endpoint, or the one that is being tried; null before there is one. */
  @Nullable Endpoint endpoint() {
    return endpoint;
  }

  /** Begins with a connection that was just accepted. */
  void begin(int clientSocket) {
    loop.opened(this);
    worker.shard().increment(L4Counter.CONNECTIONS_ACCEPTED);
    setup = new Setup(this, clientSocket);
    setup.begin();
  }

  /** Goes on with a connection that a predecessor had joined to {@code to}. */
  void resume(FlowIdentity identity, @Nullable Endpoint to, EndpointStats.@Nullable Shard its) {
    endpointId = identity.endpoint();
    loop.opened(this);
    worker.shard().increment(L4Counter.CONNECTIONS_ADOPTED);
    worker.service().adopt();
    admitted = true;
    endpoint = to;
    stats = its;
    if (its != null) {
      its.adopted();
    }
    attempts = (int) identity.attempts();
    connectedNanos = identity.connectedNanos();
  }

  void admitted() {
    admitted = true;
  }

  void trying(Endpoint next, EndpointStats its) {
    stats = its.shard(loop.index());
    stats.begin(attempts > 0);
    endpointId = its.id();
    endpoint = next;
    attempts++;
    worker.shard().increment(L4Counter.CONNECT_ATTEMPTS);
  }

  /** A source port is in use for it, until the attempt fails or it ends. */
  void leased(Lease port) {
    lease = port;
  }

  int attempts() {
    return attempts;
  }

  void attemptFailed() {
    assert stats != null;
    stats.connectFailed();
    stats = null;
    releasePort();
  }

  /** The endpoint that was being connected is not to be used any more. */
  void attemptGivenUp() {
    assert stats != null;
    stats.ended();
    stats = null;
    releasePort();
  }

  /** The source port is not used, or not any more. */
  void releasePort() {
    if (lease != null) {
      worker.connector().release(lease);
      lease = null;
    }
  }

  /** The endpoint has its header: the flow carries it from now on. */
  void joined(long attemptNanos) {
    assert stats != null;
    connectedNanos = loop.nowNanos();
    stats.connected(connectedNanos - attemptNanos);
    worker.shard().increment(L4Counter.CONNECTIONS_JOINED);
    setup = null;
  }

  /** What a successor needs to go on with it. */
  FlowIdentity identity() {
    return new FlowIdentity(
        worker.service().id(),
        endpointId,
        uniqueId.startEpochMillis(),
        uniqueId.number(),
        acceptedNanos,
        connectedNanos,
        attempts,
        client,
        local);
  }

  @Override
  public FlowLimits limits() {
    return worker.service().flowLimits();
  }

  @Override
  public void adopted(Flow carrying) {
    flow = carrying;
  }

  /** Has the flow kept for a successor at once. */
  void settle() {
    if (flow != null) {
      flow.settle();
    }
  }

  /**
   * Closes it if its endpoint is lost; one that is still being connected goes on to the next.
   *
   * @see VirtualService#hasLost
   */
  void leaveLostEndpoint() {
    if (endpoint == null || !worker.service().hasLost(endpointId)) {
      return;
    }
    if (flow != null) {
      flow.abort(FlowEnd.ENDPOINT_REMOVED);
    } else if (setup != null) {
      setup.endpointLost();
    }
  }

  /** Whether its flow is kept for a successor, or about to be. */
  boolean isSettled() {
    return flow != null && flow.isSettled();
  }

  /** Ends the connection at once. */
  void abort(FlowEnd why) {
    if (flow != null) {
      flow.abort(why);
    } else if (setup != null) {
      setup.giveUp(flags(why), why.reason());
    }
  }

  @Override
  public void moved(long bytesFromClient, long bytesToClient, long bytesByKernel) {
    worker.shard().add(L4Counter.BYTES_FROM_CLIENTS, bytesFromClient);
    worker.shard().add(L4Counter.BYTES_TO_CLIENTS, bytesToClient);
    worker.shard().add(L4Counter.BYTES_BY_KERNEL, bytesByKernel);
    if (stats != null) {
      stats.passed(bytesFromClient, bytesToClient);
    }
  }

  @Override
  public void stalled() {
    worker.shard().increment(L4Counter.BACKPRESSURE_PAUSES);
  }

  @Override
  public void taken() {
    worker.shard().increment(L4Counter.FLOWS_TAKEN_BY_KERNEL);
  }

  @Override
  public void creditSpent() {
    worker.shard().increment(L4Counter.CREDIT_STALLS);
  }

  @Override
  public void ended(FlowEnd end, long bytesFromClient, long bytesToClient) {
    switch (end) {
      case CLIENT_RESET, CLIENT_LOST -> worker.shard().increment(L4Counter.CLIENT_RESETS);
      case ENDPOINT_RESET, ENDPOINT_LOST -> worker.shard().increment(L4Counter.ENDPOINT_RESETS);
      case IDLE -> worker.shard().increment(L4Counter.IDLE_TIMEOUTS);
      case LIFETIME -> worker.shard().increment(L4Counter.LIFETIME_TIMEOUTS);
      case DRAIN_DEADLINE -> worker.shard().increment(L4Counter.DRAIN_TIMEOUTS);
      case ENDPOINT_REMOVED -> worker.shard().increment(L4Counter.CLOSED_WITH_ENDPOINT);
      case CLIENT_FIRST, ENDPOINT_FIRST, SHUTDOWN -> {}
    }
    finish(flags(end), end.reason(), bytesFromClient, bytesToClient);
  }

  private static Set<ConnectionFlag> flags(FlowEnd end) {
    return switch (end) {
      case CLIENT_FIRST, ENDPOINT_FIRST -> Set.of();
      case CLIENT_RESET -> Set.of(DC, DR);
      case ENDPOINT_RESET -> Set.of(UC, UR);
      case CLIENT_LOST -> Set.of(DC);
      case ENDPOINT_LOST -> Set.of(UC);
      case IDLE -> Set.of(SI, LR);
      case LIFETIME, DRAIN_DEADLINE -> Set.of(DT, LR);
      case ENDPOINT_REMOVED, SHUTDOWN -> Set.of(LR);
    };
  }

  /** Counts it out and writes its record. */
  void finish(Set<ConnectionFlag> flags, String reason, long bytesFromClient, long bytesToClient) {
    setup = null;
    flow = null;
    releasePort();
    if (stats != null) {
      stats.ended();
    }
    if (admitted) {
      worker.service().release();
    }
    long now = loop.nowNanos();
    worker.record(
        new ConnectionRecord(
            worker.service().config().name(),
            client,
            local,
            endpoint == null ? null : endpoint.name(),
            attempts,
            uniqueId.toString(),
            (connectedNanos == 0 ? now : connectedNanos) - acceptedNanos,
            now - acceptedNanos,
            bytesFromClient,
            bytesToClient,
            flags,
            reason));
    loop.ended(this);
  }
}
