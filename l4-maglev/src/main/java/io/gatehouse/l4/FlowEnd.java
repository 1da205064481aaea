package io.gatehouse.l4;

import static io.gatehouse.l4.ConnectionFlag.DC;
import static io.gatehouse.l4.ConnectionFlag.DR;
import static io.gatehouse.l4.ConnectionFlag.DT;
import static io.gatehouse.l4.ConnectionFlag.LR;
import static io.gatehouse.l4.ConnectionFlag.SI;
import static io.gatehouse.l4.ConnectionFlag.UC;
import static io.gatehouse.l4.ConnectionFlag.UR;

import java.util.Set;

/** Why an established connection ended. */
enum FlowEnd {
  CLIENT_FIRST("closed by the client, then by the endpoint"),
  ENDPOINT_FIRST("closed by the endpoint, then by the client"),
  CLIENT_RESET("reset by the client", DC, DR),
  ENDPOINT_RESET("reset by the endpoint", UC, UR),
  CLIENT_LOST("the client stopped answering", DC),
  ENDPOINT_LOST("the endpoint stopped answering", UC),
  IDLE("idle for too long", SI, LR),
  DRAIN_DEADLINE("outlived the drain", DT, LR),
  SHUTDOWN("this node was stopped", LR);

  private final String reason;
  private final Set<ConnectionFlag> flags;

  FlowEnd(String reason, ConnectionFlag... flags) {
    this.reason = reason;
    this.flags = Set.of(flags);
  }

  String reason() {
    return reason;
  }

  Set<ConnectionFlag> flags() {
    return flags;
  }
}
