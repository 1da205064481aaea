package io.gatehouse.health;

import io.gatehouse.health.PanicPolicy.Action;
import java.util.ArrayList;
import java.util.List;

/**
 * Which endpoints of a pool take new work. A pure function of their verdicts.
 *
 * <p>Endpoints that are UP or UNKNOWN take work; without any, those that are DEGRADED do. When
 * fewer than the threshold look healthy, the verdicts DOWN are doubted, but for those that an
 * endpoint has spoken itself (a drain, a leave) and those that only stand because nobody has looked
 * yet: neither counts on either side of the share.
 *
 * @param endpoints in the order that they came in
 * @param panicking whether the views are doubted
 */
record PoolChoice(List<EndpointHealth> endpoints, boolean panicking) {

  /**
   * An endpoint as its watch judges it.
   *
   * @param doubtful whether the verdict rests on what somebody has seen, and not on the endpoint's
   *     own word or on an assumption
   */
  record Judged(EndpointHealth health, boolean doubtful) {
    boolean looksHealthy() {
      return health.verdict().takesNewWork() && hasWeight();
    }

    boolean looksDead() {
      return health.verdict() == Verdict.DOWN && doubtful && hasWeight();
    }

    private boolean hasWeight() {
      return health.endpoint().weight() > 0;
    }
  }

  static PoolChoice of(List<Judged> pool, PanicPolicy policy) {
    long healthy = pool.stream().filter(Judged::looksHealthy).count();
    long dead = pool.stream().filter(Judged::looksDead).count();
    boolean panicking = dead > 0 && healthy < policy.threshold() * (healthy + dead);
    boolean anyUp =
        pool.stream().anyMatch(j -> j.looksHealthy() && j.health.verdict() != Verdict.DEGRADED);
    var chosen = new ArrayList<EndpointHealth>(pool.size());
    for (var judged : pool) {
      boolean takesWork =
          panicking
              ? policy.action() == Action.USE_ALL && (judged.looksHealthy() || judged.looksDead())
              : judged.looksHealthy() && (judged.health.verdict() != Verdict.DEGRADED || !anyUp);
      chosen.add(with(judged.health, takesWork));
    }
    return new PoolChoice(List.copyOf(chosen), panicking);
  }

  private static EndpointHealth with(EndpointHealth health, boolean takesWork) {
    return health.takesWork() == takesWork
        ? health
        : new EndpointHealth(
            health.endpoint(), health.verdict(), health.cause(), health.since(), takesWork);
  }
}
