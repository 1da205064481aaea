package io.gatehouse.appliance.status;

import java.util.ArrayList;
import java.util.List;

/**
 * Lines of cells under aligned headings. A heading that begins with {@code >} has its column
 * aligned to the right. Mutable; owned by one thread.
 */
final class TextTable {
  private static final String RIGHT = ">";
  private static final String GAP = "  ";

  private final List<Boolean> right = new ArrayList<>();
  private final List<List<String>> rows = new ArrayList<>();

  TextTable(String... headings) {
    var names = new ArrayList<String>();
    for (String heading : headings) {
      right.add(heading.startsWith(RIGHT));
      names.add(heading.startsWith(RIGHT) ? heading.substring(1) : heading);
    }
    rows.add(names);
  }

  /** Adds a line, with one cell for each heading. */
  void row(String... cells) {
    assert cells.length == right.size();
    rows.add(List.of(cells));
  }

  /** The headings, then the lines, without trailing blanks. */
  List<String> lines() {
    int[] widths = new int[right.size()];
    for (List<String> row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    return rows.stream().map(row -> line(row, widths)).toList();
  }

  private String line(List<String> row, int[] widths) {
    var line = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      String cell = row.get(i);
      String blanks = " ".repeat(widths[i] - cell.length());
      line.append(i == 0 ? "" : GAP).append(right.get(i) ? blanks + cell : cell + blanks);
    }
    return line.toString().stripTrailing();
  }
}
