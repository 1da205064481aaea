package io.gatehouse.membership;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What is to happen, by time and, at one time, in the order of its adding: a binary heap in arrays,
 * since nearly everything a simulation does passes through it. Used by one thread.
 */
final class EventQueue {
  private long[] times = new long[1024];
  private long[] orders = new long[1024];
  private @Nullable Runnable[] actions = new @Nullable Runnable[1024];
  private int size;
  private long nextOrder;

  void add(long atNanos, Runnable action) {
    if (size == times.length) {
      times = Arrays.copyOf(times, size * 2);
      orders = Arrays.copyOf(orders, size * 2);
      var more = new @Nullable Runnable[size * 2];
      System.arraycopy(actions, 0, more, 0, size);
      actions = more;
    }
    siftUp(size++, atNanos, nextOrder++, action);
  }

  boolean isEmpty() {
    return size == 0;
  }

  /** When the next is due; only if there is one. */
  long nextNanos() {
    return times[0];
  }

  /** Takes the next; only if there is one. */
  Runnable take() {
    Runnable next = action(0);
    int last = --size;
    long time = times[last];
    long order = orders[last];
    Runnable action = action(last);
    actions[last] = null;
    if (last > 0) {
      siftDown(time, order, action);
    }
    return next;
  }

  private Runnable action(int at) {
    Runnable action = actions[at];
    if (action == null) {
      throw new IllegalStateException("nothing is to happen");
    }
    return action;
  }

  private void siftUp(int from, long time, long order, Runnable action) {
    int at = from;
    while (at > 0) {
      int parent = (at - 1) >>> 1;
      if (!before(time, order, parent)) {
        break;
      }
      move(parent, at);
      at = parent;
    }
    put(at, time, order, action);
  }

  private void siftDown(long time, long order, Runnable action) {
    int at = 0;
    while (true) {
      int child = 2 * at + 1;
      if (child >= size) {
        break;
      }
      int right = child + 1;
      if (right < size && before(times[right], orders[right], child)) {
        child = right;
      }
      if (before(time, order, child)) {
        break;
      }
      move(child, at);
      at = child;
    }
    put(at, time, order, action);
  }

  private boolean before(long time, long order, int other) {
    return time < times[other] || (time == times[other] && order < orders[other]);
  }

  private void move(int from, int to) {
    times[to] = times[from];
    orders[to] = orders[from];
    actions[to] = actions[from];
  }

  private void put(int at, long time, long order, Runnable action) {
    times[at] = time;
    orders[at] = order;
    actions[at] = action;
  }
}
