package io.gatehouse.l4;

import io.gatehouse.health.Endpoint;
import java.net.InetSocketAddress;
import java.util.EnumMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the log says of one service's clients that are turned away, and of what fails: of each kind,
 * and of each reason to turn a client away, one line per second over all loops, with the number of
 * those that were held back. Any loop may call any method.
 */
final class ServiceLog {
  private static final Logger log = LoggerFactory.getLogger(ServiceLog.class);

  private final String service;
  private final Map<Admission, LogGate> refusals = new EnumMap<>(Admission.class);
  private final LogGate unhealthy;
  private final LogGate connectFailures;
  private final LogGate acceptFailures;

  /**
   * @param service its name
   * @param nowNanos on the clock of all calls
   */
  ServiceLog(String service, long nowNanos) {
    this.service = service;
    for (Admission why : Admission.values()) {
      refusals.put(why, new LogGate(nowNanos));
    }
    this.unhealthy = new LogGate(nowNanos);
    this.connectFailures = new LogGate(nowNanos);
    this.acceptFailures = new LogGate(nowNanos);
  }

  /** A limit or a rule turned a client away. */
  void refused(Admission why, InetSocketAddress client, long nowNanos) {
    var gate = refusals.get(why);
    if (gate != null && gate.admits(nowNanos)) {
      log.atWarn()
          .addKeyValue("service", service)
          .addKeyValue("client", client)
          .addKeyValue("reason", why.counter().reason())
          .addKeyValue("detail", why.reason())
          .addKeyValue("suppressed", gate.takeSuppressed())
          .log("a client was turned away");
    }
  }

  /** A client was turned away because no endpoint of a pool takes new work. */
  void unhealthy(String pool, InetSocketAddress client, long nowNanos) {
    if (unhealthy.admits(nowNanos)) {
      log.atWarn()
          .addKeyValue("service", service)
          .addKeyValue("client", client)
          .addKeyValue("pool", pool)
          .addKeyValue("suppressed", unhealthy.takeSuppressed())
          .log("no endpoint takes new work: a client was turned away");
    }
  }

  void connectFailed(Endpoint endpoint, ConnectFailure failure, long nowNanos) {
    if (connectFailures.admits(nowNanos)) {
      log.atWarn()
          .addKeyValue("service", service)
          .addKeyValue("endpoint", endpoint.name())
          .addKeyValue("address", endpoint.address())
          .addKeyValue("cause", failure.cause())
          .addKeyValue("suppressed", connectFailures.takeSuppressed())
          .log("an endpoint could not be connected");
    }
  }

  void acceptFailed(String cause, long nowNanos) {
    if (acceptFailures.admits(nowNanos)) {
      log.atWarn()
          .addKeyValue("service", service)
          .addKeyValue("cause", cause)
          .addKeyValue("suppressed", acceptFailures.takeSuppressed())
          .log("an accept failed");
    }
  }
}
