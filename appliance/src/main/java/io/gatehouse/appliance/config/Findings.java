package io.gatehouse.appliance.config;

import io.gatehouse.appliance.config.Diagnostic.Severity;
import io.gatehouse.appliance.config.YamlNode.Position;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What was found while one file is read. Bounded: after {@value #MAX_FINDINGS} the rest is counted
 * only. Mutable; owned by the thread that reads.
 */
final class Findings {
  /** More than an operator reads in one go. */
  static final int MAX_FINDINGS = 100;

  private final SourceText source;
  private final List<Diagnostic> found = new ArrayList<>();
  private int errors;
  private int dropped;

  Findings(SourceText source) {
    this.source = source;
  }

  void error(Position at, String code, String message, String hint) {
    errors++;
    add(Severity.ERROR, at, code, message, hint);
  }

  void warning(Position at, String code, String message, String hint) {
    add(Severity.WARNING, at, code, message, hint);
  }

  boolean hasErrors() {
    return errors > 0;
  }

  /** In the order of the file. */
  List<Diagnostic> inOrder() {
    var sorted = new ArrayList<>(found);
    sorted.sort(Comparator.comparingInt(Diagnostic::line).thenComparingInt(Diagnostic::column));
    if (dropped > 0) {
      sorted.add(
          source.diagnostic(
              errors > 0 ? Severity.ERROR : Severity.WARNING,
              source.end(),
              "too-many-findings",
              "%d more findings are not shown".formatted(dropped),
              "mend the first ones and check again"));
    }
    return List.copyOf(sorted);
  }

  private void add(Severity severity, Position at, String code, String message, String hint) {
    if (found.size() < MAX_FINDINGS) {
      found.add(source.diagnostic(severity, at, code, message, hint));
    } else {
      dropped++;
    }
  }
}
