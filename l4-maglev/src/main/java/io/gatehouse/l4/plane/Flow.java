package io.gatehouse.l4.plane;

import static io.gatehouse.linux.Errno.ENOTCONN;
import static io.gatehouse.linux.Errno.ETIMEDOUT;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import io.gatehouse.linux.Epoll;
import io.gatehouse.linux.LinuxException;
import io.gatehouse.linux.Sockets;
import org.jspecify.annotations.Nullable;

/**
 * An established connection: two sockets and two {@link Direction}s. It begins relayed; once it has
 * lived for a moment its {@link DataPlane} may take it over and it is kept for a successor.
 *
 * <p>A FIN is passed on when everything before it has been, and the other direction goes on. A
 * reset is passed on as a reset, but what came before it first: an endpoint that answers early and
 * closes on an upload it does not want sends its answer and then a reset, and the answer must
 * arrive. That takes at most {@link #RESET_GRACE_NANOS}.
 *
 * <p>Owned by its loop.
 */
public final class Flow extends Deadline {
  private static final long RESET_GRACE_NANOS = SECONDS.toNanos(1);

  /** How often a flow is looked at of which no event tells. */
  private static final long CHECK_NANOS = SECONDS.toNanos(1);

  private static final long QUICK_CHECK_NANOS = MILLISECONDS.toNanos(50);

  private enum State {
    OPEN,
    /** A side was reset; what it had sent is still on its way to the other. */
    RESETTING,
    ENDED
  }

  private final Flows flows;
  private final SocketLoop loop;
  private final DataPlane plane;
  private final int number;
  private final int client;
  private final int endpoint;
  private final FlowIdentity identity;
  private final FlowLimits limits;
  private final FlowListener listener;
  private final long startedNanos;
  private Direction fromClient;
  private Direction fromEndpoint;
  private State state = State.OPEN;
  private @Nullable FlowEnd end;
  private boolean settled;
  private boolean awaitsTakeOver;
  private boolean resetClient;
  private long activeNanos;
  private long checkNanos;
  private long graceEndNanos;
  private long toldFromClient;
  private long toldToClient;
  private long toldByKernel;

  Flow(
      Flows flows,
      DataPlane plane,
      int number,
      int client,
      int endpoint,
      FlowLimits limits,
      FlowIdentity identity,
      FlowListener listener) {
    this.flows = flows;
    this.loop = flows.loop();
    this.plane = plane;
    this.number = number;
    this.client = client;
    this.endpoint = endpoint;
    this.limits = limits;
    this.identity = identity;
    this.startedNanos = identity.acceptedNanos();
    this.listener = listener;
    this.fromClient =
        new RelayedDirection(this, plane.table().clientLane(number), client, endpoint);
    this.fromEndpoint =
        new RelayedDirection(this, plane.table().endpointLane(number), endpoint, client);
    this.activeNanos = loop.coarseNanos();
  }

  SocketLoop loop() {
    return loop;
  }

  DataPlane plane() {
    return plane;
  }

  boolean isOpen() {
    return state == State.OPEN;
  }

  int number() {
    return number;
  }

  int client() {
    return client;
  }

  int endpoint() {
    return endpoint;
  }

  Lane clientLane() {
    return fromClient.lane;
  }

  Lane endpointLane() {
    return fromEndpoint.lane;
  }

  /** Begins to move bytes. */
  void start(Pair pair) {
    if (pair.hungUp()) {
      fromClient.hungUp();
      fromEndpoint.hungUp();
    }
    listen();
    if (pair.hungUp() || pair.pending()) {
      advance();
    }
  }

  private void listen() {
    loop.handTo(client, events -> ready(true, events));
    loop.handTo(endpoint, events -> ready(false, events));
    checkNanos = loop.coarseNanos() + CHECK_NANOS;
    loop.deadlines().schedule(this);
  }

  private void ready(boolean theClient, int events) {
    if ((events & (Epoll.RDHUP | Epoll.HUP | Epoll.ERR)) != 0) {
      (theClient ? fromClient : fromEndpoint).hungUp();
    }
    if ((events & Epoll.ERR) != 0) {
      int socket = theClient ? client : endpoint;
      int error = Sockets.takeError(socket);
      if (error > 0) {
        failed(socket, error);
      }
    }
    // Advancing one direction may have the plane take over both, so the other is looked up after.
    if ((events & ~Epoll.OUT) != 0) {
      advance(theClient);
    }
    if ((events & Epoll.OUT) != 0) {
      advance(!theClient);
    }
  }

  /** Moves what can be moved, both ways. */
  void advance() {
    advance(fromClient);
    advance(fromEndpoint);
  }

  void advance(Direction direction) {
    if (state == State.OPEN || (state == State.RESETTING && isFromReset(direction))) {
      direction.advance();
    }
  }

  private boolean isFromReset(Direction direction) {
    return (direction == fromClient) == resetClient;
  }

  /** There may be something to do for one of the directions. */
  void advance(boolean fromTheClient) {
    advance(fromTheClient ? fromClient : fromEndpoint);
  }

  /** Bytes have been moved. */
  void touch() {
    activeNanos = loop.coarseNanos();
  }

  void stalled() {
    listener.stalled();
  }

  void creditSpent() {
    listener.creditSpent();
  }

  /** Something is to be looked at again that no event will tell of. */
  void checkSoon() {
    if (state == State.OPEN) {
      checkNanos = Math.min(checkNanos, loop.coarseNanos() + QUICK_CHECK_NANOS);
      loop.deadlines().schedule(this);
    }
  }

  /** All that came from {@code direction}'s source has been moved. */
  void inputEnded(Direction direction) {
    if (state == State.RESETTING) {
      resetOnceReceived();
      return;
    }
    if (end == null) {
      end = direction == fromClient ? FlowEnd.CLIENT_FIRST : FlowEnd.ENDPOINT_FIRST;
    }
    direction.lane.finished();
    boolean bothEnded = fromClient.hasEnded() && fromEndpoint.hasEnded();
    if (bothEnded && !settled) {
      close(false); // nobody else holds the sockets, so that closing passes the FIN on
      return;
    }
    int error = passFin(direction.target);
    if (error != 0) {
      failed(direction.target, error);
    } else if (bothEnded) {
      close(false);
    }
  }

  /** Returns 0, or why it cannot be passed. */
  private static int passFin(int target) {
    int result = Sockets.shutdownOutput(target);
    // A predecessor may have passed it, and the target's peer may have closed since: then the
    // socket
    // is not connected any more, and yet nothing went wrong.
    return result == -ENOTCONN ? Sockets.takeError(target) : -result;
  }

  /** A socket of the flow was reset or lost. */
  void failed(int socket, int errno) {
    if (state == State.ENDED) {
      return;
    }
    if (state == State.RESETTING) {
      if ((socket == client) == resetClient) {
        resetOnceReceived(); // there is no more to read from it
      } else {
        close(true);
      }
      return;
    }
    state = State.RESETTING;
    resetClient = socket == client;
    (resetClient ? fromClient : fromEndpoint).lane.failure(errno);
    boolean lost = errno == ETIMEDOUT;
    if (resetClient) {
      end = lost ? FlowEnd.CLIENT_LOST : FlowEnd.CLIENT_RESET;
    } else {
      end = lost ? FlowEnd.ENDPOINT_LOST : FlowEnd.ENDPOINT_RESET;
    }
    graceEndNanos = loop.coarseNanos() + RESET_GRACE_NANOS;
    loop.deadlines().schedule(this);
    Direction rest = resetClient ? fromClient : fromEndpoint;
    rest.hungUp();
    if (rest.hasEnded()) {
      resetOnceReceived();
    } else {
      rest.advance();
    }
  }

  /** A reset destroys what the peer has not received yet: waits for that, within the grace. */
  private void resetOnceReceived() {
    if (state != State.RESETTING) {
      return;
    }
    if (Sockets.queuedOutput(resetClient ? endpoint : client) <= 0) {
      close(true);
    } else {
      loop.soon(this::resetOnceReceived);
    }
  }

  /** Closes both sides at once, with a reset. */
  public void abort(FlowEnd why) {
    assert loop.inLoop();
    if (state != State.ENDED) {
      end = why;
      close(true);
    }
  }

  private void close(boolean reset) {
    if (state == State.ENDED) {
      return;
    }
    state = State.ENDED;
    loop.deadlines().cancel(this);
    tell(); // the last word: after a reset the kernel may still redirect, to nobody
    flows.release(this);
    closeSocket(client, reset);
    closeSocket(endpoint, reset);
    listener.ended(end == null ? FlowEnd.SHUTDOWN : end, toldFromClient, toldToClient);
  }

  /** A reset must not wait until whoever else holds the socket has closed it too. */
  private void closeSocket(int socket, boolean reset) {
    if (settled) {
      loop.forget(socket);
    } else {
      loop.forgetClosing(socket);
    }
    if (reset) {
      Sockets.disconnect(socket);
    }
    Sockets.close(socket);
  }

  /** Has the flow kept, and carried as its plane likes it best; at once, not after a moment. */
  public void settle() {
    if (!settled && state == State.OPEN) {
      settled = true;
      identity.writeTo(clientLane());
      clientLane().keep(Sockets.cookie(client));
      endpointLane().keep(Sockets.cookie(endpoint));
      flows.settled(this);
      awaitsTakeOver = true;
      offer();
      loop.deadlines().schedule(this);
    }
  }

  /** Nothing waits to be moved, so the plane may take over. */
  void offer() {
    if (awaitsTakeOver && state == State.OPEN) {
      awaitsTakeOver = !plane.takeOver(this);
    }
  }

  /** The kernel moves the bytes from now on, in both directions. */
  void forward() throws LinuxException {
    forwardFromClient(limits.windowBytes());
    forwardFromEndpoint();
    listener.taken();
  }

  /** The client's socket is in the kernel's hands; without a window the process moves its bytes. */
  void forwardFromClient(long windowBytes) throws LinuxException {
    fromClient = new ForwardedDirection(fromClient, windowBytes);
    loop.rewatch(client, fromClient.sourceEvents());
  }

  private void forwardFromEndpoint() throws LinuxException {
    fromEndpoint = new ForwardedDirection(fromEndpoint, limits.windowBytes());
    loop.rewatch(endpoint, fromEndpoint.sourceEvents());
  }

  /**
   * Takes up what a predecessor left: finds out how far it came, and goes on.
   *
   * @throws LinuxException if the kernel refuses to watch the sockets
   */
  void resume() throws LinuxException {
    settled = true;
    int clientError = Recovery.of(fromClient, fromEndpoint, loop).recover();
    int endpointError = Recovery.of(fromEndpoint, fromClient, loop).recover();
    if (clientLane().mode() == FlowTable.FORWARDED) {
      forwardFromClient(endpointLane().mode() == FlowTable.FORWARDED ? limits.windowBytes() : 0);
    }
    if (endpointLane().mode() == FlowTable.FORWARDED) {
      forwardFromEndpoint();
    }
    toldFromClient = fromClient.movedBytes();
    toldToClient = fromEndpoint.movedBytes();
    toldByKernel = clientLane().redirected() + endpointLane().redirected();
    listen();
    if (clientError != 0) {
      failed(client, clientError);
    } else if (endpointError != 0) {
      failed(endpoint, endpointError);
    } else {
      advance();
    }
  }

  boolean isHalfClosed() {
    return fromClient.hasHungUp() || fromEndpoint.hasHungUp();
  }

  /** Under which its sockets are kept. */
  String keptName() {
    return KeptNames.flow(clientLane().cookie());
  }

  /** Whether it has been given to whoever keeps it, or is about to be. */
  public boolean isSettled() {
    return settled;
  }

  @Override
  protected long dueNanos() {
    if (state == State.RESETTING) {
      return graceEndNanos;
    }
    long due = Math.min(checkNanos, activeNanos + limits.idleNanos());
    due = Math.min(due, lifetimeEndNanos());
    return settled ? due : Math.min(due, startedNanos + limits.settleNanos());
  }

  private long lifetimeEndNanos() {
    long lifetime = limits.lifetimeNanos();
    return lifetime == FlowLimits.UNLIMITED ? Long.MAX_VALUE : startedNanos + lifetime;
  }

  @Override
  protected void expired(long nowNanos) {
    if (state == State.RESETTING) {
      close(true);
    } else if (nowNanos - lifetimeEndNanos() >= 0) {
      abort(FlowEnd.LIFETIME);
    } else {
      check(nowNanos);
    }
  }

  private void check(long nowNanos) {
    if (!settled && nowNanos - startedNanos - limits.settleNanos() >= 0) {
      settle();
    }
    if (nowNanos - checkNanos >= 0) {
      checkNanos = nowNanos + CHECK_NANOS;
      advance();
    }
    if (state != State.OPEN) {
      return;
    }
    tell();
    if (nowNanos - activeNanos - limits.idleNanos() >= 0) {
      abort(FlowEnd.IDLE);
    } else {
      loop.deadlines().schedule(this);
    }
  }

  /** Tells how much was moved since it was told last; that is also what keeps it from idling. */
  private void tell() {
    long fromClientBytes = fromClient.movedBytes();
    long toClientBytes = fromEndpoint.movedBytes();
    if (fromClientBytes != toldFromClient || toClientBytes != toldToClient) {
      long byKernel = fromClient.lane.redirected() + fromEndpoint.lane.redirected();
      listener.moved(
          fromClientBytes - toldFromClient, toClientBytes - toldToClient, byKernel - toldByKernel);
      toldFromClient = fromClientBytes;
      toldToClient = toClientBytes;
      toldByKernel = byKernel;
      touch();
    }
  }
}
