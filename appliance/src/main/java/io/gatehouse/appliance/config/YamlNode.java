package io.gatehouse.appliance.config;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A value of the file and where it stands. Scalars stay text: what is expected decides the type.
 */
sealed interface YamlNode {

  Position at();

  /** Nodes in it, itself included, with every alias counted as a copy. */
  int size();

  /** What it is, in the operator's words. */
  String noun();

  /** Line and column, counted from 1; columns in code points. */
  record Position(int line, int column) implements Comparable<Position> {
    static final Position START = new Position(1, 1);

    @Override
    public int compareTo(Position other) {
      return line != other.line
          ? Integer.compare(line, other.line)
          : Integer.compare(column, other.column);
    }
  }

  /**
   * Text, a number, a truth value, or nothing at all.
   *
   * @param plain whether it was written without quotes, so that {@code null} means null
   */
  record Scalar(Position at, String text, boolean plain) implements YamlNode {

    boolean isNull() {
      return plain
          && switch (text) {
            case "", "~", "null", "Null", "NULL" -> true;
            default -> false;
          };
    }

    @Override
    public int size() {
      return 1;
    }

    @Override
    public String noun() {
      return isNull() ? "nothing" : "'" + text + "'";
    }
  }

  record Sequence(Position at, List<YamlNode> items, int size) implements YamlNode {
    public Sequence {
      items = List.copyOf(items);
    }

    @Override
    public String noun() {
      return "a list";
    }
  }

  /**
   * @param entries by key, in the order of the file
   */
  record Mapping(Position at, Map<String, Entry> entries, int size) implements YamlNode {
    public Mapping {
      entries = Collections.unmodifiableMap(new LinkedHashMap<>(entries));
    }

    /** Value of a key; null if the key is absent. */
    @Nullable YamlNode value(String key) {
      Entry entry = entries.get(key);
      return entry == null ? null : entry.value();
    }

    @Override
    public String noun() {
      return "a mapping";
    }
  }

  record Entry(Scalar key, YamlNode value) {}
}
