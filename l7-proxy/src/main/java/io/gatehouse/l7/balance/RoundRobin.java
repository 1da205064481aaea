package io.gatehouse.l7.balance;

import io.gatehouse.l7.upstream.PoolView;
import io.gatehouse.l7.upstream.UpstreamEndpoint;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Smooth weighted round robin, as nginx does it: each pick adds every endpoint's weight to its
 * credit, takes the endpoint with the most credit, and subtracts the sum of all weights from that.
 * Weights 5, 1, 1 give a a b a c a a, not a a a a a b c. Equal weights need no credit: a cursor
 * goes round.
 *
 * <p>Every loop starts at a place of its own, so that loops don't send in step. Owned by its loop's
 * thread.
 */
final class RoundRobin implements Balancer {
  private final SplittableRandom random;
  private @Nullable PoolView present;
  private int[] credit = new int[0];
  private int cursor;

  RoundRobin(SplittableRandom random) {
    this.random = random;
  }

  @Override
  @SuppressWarnings("ReferenceEquality") // a view is the same only if it is the same object
  public @Nullable UpstreamEndpoint pick(PoolView view, Candidates tried) {
    int size = view.takers().size();
    if (size == 0 || tried.triedCount() >= size) {
      return null;
    }
    if (view != present) {
      present = view;
      cursor = random.nextInt(size);
      credit = new int[size];
    }
    return view.equalWeights() ? nextInTurn(view, tried) : nextByCredit(view, tried);
  }

  /** A further try takes the next in turn, too, but not its turn: that is the next request's. */
  private @Nullable UpstreamEndpoint nextInTurn(PoolView view, Candidates tried) {
    int size = view.takers().size();
    int at = cursor;
    if (tried.triedCount() == 0) {
      cursor = at + 1 == size ? 0 : at + 1;
    }
    for (int i = 0; i < size; i++) {
      var endpoint = view.takers().get(at);
      if (!tried.hasTried(endpoint)) {
        return endpoint;
      }
      at = at + 1 == size ? 0 : at + 1;
    }
    return null;
  }

  private @Nullable UpstreamEndpoint nextByCredit(PoolView view, Candidates tried) {
    int best = -1;
    int sum = 0;
    for (int i = 0; i < credit.length; i++) {
      var endpoint = view.takers().get(i);
      if (tried.hasTried(endpoint)) {
        continue;
      }
      int weight = endpoint.weight();
      sum += weight;
      credit[i] += weight;
      if (best < 0 || credit[i] > credit[best]) {
        best = i;
      }
    }
    if (best < 0) {
      return null;
    }
    credit[best] -= sum;
    return view.takers().get(best);
  }
}
