package io.gatehouse.l7.upstream;

import static java.util.concurrent.TimeUnit.SECONDS;

import io.gatehouse.l7.L7Counter;
import io.gatehouse.l7.loop.TimedHandler;

/**
 * Keeps some connections ready to one endpoint, so that requests after a pause or a start need not
 * wait for a connect and a handshake. One is made at a time, while the endpoint takes work; after a
 * failure it waits, longer each time.
 *
 * <p>Owned by its loop's thread.
 */
final class Preconnect extends TimedHandler {
  static final long FIRST_WAIT_NANOS = SECONDS.toNanos(1);
  static final long LONGEST_WAIT_NANOS = SECONDS.toNanos(30);

  private final LoopPool pool;
  private final ConnectionSet connections;
  private final int wanted;
  private boolean underWay;
  private long waitNanos;
  private long nextNanos;

  /**
   * @param wanted connections to be kept ready
   */
  Preconnect(LoopPool pool, ConnectionSet connections, int wanted) {
    this.pool = pool;
    this.connections = connections;
    this.wanted = wanted;
  }

  /** Begins; to be called on the loop. */
  void begin() {
    nextNanos = pool.loop().clock().nanos();
    pool.loop().ticker().add(this);
  }

  @Override
  protected void tick(long nowNanos) {
    if (pool.endpoint().isGone()) {
      pool.loop().ticker().remove(this);
      return;
    }
    boolean due = !underWay && nowNanos - nextNanos >= 0 && pool.endpoint().takesWork();
    if (due && connections.ready() < wanted) {
      underWay = connections.warm(this);
    }
  }

  /** The connection that was under way stands: the next may be made at once. */
  void done() {
    underWay = false;
    waitNanos = 0;
    pool.loop().count(L7Counter.UPSTREAM_PRECONNECTED);
    tick(pool.loop().clock().nanos());
  }

  /** It could not be made. */
  void failed(UpstreamFailure failure, String detail) {
    underWay = false;
    waitNanos = Math.clamp(2 * waitNanos, FIRST_WAIT_NANOS, LONGEST_WAIT_NANOS);
    nextNanos = pool.loop().clock().nanos() + waitNanos;
    pool.loop()
        .warn(
            L7Counter.UPSTREAM_PRECONNECT_FAILED,
            "a connection cannot be made ready",
            pool.endpoint().pool().name() + "/" + pool.endpoint().name(),
            failure.reason() + ": " + detail);
  }

  @Override
  protected void closeNow() {
    // The connections themselves are closed where they are known.
    underWay = true;
  }
}
