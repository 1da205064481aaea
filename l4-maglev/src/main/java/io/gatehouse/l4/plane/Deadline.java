package io.gatehouse.l4.plane;

import org.jspecify.annotations.Nullable;

/**
 * Something that a {@link DeadlineWheel} looks at when its time has come. Linked into the wheel
 * itself, so that keeping one costs no allocation. Owned by the wheel's loop.
 */
public abstract class Deadline {
  @Nullable Deadline previous;
  @Nullable Deadline next;
  int slot = -1;

  /** When it is due, on the wheel's clock. May have moved later since it was scheduled. */
  protected abstract long dueNanos();

  /** It is due. The wheel has let go of it. */
  protected abstract void expired(long nowNanos);
}
