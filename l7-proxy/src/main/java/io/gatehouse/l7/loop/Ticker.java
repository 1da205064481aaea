package io.gatehouse.l7.loop;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Looks at every connection of a loop about ten times a second. To set, move or clear a deadline is
 * then the write of a field, where a timer would cost a task per request; the price is a scan,
 * which for ten thousand connections takes well under a millisecond, and deadlines that are up to
 * one period late.
 *
 * <p>Owned by its loop's thread.
 */
public final class Ticker {
  /** Time between two looks. */
  public static final long PERIOD_NANOS = MILLISECONDS.toNanos(100);

  private static final int INITIAL_SLOTS = 64;
  private static final int WALL_CLOCK_PERIODS = 10;

  private final LoopClock clock;
  private @Nullable TimedHandler[] slots = new TimedHandler[INITIAL_SLOTS];
  private int size;
  private int periods;

  public Ticker(LoopClock clock) {
    this.clock = clock;
  }

  /** Begins to tick; cancel the future to stop. */
  public ScheduledFuture<?> start(EventLoop loop) {
    return loop.scheduleAtFixedRate(this::tick, PERIOD_NANOS, PERIOD_NANOS, NANOSECONDS);
  }

  /** Looks after a handler from now on. */
  public void add(TimedHandler handler) {
    assert handler.slot < 0;
    if (size == slots.length) {
      slots = Arrays.copyOf(slots, size * 2);
    }
    handler.slot = size;
    slots[size++] = handler;
  }

  /** Forgets a handler; one that is not known is fine. */
  public void remove(TimedHandler handler) {
    int slot = handler.slot;
    if (slot < 0) {
      return;
    }
    size--;
    var last = slots[size];
    slots[slot] = last;
    if (last != null) {
      last.slot = slot;
    }
    slots[size] = null;
    handler.slot = -1;
  }

  /** Closes all connections. */
  public void closeAll() {
    clock.read();
    for (var handler : Arrays.copyOf(slots, size)) {
      if (handler != null) {
        handler.closeNow();
      }
    }
  }

  private void tick() {
    long now = clock.read();
    if (++periods % WALL_CLOCK_PERIODS == 0) {
      clock.followWallClock();
    }
    // Backwards: a handler that removes itself draws the last one, already seen, into its slot.
    for (int i = size - 1; i >= 0; i--) {
      var handler = i < size ? slots[i] : null;
      if (handler != null) {
        handler.tick(now);
      }
    }
  }
}
