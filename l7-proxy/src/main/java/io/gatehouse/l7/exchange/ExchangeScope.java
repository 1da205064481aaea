package io.gatehouse.l7.exchange;

import io.gatehouse.health.HealthMonitor;
import io.gatehouse.l7.RequestRecorder;
import io.gatehouse.l7.balance.Balancer;
import io.gatehouse.l7.loop.Loop;
import io.gatehouse.l7.snapshot.Snapshots;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * What the exchanges of one loop share.
 *
 * @param balancers of this loop, by index of the pool
 * @param draining whether a drain has begun, so that connections are to be given up
 */
public record ExchangeScope(
    Loop loop,
    Snapshots snapshots,
    List<Balancer> balancers,
    HealthMonitor health,
    RequestRecorder recorder,
    BooleanSupplier draining) {
  public ExchangeScope {
    balancers = List.copyOf(balancers);
  }
}
