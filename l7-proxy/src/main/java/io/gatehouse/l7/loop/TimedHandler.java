package io.gatehouse.l7.loop;

import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * A handler whose deadlines are looked after by its loop's {@link Ticker}, from {@link Ticker#add}
 * to {@link Ticker#remove}. Owned by its loop's thread.
 */
public abstract class TimedHandler extends ChannelInboundHandlerAdapter {
  /** A deadline that never comes. */
  public static final long NEVER = Long.MAX_VALUE;

  /** Its place in the ticker; -1 while it has none. */
  int slot = -1;

  /** Called about every {@link Ticker#PERIOD_NANOS}: act on what has expired. */
  protected abstract void tick(long nowNanos);

  /** Closes the connection at once, as the tier is being closed. */
  protected abstract void closeNow();

  /** Whether the deadline has passed. */
  protected static boolean expired(long deadlineNanos, long nowNanos) {
    return deadlineNanos != NEVER && nowNanos - deadlineNanos >= 0;
  }
}
