package io.gatehouse.appliance.admin;

/**
 * Whether a node takes new work.
 *
 * @param why not; empty if it is ready
 */
public record Readiness(boolean ready, String why) {
  /** It takes new work. */
  public static final Readiness READY = new Readiness(true, "");

  /** It does not. */
  public static Readiness not(String why) {
    return new Readiness(false, why);
  }

  /** As load balancers and service managers ask for it. */
  public AdminServer.Page page() {
    return ready ? AdminServer.Page.text(200, "ready") : AdminServer.Page.text(503, why);
  }
}
