package io.gatehouse.l4;

import java.util.Set;

/** Whether a connection is let in, and if not, why: the bounded label that it is counted under. */
enum Admission {
  ADMITTED("admitted", L4Counter.CONNECTIONS_ADMITTED),
  /** The node ran out of descriptors or memory a moment ago. */
  OVERLOADED("this node is overloaded", L4Counter.REFUSED_OVERLOADED, ConnectionFlag.OM),
  OVER_NODE_CAP(
      "this node has as many connections as it may",
      L4Counter.REFUSED_OVER_NODE_CAP,
      ConnectionFlag.UO),
  OVER_SERVICE_CAP(
      "the service has as many connections as it may",
      L4Counter.REFUSED_OVER_SERVICE_CAP,
      ConnectionFlag.UO),
  OVER_SOURCE_RATE(
      "its source opens connections faster than it may",
      L4Counter.REFUSED_OVER_SOURCE_RATE,
      ConnectionFlag.RL),
  OVER_RATE(
      "the service gets new connections faster than it may",
      L4Counter.REFUSED_OVER_RATE,
      ConnectionFlag.RL),
  SERVER_NAME(
      "no route has the server name that it asked for",
      L4Counter.REFUSED_SERVER_NAME,
      ConnectionFlag.NR),
  ENDPOINTS_FULL(
      "every endpoint has as many connections as it may",
      L4Counter.REFUSED_ENDPOINTS_FULL,
      ConnectionFlag.UO),
  /** As many as can be kept for a successor; adopted connections may have used up the places. */
  TABLE_FULL("the table of connections is full", L4Counter.REFUSED_TABLE_FULL, ConnectionFlag.UO);

  private final String reason;
  private final L4Counter counter;
  private final Set<ConnectionFlag> flags;

  Admission(String reason, L4Counter counter, ConnectionFlag... flags) {
    this.reason = reason;
    this.counter = counter;
    this.flags = Set.of(flags);
  }

  /** In words, for the log. */
  String reason() {
    return reason;
  }

  L4Counter counter() {
    return counter;
  }

  /** What the connection's record says. */
  Set<ConnectionFlag> flags() {
    return flags;
  }
}
