package io.gatehouse.l7.exchange;

import io.gatehouse.health.HealthMonitor;
import io.gatehouse.l7.RequestRecorder;
import io.gatehouse.l7.balance.Balancer;
import io.gatehouse.l7.loop.Loop;
import io.gatehouse.l7.snapshot.Snapshots;
import java.util.List;

/**
 * What the exchanges of one loop share.
 *
 * @param balancers of this loop, by index of the pool
 */
public record ExchangeScope(
    Loop loop,
    Snapshots snapshots,
    List<Balancer> balancers,
    HealthMonitor health,
    RequestRecorder recorder) {
  public ExchangeScope {
    balancers = List.copyOf(balancers);
  }
}
