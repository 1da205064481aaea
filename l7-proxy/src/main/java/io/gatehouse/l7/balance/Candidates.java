package io.gatehouse.l7.balance;

import io.gatehouse.l7.upstream.PoolView;
import io.gatehouse.l7.upstream.UpstreamEndpoint;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The endpoints that one request may be sent to, best first, each once. An iterator rather than one
 * choice, so that to try elsewhere is to ask again (after Pingora's selection). Reused from request
 * to request.
 *
 * <p>Owned by its loop's thread.
 */
public final class Candidates {
  private static final int INITIAL_TRIED = 4;

  private @Nullable PoolView view;
  private @Nullable Balancer balancer;
  private @Nullable UpstreamEndpoint[] tried = new UpstreamEndpoint[INITIAL_TRIED];
  private int triedCount;

  /** Begins anew for a request to this pool. */
  public void begin(PoolView pool, Balancer chooser) {
    Arrays.fill(tried, 0, triedCount, null);
    triedCount = 0;
    view = pool;
    balancer = chooser;
  }

  /** The next endpoint; null if there is none left. */
  public @Nullable UpstreamEndpoint next() {
    var next = Objects.requireNonNull(balancer).pick(Objects.requireNonNull(view), this);
    if (next != null) {
      if (triedCount == tried.length) {
        tried = Arrays.copyOf(tried, triedCount * 2);
      }
      tried[triedCount++] = next;
    }
    return next;
  }

  boolean hasTried(UpstreamEndpoint endpoint) {
    for (int i = 0; i < triedCount; i++) {
      if (tried[i] == endpoint) {
        return true;
      }
    }
    return false;
  }

  int triedCount() {
    return triedCount;
  }
}
