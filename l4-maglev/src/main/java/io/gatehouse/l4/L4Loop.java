package io.gatehouse.l4;

import io.gatehouse.l4.plane.FlowEnd;
import io.gatehouse.l4.plane.Flows;
import io.gatehouse.l4.plane.SocketLoop;
import io.gatehouse.linux.SockAddr;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;

/**
 * What the L4 tier keeps per event loop: the loop's connections and flows. Owned by that loop;
 * other threads go through {@link SocketLoop#execute}.
 */
final class L4Loop {
  private final int index;
  private final SocketLoop sockets;
  private final Flows flows;
  private final UniqueIds uniqueIds;
  private final SockAddr address = new SockAddr();
  private final Set<Connection> connections = new HashSet<>();
  private final CompletableFuture<Void> emptied = new CompletableFuture<>();
  private boolean closing;

  /**
   * @param index of this loop among the tier's
   */
  L4Loop(int index, SocketLoop sockets, Flows flows, UniqueIds uniqueIds) {
    this.index = index;
    this.sockets = sockets;
    this.flows = flows;
    this.uniqueIds = uniqueIds;
  }

  int index() {
    return index;
  }

  SocketLoop sockets() {
    return sockets;
  }

  Flows flows() {
    return flows;
  }

  UniqueIds uniqueIds() {
    return uniqueIds;
  }

  /** Anyone's between two calls. */
  SockAddr address() {
    return address;
  }

  long nowNanos() {
    return sockets.nowNanos();
  }

  void opened(Connection connection) {
    assert sockets.inLoop();
    connections.add(connection);
    connection.worker().shard().increment(L4Counter.CONNECTIONS_ACTIVE);
  }

  void ended(Connection connection) {
    assert sockets.inLoop();
    if (connections.remove(connection)) {
      connection.worker().shard().add(L4Counter.CONNECTIONS_ACTIVE, -1);
    }
    completeIfEmptied();
  }

  /** The connections that match. */
  List<Connection> connections(Predicate<Connection> which) {
    assert sockets.inLoop();
    return connections.stream().filter(which).toList();
  }

  /** Ends the connections that match. */
  void abort(Predicate<Connection> which, FlowEnd why) {
    connections(which).forEach(connection -> connection.abort(why));
  }

  /**
   * Has every established connection kept for a successor, once none is being set up any more, or
   * is ending before it could be kept.
   *
   * @param deadlineNanos when those are given up: closed, and logged
   * @param settled completes, on the loop, with how many were not kept
   */
  void settle(long deadlineNanos, CompletableFuture<Integer> settled) {
    connections(any -> true).forEach(Connection::settle); // a copy: some may end by it
    flows.flush();
    var young = connections(connection -> !connection.isSettled());
    if (young.isEmpty() && flows.allKept()) {
      settled.complete(0);
    } else if (sockets.nowNanos() - deadlineNanos >= 0) {
      young.forEach(connection -> connection.abort(FlowEnd.SHUTDOWN));
      settled.complete(young.size() + flows.unkept());
    } else {
      sockets.after(0, () -> settle(deadlineNanos, settled));
    }
  }

  /** Closes the connections that match, as the schedule says, until none is left. */
  void drain(Predicate<Connection> which, DrainSchedule schedule) {
    var open = connections(which);
    int due = schedule.due(sockets.nowNanos(), open.size());
    open.stream().limit(due).forEach(connection -> connection.abort(FlowEnd.DRAIN_DEADLINE));
    if (open.size() > due) {
      sockets.after(SocketLoop.TICK_NANOS, () -> drain(which, schedule));
    }
  }

  /** No connection will be added from now on: {@link #emptied} completes with the last one. */
  void close() {
    assert sockets.inLoop();
    closing = true;
    completeIfEmptied();
  }

  private void completeIfEmptied() {
    if (closing && connections.isEmpty()) {
      emptied.complete(null);
    }
  }

  CompletableFuture<Void> emptied() {
    return emptied;
  }
}
