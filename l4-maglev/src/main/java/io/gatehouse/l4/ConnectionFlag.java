package io.gatehouse.l4;

/**
 * What went wrong with a connection, in the vocabulary of Envoy's access log ("response flags"). A
 * connection that both sides ended in good order has none.
 */
public enum ConnectionFlag {
  /** No healthy upstream: no endpoint takes new work. */
  UH,
  /** Upstream connection failure. */
  UF,
  /** Upstream overflow: a cap on connections was reached. */
  UO,
  /** No route: no pool is for what the client asked for. */
  NR,
  /** Rate limited: new connections came faster than they may. */
  RL,
  /** Overload: this node was short of descriptors or memory. */
  OM,
  /** Upstream retry limit exceeded: as many connects failed as may be tried. */
  URX,
  /** Downstream connection termination: the client reset its connection, or was lost. */
  DC,
  /** Upstream connection termination: the endpoint reset its connection, or was lost. */
  UC,
  /** Upstream remote reset: the endpoint sent RST. */
  UR,
  /** Downstream remote reset: the client sent RST. */
  DR,
  /** Local reset: this node closed the connection. */
  LR,
  /** Stream idle timeout: no byte in either direction for too long. */
  SI,
  /** Duration timeout: the connection outlived the drain. */
  DT
}
