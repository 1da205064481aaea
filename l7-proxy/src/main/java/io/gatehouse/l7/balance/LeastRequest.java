package io.gatehouse.l7.balance;

import io.gatehouse.l7.upstream.PoolView;
import io.gatehouse.l7.upstream.UpstreamEndpoint;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * The less loaded of two random choices: nearly as even as asking all, without the herd that runs
 * to the one emptiest [1]. Load is this loop's requests under way per unit of weight; each loop
 * sees a random share of the whole, so its own count is a fair sample.
 *
 * <p>Owned by its loop's thread.
 *
 * <ol>
 *   <li>M. Mitzenmacher, The Power of Two Choices in Randomized Load Balancing, IEEE TPDS 12(10),
 *       2001
 * </ol>
 */
final class LeastRequest implements Balancer {
  private final int loop;
  private final SplittableRandom random;

  LeastRequest(int loop, SplittableRandom random) {
    this.loop = loop;
    this.random = random;
  }

  @Override
  public @Nullable UpstreamEndpoint pick(PoolView view, Candidates tried) {
    int left = view.takers().size() - tried.triedCount();
    if (left <= 0) {
      return null;
    }
    int first = random.nextInt(left);
    var one = untried(view, tried, first);
    if (left == 1 || one == null) {
      return one;
    }
    int second = random.nextInt(left - 1);
    var other = untried(view, tried, second < first ? second : second + 1);
    return other != null && isLessLoaded(other, one) ? other : one;
  }

  private boolean isLessLoaded(UpstreamEndpoint a, UpstreamEndpoint b) {
    // (active + 1) / weight, multiplied out.
    long loadOfA = (a.onLoop(loop).activeRequests() + 1L) * b.weight();
    long loadOfB = (b.onLoop(loop).activeRequests() + 1L) * a.weight();
    return loadOfA < loadOfB;
  }

  private static @Nullable UpstreamEndpoint untried(PoolView view, Candidates tried, int index) {
    if (tried.triedCount() == 0) {
      return view.takers().get(index);
    }
    int left = index;
    for (var endpoint : view.takers()) {
      if (!tried.hasTried(endpoint) && left-- == 0) {
        return endpoint;
      }
    }
    return null;
  }
}
