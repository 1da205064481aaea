package io.gatehouse.appliance.status;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Lines of cells under aligned headings. A heading that begins with {@code >} has its column
 * aligned to the right. What other nodes say of themselves gets here too: what a terminal would
 * obey is written as {@code ?}, and cells have a longest width. Mutable; owned by one thread.
 */
final class TextTable {
  private static final String RIGHT = ">";
  private static final String GAP = "  ";
  private static final int MAX_WIDTH = 64;
  private static final String CUT = "…";

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
    rows.add(Arrays.stream(cells).map(TextTable::plain).toList());
  }

  /** Of one column per character: no control characters, no marks, none that are twice as wide. */
  private static String plain(String cell) {
    var plain = new StringBuilder();
    cell.codePoints()
        .limit(MAX_WIDTH + 1)
        .forEach(c -> plain.appendCodePoint(isNarrow(c) ? c : '?'));
    if (plain.length() > MAX_WIDTH) {
      plain.setLength(MAX_WIDTH - CUT.length());
      plain.append(CUT);
    }
    return plain.toString();
  }

  /** Those below the first combining mark, and what punctuation the reports use. */
  private static boolean isNarrow(int c) {
    return (c >= ' ' && c < 0x300 && !Character.isISOControl(c)) || c == '…';
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
