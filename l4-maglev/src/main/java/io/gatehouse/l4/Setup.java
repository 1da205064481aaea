package io.gatehouse.l4;

import static io.gatehouse.l4.ConnectionFlag.DC;
import static io.gatehouse.l4.ConnectionFlag.DR;
import static io.gatehouse.l4.ConnectionFlag.UF;
import static io.gatehouse.l4.ConnectionFlag.UH;
import static io.gatehouse.l4.ConnectionFlag.UO;
import static io.gatehouse.l4.ConnectionFlag.URX;
import static io.gatehouse.linux.Errno.EAGAIN;

import io.gatehouse.health.Endpoint;
import io.gatehouse.l4.ServiceTable.Candidates;
import io.gatehouse.l4.SourceAddresses.Lease;
import io.gatehouse.l4.SourceAddresses.NoSource;
import io.gatehouse.l4.plane.Deadline;
import io.gatehouse.l4.plane.Flows;
import io.gatehouse.l4.plane.Pair;
import io.gatehouse.linux.Epoll;
import io.gatehouse.linux.LinuxException;
import io.gatehouse.linux.Sockets;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Brings a connection to its endpoint: admit → look at its ClientHello, where that says which way →
 * choose → connect, elsewhere if that fails → PROXY header → join. Until then the client is not
 * read; what it has sent waits in the kernel, and goes out in one segment with the header.
 *
 * <p>Owned by the connection's event loop.
 */
final class Setup extends Deadline {
  private static final int NONE = -1;

  private final Connection connection;
  private final ServiceWorker worker;
  private final VirtualService service;
  private final L4Loop loop;
  private final int client;
  private ClientHello.@Nullable Result hello;
  private Route route;
  private @Nullable Candidates candidates;
  private int endpoint = NONE;
  private long attemptNanos;
  private long passedFull;
  private long passedSlow;
  private boolean hungUp;
  private boolean endpointPending;
  private boolean over;

  /** Whether one of the candidates is not to be used any more. */
  private boolean lostOne;

  Setup(Connection connection, int client) {
    this.connection = connection;
    this.worker = connection.worker();
    this.service = worker.service();
    this.loop = worker.loop();
    this.client = client;
    this.route = service.routes().own();
  }

  /** Admits the connection, chooses its endpoints, and tries the first. */
  void begin() {
    var admission = service.admit(connection.client(), connection.acceptedNanos());
    if (admission != Admission.ADMITTED) {
      refuse(admission);
      return;
    }
    worker.shard().increment(admission.counter());
    connection.admitted();
    try {
      loop.sockets().watch(client, Flows.EVENTS, this::clientReady);
    } catch (LinuxException e) {
      giveUp(EnumSet.of(UO), "epoll: " + e.errnoName());
      return;
    }
    if (service.routes().needHello()) {
      loop.sockets().deadlines().schedule(this);
      lookForHello();
    } else {
      choose(service.routes().own());
    }
  }

  /** Looks at what the client has sent so far, and leaves it where it is. */
  private void lookForHello() {
    var scratch = loop.sockets().scratch();
    long seen = Sockets.peek(client, scratch.address(), ClientHello.MAX_BYTES);
    if (isReset(seen)) {
      clientReset();
      return;
    }
    var stream = scratch.bytes().clear().limit((int) Math.max(seen, 0));
    var result = ClientHello.parse(stream);
    boolean more = seen != 0 && !hungUp;
    if (!(result instanceof ClientHello.NeedMore) || !more) {
      route(result);
    }
  }

  private void route(ClientHello.Result result) {
    loop.sockets().deadlines().cancel(this);
    hello = result;
    if (result instanceof ClientHello.NotTls) {
      worker.shard().increment(L4Counter.HELLO_NOT_TLS);
    }
    var chosen = service.routes().of(result);
    if (chosen == null) {
      refuse(Admission.SERVER_NAME);
    } else {
      choose(chosen);
    }
  }

  /** Chooses among the endpoints as they are now, and tries the first. */
  private void choose(Route to) {
    route = to;
    int attemptsLeft = service.config().limits().maxConnectAttempts() - connection.attempts();
    var chosen = service.candidates(connection.client(), connection.local(), to, attemptsLeft);
    passedFull = 0;
    passedSlow = 0;
    lostOne = false;
    boolean found = chosen.hasNext();
    countPassed(chosen);
    if (found) {
      if (candidates == null && !chosen.ownerTakesWork()) {
        worker.shard().increment(L4Counter.PROBED_PAST_OWNER);
      }
      candidates = chosen;
      tryNext(chosen, "none was tried");
    } else if (chosen.passedFull() > 0) {
      refuse(Admission.ENDPOINTS_FULL);
    } else {
      worker.shard().increment(L4Counter.CONNECTIONS_UNHEALTHY);
      service.log().unhealthy(to.pool(), connection.client(), loop.nowNanos());
      giveUp(EnumSet.of(UH), "no endpoint takes new work");
    }
  }

  /**
   * Tries the next candidate that is not lost. If there is none because some were lost, the
   * snapshot that they are from is not the last any more, and it is chosen anew.
   */
  private void tryNext(Candidates from, String lastCause) {
    while (from.hasNext()) {
      var next = from.next();
      countPassed(from);
      if (!service.hasLost(from.stats().id())) {
        attempt(next, from.stats());
        return;
      }
      lostOne = true;
    }
    if (lostOne && connection.attempts() < service.config().limits().maxConnectAttempts()) {
      choose(route);
    } else {
      unconnected(lastCause);
    }
  }

  private void attempt(Endpoint next, EndpointStats stats) {
    connection.trying(next, stats);
    attemptNanos = loop.nowNanos();
    switch (worker.connector().lease(next.address())) {
      case Lease lease -> connect(lease);
      case NoSource(ConnectFailure why) -> connectFailed(why);
    }
  }

  private void connect(Lease lease) {
    connection.leased(lease);
    var connector = worker.connector();
    int socket = connector.open(lease);
    if (socket < 0) {
      leaseFailed(lease, ConnectFailure.ofBind(-socket));
      return;
    }
    endpoint = socket;
    int error = connector.connect(socket, lease, this::endpointReady);
    if (error < 0) {
      leaseFailed(lease, ConnectFailure.ofConnect(-error));
      return;
    }
    loop.sockets().deadlines().schedule(this);
  }

  /** The kernel refused at once. If the source is to blame, the next one may do. */
  private void leaseFailed(Lease lease, ConnectFailure why) {
    worker.connector().failed(lease, why);
    if (lease.from() != null && why.isOfSource()) {
      closeEndpoint();
      connection.releasePort();
      if (worker.connector().lease(lease.to()) instanceof Lease other) {
        count(why);
        connect(other);
        return;
      }
    }
    connectFailed(why);
  }

  private void count(ConnectFailure failure) {
    if (failure.counter() != null) {
      worker.shard().increment(failure.counter());
    }
  }

  private void countPassed(Candidates from) {
    worker.shard().add(L4Counter.PASSED_FULL_ENDPOINT, from.passedFull() - passedFull);
    passedFull = from.passedFull();
    worker.shard().add(L4Counter.PASSED_SLOW_START, from.passedSlow() - passedSlow);
    passedSlow = from.passedSlow();
  }

  private void clientReady(int events) {
    hungUp |= (events & (Epoll.RDHUP | Epoll.HUP)) != 0;
    if ((events & Epoll.ERR) != 0 && Sockets.takeError(client) > 0) {
      clientReset();
    } else if (candidates == null && !over) {
      lookForHello();
    }
  }

  private void clientReset() {
    worker.shard().increment(L4Counter.CLIENT_RESETS);
    giveUp(EnumSet.of(DC, DR), "reset by the client before an endpoint was connected");
  }

  private void endpointReady(int events) {
    hungUp |= (events & (Epoll.RDHUP | Epoll.HUP)) != 0;
    endpointPending |= (events & Epoll.IN) != 0;
    int error = (events & (Epoll.ERR | Epoll.HUP)) == 0 ? 0 : Sockets.takeError(endpoint);
    if (error != 0) {
      connectFailed(ConnectFailure.ofConnect(Math.abs(error)));
    } else if ((events & Epoll.OUT) != 0) {
      connected();
    }
  }

  /** Writes the header, with what the client has sent already, and gives both sockets away. */
  private void connected() {
    var scratch = loop.sockets().scratch();
    int header =
        worker
            .headers()
            .write(
                route,
                connection.client(),
                connection.local(),
                connection.uniqueId().toString(),
                hello,
                System.currentTimeMillis(),
                scratch.bytes().clear());
    long seen = Sockets.peek(client, scratch.address() + header, scratch.size() - header);
    if (isReset(seen)) {
      clientReset();
      return;
    }
    long early = Math.max(0, seen);
    long sent = header + early == 0 ? 0 : Sockets.send(endpoint, scratch.address(), header + early);
    if (sent < header) {
      connectFailed(ConnectFailure.ofHeader((int) -Math.min(sent, 0)));
      return;
    }
    long relayed = sent - header;
    if (relayed > 0) {
      Sockets.discard(client, relayed);
    }
    boolean pending = endpointPending || sent < header + early || early == scratch.size() - header;
    join(new Pair(client, endpoint, header, relayed, hungUp, pending));
  }

  private static boolean isReset(long peeked) {
    return peeked < 0 && peeked != -EAGAIN;
  }

  private void join(Pair pair) {
    loop.sockets().deadlines().cancel(this);
    connection.joined(attemptNanos);
    var flow = loop.flows().join(pair, connection.identity(), connection.limits(), connection);
    if (flow == null) {
      refuse(Admission.TABLE_FULL);
    } else {
      over = true;
      connection.adopted(flow);
    }
  }

  /** An endpoint could not be connected, or not be given its header. */
  private void connectFailed(ConnectFailure failure) {
    closeEndpoint();
    if (failure.noSocket()) {
      service.shed(loop.nowNanos());
    }
    worker.shard().increment(L4Counter.CONNECT_FAILURES);
    count(failure);
    var tried = connection.endpoint();
    assert tried != null && candidates != null;
    connection.attemptFailed();
    worker.reportFailure(route, tried, failure);
    tryNext(candidates, failure.cause());
  }

  /** The endpoint is lost: another is tried, if it was still being connected. */
  void endpointLost() {
    if (endpoint == NONE || candidates == null) {
      return;
    }
    closeEndpoint();
    connection.attemptGivenUp();
    worker.shard().increment(L4Counter.CONNECTS_GIVEN_UP);
    lostOne = true;
    tryNext(candidates, "it was removed or went down");
  }

  private void unconnected(String lastCause) {
    worker.shard().increment(L4Counter.CONNECTIONS_UNCONNECTED);
    var flags = EnumSet.of(UF);
    if (connection.attempts() == service.config().limits().maxConnectAttempts()) {
      flags.add(URX);
    }
    giveUp(flags, "no endpoint could be connected; the last one: " + lastCause);
  }

  private void closeEndpoint() {
    loop.sockets().deadlines().cancel(this);
    if (endpoint != NONE) {
      Sockets.disconnect(endpoint); // a FIN would say that the client had nothing to say
      close(endpoint);
      endpoint = NONE;
    }
  }

  private void refuse(Admission why) {
    worker.shard().increment(why.counter());
    service.log().refused(why, connection.client(), loop.nowNanos());
    giveUp(why.flags(), why.reason());
  }

  /** Ends the connection; harmless if it has been joined or ended. */
  void giveUp(Set<ConnectionFlag> flags, String reason) {
    if (!over) {
      over = true;
      closeEndpoint();
      close(client);
      connection.finish(flags, reason, 0, 0);
    }
  }

  private void close(int socket) {
    loop.sockets().forgetClosing(socket);
    Sockets.close(socket);
  }

  @Override
  protected long dueNanos() {
    var timeouts = service.config().timeouts();
    return candidates == null
        ? connection.acceptedNanos() + timeouts.sniNanos()
        : attemptNanos + timeouts.connectNanos();
  }

  @Override
  protected void expired(long nowNanos) {
    if (candidates == null) {
      worker.shard().increment(L4Counter.HELLO_TIMEOUTS);
      route(new ClientHello.NeedMore());
    } else {
      connectFailed(ConnectFailure.TIMEOUT);
    }
  }
}
