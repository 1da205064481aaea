package io.gatehouse.l4;

import static io.gatehouse.l4.ConnectionFlag.DC;
import static io.gatehouse.l4.ConnectionFlag.DR;
import static io.gatehouse.l4.ConnectionFlag.UF;
import static io.gatehouse.l4.ConnectionFlag.UH;
import static io.gatehouse.l4.ConnectionFlag.UO;
import static io.gatehouse.l4.ConnectionFlag.URX;

import io.gatehouse.health.Endpoint;
import io.gatehouse.l4.ServiceTable.Candidates;
import io.netty.channel.socket.SocketChannel;
import java.net.InetSocketAddress;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One client connection, from its accept to its record: admit → choose → connect, elsewhere if that
 * fails → PROXY header → hand over to the data plane → record. Until the hand-over the client is
 * not read; what it has sent waits in the kernel.
 *
 * <p>Owned by the event loop of its channels.
 */
final class Connection implements FlowListener {
  private final ServiceWorker worker;
  private final L4Loop loop;
  private final Setup client;
  private final InetSocketAddress clientAddress;
  private final InetSocketAddress localAddress;
  private final String uniqueId;
  private final long acceptedNanos;
  private @Nullable Candidates candidates;
  private @Nullable Endpoint endpoint;
  private EndpointStats.@Nullable Shard stats;
  private @Nullable SocketChannel connecting;
  private @Nullable Flow flow;
  private int attempts;
  private int passedFull;
  private int passedSlow;
  private long attemptNanos;
  private long connectedNanos;
  private boolean admitted;
  private boolean ended;

  Connection(
      ServiceWorker worker,
      Setup client,
      InetSocketAddress clientAddress,
      InetSocketAddress localAddress) {
    this.worker = worker;
    this.loop = worker.loop();
    this.client = client;
    this.clientAddress = clientAddress;
    this.localAddress = localAddress;
    this.uniqueId = loop.uniqueIds().next();
    this.acceptedNanos = loop.nowNanos();
  }

  ServiceWorker worker() {
    return worker;
  }

  InetSocketAddress clientAddress() {
    return clientAddress;
  }

  InetSocketAddress localAddress() {
    return localAddress;
  }

  String uniqueId() {
    return uniqueId;
  }

  /** Admits the connection, chooses its endpoints, and tries the first. */
  void begin() {
    loop.opened(this);
    loop.shard().increment(L4Counter.CONNECTIONS_ACCEPTED);
    client.onLoss(this::clientLost);
    var admission = worker.service().admit(clientAddress, acceptedNanos);
    admitted = admission == Admission.ADMITTED;
    loop.shard().increment(admission.counter());
    if (!admitted) {
      worker.logRefused(admission, clientAddress);
      end(admission.flags(), admission.reason());
      return;
    }
    // Until the first bytes are looked at, a connection names nothing.
    var route = worker.service().routes().of(new ClientHello.NeedMore());
    if (route == null) {
      loop.shard().increment(L4Counter.REFUSED_SERVER_NAME);
      end(Set.of(), "no route for its server name");
      return;
    }
    var chosen = worker.service().candidates(clientAddress, localAddress, route);
    if (!chosen.hasNext()) {
      countPassed(chosen);
      if (chosen.passedFull() > 0) {
        loop.shard().increment(L4Counter.REFUSED_ENDPOINTS_FULL);
        end(EnumSet.of(UO), "every endpoint has as many connections as it may");
        return;
      }
      loop.shard().increment(L4Counter.CONNECTIONS_UNHEALTHY);
      worker.logUnhealthy();
      end(EnumSet.of(UH), "no endpoint takes new work");
      return;
    }
    if (!chosen.ownerTakesWork()) {
      loop.shard().increment(L4Counter.PROBED_PAST_OWNER);
    }
    candidates = chosen;
    tryNext(chosen);
  }

  private void tryNext(Candidates from) {
    countPassed(from);
    var next = from.next();
    endpoint = next;
    stats = from.stats().shard(loop.index());
    stats.begin(attempts > 0);
    attempts++;
    attemptNanos = loop.nowNanos();
    loop.shard().increment(L4Counter.CONNECT_ATTEMPTS);
    worker.connector().connect(next, this);
  }

  private void countPassed(Candidates from) {
    loop.shard().add(L4Counter.PASSED_FULL_ENDPOINT, from.passedFull() - passedFull);
    passedFull = from.passedFull();
    loop.shard().add(L4Counter.PASSED_SLOW_START, from.passedSlow() - passedSlow);
    passedSlow = from.passedSlow();
  }

  /** A connect begins on {@code channel}. */
  void connecting(SocketChannel channel) {
    connecting = channel;
  }

  /** An endpoint could not be connected, or not be given its header. */
  void connectFailed(ConnectFailure failure) {
    connecting = null;
    if (ended) {
      return;
    }
    loop.shard().increment(L4Counter.CONNECT_FAILURES);
    if (failure.timedOut()) {
      loop.shard().increment(L4Counter.CONNECT_TIMEOUTS);
    }
    assert endpoint != null && candidates != null && stats != null;
    stats.connectFailed();
    stats = null;
    worker.reportFailure(endpoint, failure);
    if (candidates.hasNext()) {
      tryNext(candidates);
      return;
    }
    loop.shard().increment(L4Counter.CONNECTIONS_UNCONNECTED);
    var flags = EnumSet.of(UF);
    if (attempts == worker.service().config().limits().maxConnectAttempts()) {
      flags.add(URX);
    }
    end(flags, "no endpoint could be connected; the last one: " + failure.cause());
  }

  /** The endpoint is connected and has its header: the data plane takes over. */
  void connected(Setup upstream) {
    if (ended) {
      upstream.discard();
      return;
    }
    connecting = null;
    connectedNanos = loop.nowNanos();
    loop.shard().increment(L4Counter.CONNECTIONS_JOINED);
    assert stats != null;
    stats.connected(connectedNanos - attemptNanos);
    var config = worker.service().config();
    var pair =
        new Pair(
            client.handOver(),
            upstream.handOver(),
            config.limits().bufferBytes(),
            config.timeouts().idleNanos(),
            loop);
    flow = worker.dataPlane().join(pair, this);
  }

  private void clientLost(String how) {
    loop.shard().increment(L4Counter.CLIENT_RESETS);
    end(EnumSet.of(DC, DR), how + " before an endpoint was connected");
  }

  /** Ends the connection at once. */
  void abort(FlowEnd why) {
    if (flow != null) {
      flow.abort(why);
    } else {
      end(why.flags(), why.reason());
    }
  }

  @Override
  public void ended(FlowEnd end, long bytesFromClient, long bytesToClient) {
    switch (end) {
      case CLIENT_RESET, CLIENT_LOST -> loop.shard().increment(L4Counter.CLIENT_RESETS);
      case ENDPOINT_RESET, ENDPOINT_LOST -> loop.shard().increment(L4Counter.ENDPOINT_RESETS);
      case IDLE -> loop.shard().increment(L4Counter.IDLE_TIMEOUTS);
      case DRAIN_DEADLINE -> loop.shard().increment(L4Counter.DRAIN_TIMEOUTS);
      case CLIENT_FIRST, ENDPOINT_FIRST, SHUTDOWN -> {}
    }
    finish(end.flags(), end.reason(), bytesFromClient, bytesToClient);
  }

  /** Before the hand-over: closes whatever is open. */
  private void end(Set<ConnectionFlag> flags, String reason) {
    if (ended) {
      return;
    }
    var unfinished = connecting;
    connecting = null;
    finish(flags, reason, 0, 0);
    client.discard();
    if (unfinished != null) {
      unfinished.close();
    }
  }

  private void finish(
      Set<ConnectionFlag> flags, String reason, long bytesFromClient, long bytesToClient) {
    assert !ended;
    ended = true;
    if (stats != null) {
      stats.passed(bytesFromClient, bytesToClient);
      stats.ended();
    }
    if (admitted) {
      worker.service().release();
    }
    long now = loop.nowNanos();
    var connection =
        new ConnectionRecord(
            worker.service().config().name(),
            clientAddress,
            localAddress,
            endpoint == null ? null : endpoint.name(),
            attempts,
            uniqueId,
            (connectedNanos == 0 ? now : connectedNanos) - acceptedNanos,
            now - acceptedNanos,
            bytesFromClient,
            bytesToClient,
            flags,
            reason);
    worker.record(connection);
    loop.ended(this);
  }

  /** Bytes that wait in this process to be written. */
  long waitingBytes() {
    return flow == null ? 0 : flow.waitingBytes();
  }
}
