package io.gatehouse.membership;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/**
 * What was said in the last {@value #TIMES} moments of a Lamport clock, so that what comes again is
 * known and what comes too late is not taken for news. Serf keeps as many moments, with no bound on
 * what is said in one; here the oldest make room when there is too much. Owned by the ring's loop.
 *
 * @param <T> compared by its value
 */
final class LamportWindow<T> {
  static final int TIMES = 512;

  /** What becomes of something that is said. */
  enum Heard {
    NEWS,
    KNOWN,
    TOO_OLD,
    /** There is no room for it, and nothing older to make room. */
    NO_ROOM
  }

  private final int capacity;
  private final LamportClock clock = new LamportClock();
  private final TreeMap<Long, Set<T>> said = new TreeMap<>();
  private long oldest;
  private int size;

  /**
   * @param capacity most things remembered at once
   */
  LamportWindow(int capacity) {
    this.capacity = capacity;
  }

  LamportClock clock() {
    return clock;
  }

  /** What is said before {@code time} is too old from now on. */
  void forgetBefore(long time) {
    oldest = Math.max(oldest, time);
    while (!said.isEmpty() && said.firstKey() < oldest) {
      size -= said.pollFirstEntry().getValue().size();
    }
  }

  /** Hears {@code thing}, and remembers it if it is news. */
  Heard add(long time, T thing) {
    clock.witness(time);
    forgetBefore(clock.time() - TIMES);
    if (time < oldest) {
      return Heard.TOO_OLD;
    }
    Set<T> same = said.get(time);
    if (same != null && same.contains(thing)) {
      return Heard.KNOWN;
    }
    while (size >= capacity && said.firstKey() < time) {
      forgetBefore(said.firstKey() + 1);
    }
    if (size >= capacity) {
      return Heard.NO_ROOM;
    }
    said.computeIfAbsent(time, t -> new LinkedHashSet<>()).add(thing);
    size++;
    return Heard.NEWS;
  }

  int size() {
    return size;
  }

  /** Gives what is remembered, the newest moment first. */
  void forEachNewestFirst(BiConsumer<Long, Set<T>> consumer) {
    said.descendingMap().forEach(consumer);
  }
}
