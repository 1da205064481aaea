package io.gatehouse.appliance.status;

import java.util.List;

/** Names in a row, of which only the first few are written out. */
final class Names {
  private static final int MAX = 5;

  private Names() {}

  static String of(List<String> names) {
    String first = String.join(", ", names.stream().limit(MAX).toList());
    return names.size() <= MAX ? first : "%s and %d more".formatted(first, names.size() - MAX);
  }
}
