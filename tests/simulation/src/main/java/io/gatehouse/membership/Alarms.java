package io.gatehouse.membership;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The timers of one node that are set. Those of which a node has one are kept apart: they are
 * nearly all that ever goes off. Used by the ring's thread.
 */
final class Alarms {
  private static final int SINGLE = 4;

  private final @Nullable Alarm[] single = new @Nullable Alarm[SINGLE];
  private final Map<Timer, Alarm> others = new HashMap<>();

  /** One setting of a timer; another setting of the same timer makes it void. */
  static final class Alarm {
    private boolean unset;

    boolean isSet() {
      return !unset;
    }
  }

  Alarm set(Timer timer) {
    var alarm = new Alarm();
    int index = index(timer);
    Alarm old;
    if (index < 0) {
      old = others.put(timer, alarm);
    } else {
      old = single[index];
      single[index] = alarm;
    }
    if (old != null) {
      old.unset = true;
    }
    return alarm;
  }

  void unset(Timer timer) {
    int index = index(timer);
    Alarm old = index < 0 ? others.remove(timer) : single[index];
    if (index >= 0) {
      single[index] = null;
    }
    if (old != null) {
      old.unset = true;
    }
  }

  void clear() {
    others.clear();
  }

  private static int index(Timer timer) {
    return switch (timer) {
      case Timer.Gossip _ -> 0;
      case Timer.Probe _ -> 1;
      case Timer.ProbeTimeout _ -> 2;
      case Timer.PushPull _ -> 3;
      default -> -1;
    };
  }
}
