package io.gatehouse.appliance.config;

import io.gatehouse.appliance.json.JsonWriter;
import org.jspecify.annotations.Nullable;

/**
 * Something wrong or doubtful in the file, and what to do about it.
 *
 * @param code stable name of the kind of finding, such as {@code unknown-key}
 * @param message what is wrong and what was expected
 * @param hint what to do next, or what was probably meant
 * @param file as the operator named it
 * @param line counted from 1
 * @param column counted from 1 in code points
 * @param excerpt the line itself; null if the file could not be read
 */
public record Diagnostic(
    Severity severity,
    String code,
    String message,
    String hint,
    String file,
    int line,
    int column,
    @Nullable String excerpt) {

  /** Longest excerpt shown, in code points; a longer line is cut around the column. */
  private static final int MAX_EXCERPT_LENGTH = 120;

  /** Whether the file can be used. */
  public enum Severity {
    ERROR,
    WARNING;

    /** As it is printed. */
    public String text() {
      return this == ERROR ? "error" : "warning";
    }
  }

  /** As compilers print it: position, message, the line, a caret, the hint; ends with a newline. */
  public String text() {
    var out = new StringBuilder();
    out.append(file).append(':').append(line).append(':').append(column).append(": ");
    out.append(severity.text()).append(": ").append(message);
    out.append(" [").append(code).append("]\n");
    if (excerpt != null) {
      appendExcerpt(out, excerpt);
    }
    return out.append("    ").append(hint).append('\n').toString();
  }

  private void appendExcerpt(StringBuilder out, String text) {
    int[] points = text.codePoints().toArray();
    int caret = Math.min(column - 1, points.length);
    int from =
        Math.clamp(
            caret - MAX_EXCERPT_LENGTH / 2, 0, Math.max(0, points.length - MAX_EXCERPT_LENGTH));
    int to = Math.min(points.length, from + MAX_EXCERPT_LENGTH);
    out.append("    ");
    for (int i = from; i < to; i++) {
      out.appendCodePoint(Character.isISOControl(points[i]) ? ' ' : points[i]);
    }
    out.append("\n    ").repeat(' ', caret - from).append("^\n");
  }

  /** Writes it as an object. */
  public void writeTo(JsonWriter json) {
    json.beginObject().field("severity", severity.text()).field("code", code);
    json.field("message", message).field("hint", hint).field("file", file);
    json.field("line", line).field("column", column).endObject();
  }
}
