package io.gatehouse.l4;

import static io.gatehouse.l4.ConnectionFlag.DC;
import static io.gatehouse.l4.ConnectionFlag.DR;
import static io.gatehouse.l4.ConnectionFlag.NR;
import static io.gatehouse.l4.ConnectionFlag.UF;
import static io.gatehouse.l4.ConnectionFlag.UH;
import static io.gatehouse.l4.ConnectionFlag.UO;
import static io.gatehouse.l4.ConnectionFlag.URX;
import static io.gatehouse.linux.Errno.EAGAIN;

import io.gatehouse.l4.ServiceTable.Candidates;
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
    worker.shard().increment(admission.counter());
    if (admission != Admission.ADMITTED) {
      worker.logRefused(admission, connection.client());
      giveUp(admission.flags(), admission.reason());
      return;
    }
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
      worker.shard().increment(L4Counter.REFUSED_SERVER_NAME);
      giveUp(EnumSet.of(NR), "no route has the server name that it asked for");
    } else {
      choose(chosen);
    }
  }

  private void choose(Route to) {
    route = to;
    var chosen = service.candidates(connection.client(), connection.local(), to);
    countPassed(chosen);
    if (chosen.hasNext()) {
      if (!chosen.ownerTakesWork()) {
        worker.shard().increment(L4Counter.PROBED_PAST_OWNER);
      }
      candidates = chosen;
      tryNext(chosen);
    } else if (chosen.passedFull() > 0) {
      worker.shard().increment(L4Counter.REFUSED_ENDPOINTS_FULL);
      giveUp(EnumSet.of(UO), "every endpoint has as many connections as it may");
    } else {
      worker.shard().increment(L4Counter.CONNECTIONS_UNHEALTHY);
      worker.logUnhealthy();
      giveUp(EnumSet.of(UH), "no endpoint takes new work");
    }
  }

  private void tryNext(Candidates from) {
    var next = from.next();
    countPassed(from);
    connection.trying(route.pool(), next, from.stats().shard(loop.index()));
    attemptNanos = loop.nowNanos();
    var lease = worker.connector().lease(next.address());
    if (lease == null) {
      connectFailed(ConnectFailure.NO_SOURCE_PORT);
      return;
    }
    connection.leased(lease);
    int socket = worker.connector().connect(lease, this::endpointReady);
    if (socket < 0) {
      connectFailed(ConnectFailure.ofConnect(-socket));
      return;
    }
    endpoint = socket;
    loop.sockets().deadlines().schedule(this);
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
    over = true;
    loop.sockets().deadlines().cancel(this);
    connection.joined(attemptNanos);
    var flow = loop.flows().join(pair, connection.identity(), connection.limits(), connection);
    if (flow == null) {
      close(endpoint);
      endpoint = NONE;
      close(client);
      connection.finish(EnumSet.of(UO), "the table of connections is full", 0, 0);
    } else {
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
    if (failure.timedOut()) {
      worker.shard().increment(L4Counter.CONNECT_TIMEOUTS);
    }
    var tried = connection.endpoint();
    assert tried != null && candidates != null;
    connection.attemptFailed();
    worker.reportFailure(route, tried, failure);
    if (candidates.hasNext()) {
      tryNext(candidates);
      return;
    }
    worker.shard().increment(L4Counter.CONNECTIONS_UNCONNECTED);
    var flags = EnumSet.of(UF);
    if (connection.attempts() == service.config().limits().maxConnectAttempts()) {
      flags.add(URX);
    }
    giveUp(flags, "no endpoint could be connected; the last one: " + failure.cause());
  }

  private void closeEndpoint() {
    loop.sockets().deadlines().cancel(this);
    if (endpoint != NONE) {
      Sockets.disconnect(endpoint); // a FIN would say that the client had nothing to say
      close(endpoint);
      endpoint = NONE;
    }
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
