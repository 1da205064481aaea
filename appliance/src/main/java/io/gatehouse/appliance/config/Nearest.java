package io.gatehouse.appliance.config;

import java.util.Collection;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Finds what was probably meant, by the number of slips (insert, delete, replace, swap). */
final class Nearest {
  /** A longer word is no slip of the pen; also bounds the work. */
  private static final int MAX_WORD_LENGTH = 64;

  private Nearest() {}

  /** {@code did you mean 'x'?}, and what else there is. */
  static String hint(String word, Collection<String> candidates) {
    String nearest = find(word, candidates);
    return nearest == null
        ? "it can be one of: " + list(candidates)
        : "did you mean '%s'?".formatted(nearest);
  }

  /** The nearest candidate within a third of the word's length in slips; null if none is near. */
  static @Nullable String find(String word, Collection<String> candidates) {
    if (word.length() > MAX_WORD_LENGTH) {
      return null;
    }
    String best = null;
    int bestSlips = Math.max(1, (word.length() + 1) / 3) + 1;
    for (String candidate : candidates) {
      int slips = slips(word.toLowerCase(Locale.ROOT), candidate.toLowerCase(Locale.ROOT));
      if (slips < bestSlips) {
        bestSlips = slips;
        best = candidate;
      }
    }
    return best;
  }

  /** The first names, and how many more there are. */
  static String list(Collection<String> names) {
    int shown = 12;
    String text = String.join(", ", names.stream().limit(shown).toList());
    return names.size() <= shown ? text : text + " and %d more".formatted(names.size() - shown);
  }

  /** Optimal string alignment distance. */
  static int slips(String a, String b) {
    if (b.length() > MAX_WORD_LENGTH) {
      return Integer.MAX_VALUE;
    }
    int[][] d = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        d[i][j] = i == 0 || j == 0 ? i + j : cheapest(d, a, b, i, j);
      }
    }
    return d[a.length()][b.length()];
  }

  private static int cheapest(int[][] d, String a, String b, int i, int j) {
    boolean same = a.charAt(i - 1) == b.charAt(j - 1);
    int least = Math.min(d[i - 1][j - 1] + (same ? 0 : 1), Math.min(d[i - 1][j], d[i][j - 1]) + 1);
    boolean swapped =
        i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
    return swapped ? Math.min(least, d[i - 2][j - 2] + 1) : least;
  }
}
