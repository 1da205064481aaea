package io.gatehouse.l7.tls;

import static java.util.concurrent.TimeUnit.SECONDS;

import io.gatehouse.l7.ListenerConfig.Handshakes;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How many handshakes of a listener are under way, and how many begin in a second: what goes beyond
 * is turned away before it costs a signature. The rate is kept by the generic cell rate algorithm
 * [1]: one number, the moment up to which what was admitted has used up its share of time.
 *
 * <p>Any thread may use it; nothing in here waits.
 *
 * <ol>
 *   <li>ITU-T I.371, annex A
 * </ol>
 */
public final class HandshakeLimit {
  private static final long BURST_NANOS = SECONDS.toNanos(1);

  /** What became of a wish to begin. */
  public enum Verdict {
    /** It may begin: {@link #ended} must follow. */
    ADMITTED,
    TOO_MANY,
    TOO_FAST
  }

  private final int maxConcurrent;
  private final long nanosEach;
  private final AtomicInteger underWay = new AtomicInteger();
  private final AtomicLong usedUpToNanos;

  public HandshakeLimit(Handshakes limits, long nowNanos) {
    this.maxConcurrent = limits.maxConcurrent();
    this.nanosEach = limits.maxPerSecond() == 0 ? 0 : BURST_NANOS / limits.maxPerSecond();
    this.usedUpToNanos = new AtomicLong(nowNanos);
  }

  /** Asks to begin a handshake. */
  public Verdict begin(long nowNanos) {
    if (underWay.incrementAndGet() > maxConcurrent) {
      underWay.decrementAndGet();
      return Verdict.TOO_MANY;
    }
    if (nanosEach > 0 && !isWithinRate(nowNanos)) {
      underWay.decrementAndGet();
      return Verdict.TOO_FAST;
    }
    return Verdict.ADMITTED;
  }

  private boolean isWithinRate(long nowNanos) {
    while (true) {
      long used = usedUpToNanos.get();
      long next = (used - nowNanos > 0 ? used : nowNanos) + nanosEach;
      if (next - nowNanos > BURST_NANOS) {
        return false;
      }
      if (usedUpToNanos.compareAndSet(used, next)) {
        return true;
      }
    }
  }

  /** A handshake that was admitted is over. */
  public void ended() {
    underWay.decrementAndGet();
  }
}
