package io.gatehouse.l7.exchange;

import io.gatehouse.l7.balance.Balancer;
import io.gatehouse.l7.balance.Candidates;
import io.gatehouse.l7.http.HttpMethod;
import io.gatehouse.l7.upstream.PoolView;
import io.gatehouse.l7.upstream.UpstreamEndpoint;
import io.gatehouse.l7.upstream.UpstreamFailure;
import io.gatehouse.l7.upstream.UpstreamStream;
import org.jspecify.annotations.Nullable;

/**
 * Whom a request is tried on, how often, and what to try again.
 *
 * <p>What fails is tried again only where it is safe: on another endpoint while nothing has been
 * sent (no connection came about), and once on a fresh connection when a kept one broke before any
 * byte of a response, if the method is idempotent (RFC 9110 section 9.2.2) and the request has no
 * body, so that all of it can be sent anew. A request that a backend refuses unread (RFC 9113
 * section 8.7) is sent again once whatever its method, if none of its body is gone.
 *
 * <p>Reused from request to request. Owned by its exchange's event loop.
 */
final class Attempts {
  private final int loop;
  private final Candidates candidates = new Candidates();
  private int made;
  private int max;
  private boolean repeated;
  private boolean overflowed;
  private @Nullable UpstreamFailure lastFailure;

  /**
   * @param loop index of the loop
   */
  Attempts(int loop) {
    this.loop = loop;
  }

  /** Begins with a pool as it is now. */
  void begin(PoolView pool, Balancer balancer) {
    candidates.begin(pool, balancer);
    max = pool.config().maxAttempts();
    made = 0;
    repeated = false;
    overflowed = false;
    lastFailure = null;
  }

  /** Attempts made, the present one included. */
  int made() {
    return made;
  }

  /** Whether another may be made. */
  boolean areLeft() {
    return made < max;
  }

  /** A way to the next endpoint that has room; null if none is left to be tried. */
  @Nullable UpstreamStream next() {
    while (areLeft()) {
      var endpoint = candidates.next();
      if (endpoint == null) {
        return null;
      }
      var pool = endpoint.onLoop(loop);
      var kept = pool.takeKept();
      var stream = kept == null ? pool.takeNew() : kept;
      if (stream != null) {
        made++;
        return stream;
      }
      overflowed = true;
    }
    return null;
  }

  /** A fresh way to an endpoint whose kept connection broke; null if it has no room. */
  @Nullable UpstreamStream repeat(UpstreamEndpoint endpoint) {
    repeated = true;
    var stream = endpoint.onLoop(loop).takeNew();
    if (stream != null) {
      made++;
    }
    return stream;
  }

  /** Whether an attempt failed because a kept connection was just being closed. */
  static boolean keptOneBroke(UpstreamStream failed, UpstreamFailure failure) {
    return failed.isReused() && failure.isBreak() && !failed.responseSeen();
  }

  /** Whether a request may be sent again that may have reached the backend. */
  boolean mayRepeat(HttpMethod method, boolean hasBody) {
    return !repeated && !hasBody && method.isIdempotent();
  }

  /** Whether a request may be sent again that the backend said it has not begun to work on. */
  boolean mayRepeatRefused(boolean bodyIsTouched) {
    return !repeated && !bodyIsTouched;
  }

  /** Notes why the last attempt failed, before anything was sent. */
  void failed(UpstreamFailure failure) {
    lastFailure = failure;
  }

  /** Why the last attempt failed; null if none could be made. */
  @Nullable UpstreamFailure lastFailure() {
    return lastFailure;
  }

  /** Why none could be made. */
  Refusal refusal() {
    return overflowed ? Refusal.OVERFLOW : Refusal.NONE_HEALTHY;
  }
}
