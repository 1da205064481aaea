package io.gatehouse.membership;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What happened: a digest of all of it, by which two runs are compared, the last changes in words,
 * for whoever looks into a failure, and every event in words if that is wanted. Used by one thread.
 */
final class History {
  private static final int LAST = 60;
  private static final long FACTOR = 0x9e3779b97f4a7c15L;

  private final ArrayDeque<String> last = new ArrayDeque<>();
  private final @Nullable List<String> all;
  private long digest;
  private long events;

  History(boolean inWords) {
    all = inWords ? new ArrayList<>() : null;
  }

  /** Something that happened at a node. */
  void event(String kind, long atNanos, int node, long detail) {
    events++;
    mix(atNanos);
    mix(node);
    mix(detail);
    if (all != null) {
      all.add("%d n%d %s %x".formatted(atNanos, node, kind, detail));
    }
  }

  /** Something to be shown when a run fails. */
  void change(long atNanos, String text) {
    mix(text.hashCode());
    if (last.size() == LAST) {
      last.removeFirst();
    }
    last.add("%.6f s %s".formatted(atNanos / 1e9, text));
    if (all != null) {
      all.add(atNanos + " " + text);
    }
  }

  private void mix(long value) {
    digest = (digest ^ value) * FACTOR;
    digest ^= digest >>> 29;
  }

  long digest() {
    return digest;
  }

  long events() {
    return events;
  }

  List<String> inWords() {
    return all == null ? List.of() : List.copyOf(all);
  }

  String lastChanges() {
    return String.join("\n", last);
  }
}
