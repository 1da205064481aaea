package io.gatehouse.appliance.config;

import io.gatehouse.health.Agreement;
import io.gatehouse.health.HealthCheck;
import io.gatehouse.health.PanicPolicy;
import io.gatehouse.health.Quorum;
import java.util.Set;

/**
 * {@code healthCheck}: how endpoints are probed, and what is made of what the nodes see.
 *
 * @param sharedProbes how many nodes probe each endpoint; 0: all
 * @param quorum whose word counts against this node's own probes
 * @param serverErrorRun answers of 5xx in a row that are worth a probe; 0: none
 * @param tls what the file says of the TLS of HTTP and gRPC probes
 */
public record CheckPolicy(
    HealthCheck check,
    int sharedProbes,
    Quorum quorum,
    PanicPolicy panic,
    int serverErrorRun,
    TlsChoice tls,
    VersionChoice version) {

  /** What the file says of the TLS of a probe. */
  public enum TlsChoice {
    /** Nothing: as the pool. */
    AS_THE_POOL,
    /** It is in the check. */
    OWN,
    /** In the clear. */
    OFF
  }

  /** What the file says of the HTTP of a probe. */
  public enum VersionChoice {
    /** Nothing: as the pool. */
    AS_THE_POOL,
    /** It is in the check. */
    OWN
  }

  /** A check with the defaults for all else. */
  static CheckPolicy of(HealthCheck check, int serverErrorRun) {
    return new CheckPolicy(
        check,
        0,
        new Quorum.Majority(),
        PanicPolicy.DEFAULT,
        serverErrorRun,
        TlsChoice.AS_THE_POOL,
        VersionChoice.AS_THE_POOL);
  }

  /** The same, with another check. */
  CheckPolicy with(HealthCheck other) {
    return new CheckPolicy(other, sharedProbes, quorum, panic, serverErrorRun, tls, version);
  }

  /** Among these nodes. */
  Agreement among(Set<String> watchers) {
    return new Agreement(watchers, sharedProbes, quorum);
  }
}
