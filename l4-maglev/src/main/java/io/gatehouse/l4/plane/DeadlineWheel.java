package io.gatehouse.l4.plane;

import org.jspecify.annotations.Nullable;

/**
 * The deadlines of one event loop, checked once per tick. Traffic only moves a number in its own
 * object; the wheel asks for it when the slot comes round and puts back what is not due yet. So a
 * busy connection costs the wheel one visit per turn, not one per packet [1].
 *
 * <p>A deadline expires up to one tick late. Owned by one event loop.
 *
 * <p>[1] Varghese and Lauck, Hashed and Hierarchical Timing Wheels, SOSP 1987, scheme 6.
 */
public final class DeadlineWheel {
  private static final int SLOTS = 512;

  /** Where the deadlines of the slot that is being visited hang. */
  private static final int DUE = SLOTS;

  private final long tickNanos;
  private final @Nullable Deadline[] heads = new @Nullable Deadline[SLOTS + 1];
  private long doneTick;
  private int size;

  /**
   * @param startNanos the clock's present value
   */
  DeadlineWheel(long tickNanos, long startNanos) {
    this.tickNanos = tickNanos;
    this.doneTick = Math.floorDiv(startNanos, tickNanos);
  }

  /** Looks after {@code deadline} from now on; one that is in already moves to its new place. */
  public void schedule(Deadline deadline) {
    cancel(deadline);
    long tick = Math.floorDiv(deadline.dueNanos(), tickNanos) + 1;
    // Beyond one turn it is looked at once per turn; at the earliest with the next tick.
    long within = Math.clamp(tick, doneTick + 1, doneTick + SLOTS - 1);
    link(deadline, (int) Math.floorMod(within, (long) SLOTS));
  }

  /** Lets go of {@code deadline}; harmless if it is not in. */
  public void cancel(Deadline deadline) {
    if (deadline.slot < 0) {
      return;
    }
    if (deadline.previous != null) {
      deadline.previous.next = deadline.next;
    } else {
      heads[deadline.slot] = deadline.next;
    }
    if (deadline.next != null) {
      deadline.next.previous = deadline.previous;
    }
    deadline.previous = null;
    deadline.next = null;
    deadline.slot = -1;
    size--;
  }

  /** Expires what is due at {@code nowNanos}. */
  void advance(long nowNanos) {
    long nowTick = Math.floorDiv(nowNanos, tickNanos);
    // After a long pause each slot still needs only one visit.
    long from = Math.max(doneTick + 1, nowTick - SLOTS + 1);
    for (long tick = from; tick <= nowTick; tick++) {
      doneTick = tick;
      visit((int) Math.floorMod(tick, (long) SLOTS), nowNanos);
    }
  }

  private void visit(int slot, long nowNanos) {
    // What expires may schedule or cancel any other, those of the same slot included.
    for (Deadline d = heads[slot]; d != null; d = d.next) {
      d.slot = DUE;
    }
    heads[DUE] = heads[slot];
    heads[slot] = null;
    for (Deadline due = heads[DUE]; due != null; due = heads[DUE]) {
      cancel(due);
      if (due.dueNanos() <= nowNanos) {
        due.expired(nowNanos);
      } else {
        schedule(due);
      }
    }
  }

  private void link(Deadline deadline, int slot) {
    deadline.slot = slot;
    deadline.next = heads[slot];
    if (deadline.next != null) {
      deadline.next.previous = deadline;
    }
    heads[slot] = deadline;
    size++;
  }

  /** How many deadlines it holds. */
  int size() {
    return size;
  }
}
