package io.gatehouse.health;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/** What the other observers' evidence comes to, for one endpoint at one node. */
sealed interface RemoteView {

  /** Nothing that would count. */
  record Silent() implements RemoteView {}

  /**
   * A quorum sees it down.
   *
   * @param cause names how many, and what one of them saw
   */
  record Down(String cause) implements RemoteView {}

  /**
   * There are fresh views, and no quorum that it is down. Counts where this node has none of its
   * own.
   *
   * @param verdict UP, DRAINING or DEGRADED
   */
  record Works(Verdict verdict, int weightPercent, String cause) implements RemoteView {}

  RemoteView SILENT = new Silent();

  /**
   * Weighs fresh evidence. A pure function, and one of a set: neither the order nor the repetition
   * of evidence matters.
   *
   * @param fresh one record per observer that counts, this node's own too if it has one
   * @param self name of this node
   * @param assigned how many are meant to probe, where probes are shared; else 0
   */
  static RemoteView weigh(Collection<Evidence> fresh, String self, Quorum quorum, int assigned) {
    List<Evidence> seen = new ArrayList<>();
    for (var evidence : fresh) {
      if (evidence.verdict() != Verdict.UNKNOWN) {
        seen.add(evidence);
      }
    }
    List<Evidence> down = seen.stream().filter(e -> e.verdict() == Verdict.DOWN).toList();
    boolean othersSayIt = down.stream().anyMatch(e -> !e.observer().equals(self));
    if (othersSayIt && down.size() >= quorum.needed(seen.size(), assigned)) {
      return new Down(cause(down, seen.size(), self));
    }
    return seen.stream()
        .filter(e -> e.verdict() != Verdict.DOWN && !e.observer().equals(self))
        .max(LATEST)
        .<RemoteView>map(RemoteView::works)
        .orElse(SILENT);
  }

  private static Works works(Evidence latest) {
    return new Works(
        latest.verdict(),
        latest.weightPercent(),
        "%s (seen by %s)".formatted(latest.cause(), latest.observer()));
  }

  private static String cause(List<Evidence> down, int seen, String self) {
    var first =
        down.stream()
            .filter(e -> !e.observer().equals(self))
            .min(Comparator.comparing(Evidence::observer))
            .orElseThrow();
    return "down for %d of %d observers: %s (seen by %s)"
        .formatted(down.size(), seen, first.cause(), first.observer());
  }

  /** Of what endpoints say of themselves the latest counts; the name decides between equals. */
  Comparator<Evidence> LATEST =
      Comparator.comparingLong(Evidence::sinceMillis).thenComparing(Evidence::observer);

  /** Those of the living observers that are meant to probe, where probes are shared. */
  static List<Evidence> fresh(
      Collection<Evidence> evidence, Set<String> living, Set<String> probers) {
    return evidence.stream()
        .filter(e -> living.contains(e.observer()))
        .filter(e -> probers.isEmpty() || probers.contains(e.observer()))
        .toList();
  }
}
