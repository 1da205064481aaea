package io.gatehouse.linux;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The names of passed descriptors in a process' environment: {@code LISTEN_FDNAMES}, a colon
 * between each two (sd_listen_fds(3)). Linux bounds one variable (execve(2), MAX_ARG_STRLEN), so
 * names beyond that go on in {@code LISTEN_FDNAMES_2} and so forth, which only Gatehouse's own
 * keeper writes.
 */
final class PassedNames {
  private static final String FIRST = "LISTEN_FDNAMES";
  private static final int MAX_ARG_STRLEN = 128 * 1024;
  private static final int MAX_VARIABLES = 8;

  /** The longest value: less the longest name of a variable, its {@code =}, and the NUL. */
  private static final int MAX_VALUE_BYTES =
      MAX_ARG_STRLEN - variable(MAX_VARIABLES).length() - "=".length() - 1;

  /**
   * What names may take together, each with one byte more than its length, whatever their lengths:
   * the end of a value may be too short for the next name. With an 8 MiB stack, the usual limit, a
   * program may be given twice as much in all.
   */
  static final int MAX_BYTES = MAX_VARIABLES * (MAX_VALUE_BYTES - DescriptorStore.MAX_NAME_BYTES);

  private PassedNames() {}

  private static String variable(int number) {
    return number == 1 ? FIRST : FIRST + "_" + number;
  }

  /** All variables there can be. */
  static List<String> variables() {
    return IntStream.rangeClosed(1, MAX_VARIABLES).mapToObj(PassedNames::variable).toList();
  }

  /**
   * The variables that say these names.
   *
   * @throws IllegalArgumentException if they take more than {@link #MAX_BYTES}
   */
  static Map<String, String> write(List<String> names) {
    var variables = new LinkedHashMap<String, String>();
    var value = new StringBuilder();
    int bytes = 0;
    for (String name : names) {
      bytes += name.length() + 1;
      if (!value.isEmpty() && value.length() + 1 + name.length() > MAX_VALUE_BYTES) {
        variables.put(variable(variables.size() + 1), value.toString());
        value.setLength(0);
      }
      value.append(value.isEmpty() ? "" : ":").append(name);
    }
    if (bytes > MAX_BYTES) {
      throw new IllegalArgumentException(
          "descriptor names: %d bytes (expected: at most %d)".formatted(bytes, MAX_BYTES));
    }
    variables.put(variable(variables.size() + 1), value.toString());
    return variables;
  }

  /** The names that an environment says; none if it says nothing. */
  static List<String> read(Map<String, String> environment) {
    var names = new ArrayList<String>();
    for (String variable : variables()) {
      String value = environment.get(variable);
      if (value == null) {
        break;
      }
      names.addAll(List.of(value.split(":", -1)));
    }
    return names;
  }
}
