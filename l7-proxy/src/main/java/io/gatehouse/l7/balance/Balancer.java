package io.gatehouse.l7.balance;

import io.gatehouse.l7.PoolConfig;
import io.gatehouse.l7.upstream.PoolView;
import io.gatehouse.l7.upstream.UpstreamEndpoint;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Spreads the requests of one loop over one pool. Owned by its loop's thread. */
public sealed interface Balancer permits RoundRobin, LeastRequest {

  /** A balancer of the kind that the pool asks for. */
  static Balancer of(PoolConfig.Balance kind, int loop, SplittableRandom random) {
    return switch (kind) {
      case ROUND_ROBIN -> new RoundRobin(random);
      case LEAST_REQUEST -> new LeastRequest(loop, random);
    };
  }

  /**
   * The endpoint to try next.
   *
   * @param view takers to choose from
   * @param tried those that this request has tried
   * @return null if every taker has been tried
   */
  @Nullable UpstreamEndpoint pick(PoolView view, Candidates tried);
}
