package io.gatehouse.l4.plane;

/** Why an established connection ended. */
public enum FlowEnd {
  CLIENT_FIRST("closed by the client, then by the endpoint"),
  ENDPOINT_FIRST("closed by the endpoint, then by the client"),
  CLIENT_RESET("reset by the client"),
  ENDPOINT_RESET("reset by the endpoint"),
  CLIENT_LOST("the client stopped answering"),
  ENDPOINT_LOST("the endpoint stopped answering"),
  IDLE("idle for too long"),
  LIFETIME("open for longer than a connection may be"),
  DRAIN_DEADLINE("outlived the drain"),
  ENDPOINT_REMOVED("its endpoint was removed or went down"),
  SHUTDOWN("this node was stopped");

  private final String reason;

  FlowEnd(String reason) {
    this.reason = reason;
  }

  /** For the log. */
  public String reason() {
    return reason;
  }
}
