package io.gatehouse.appliance.config;

import io.gatehouse.appliance.config.ScalarType.WrongWordException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A number with a unit.
 *
 * @param example unit for a hint when none was given
 * @param units factor of each unit, the smallest first
 */
record Quantity(String example, Map<String, Long> units) {
  private static final Pattern FORM = Pattern.compile("([0-9]{1,12})(?: ?([A-Za-zµ]+))?");

  /** Time, in nanoseconds. */
  static final Quantity DURATION =
      new Quantity(
          "s",
          ordered(
              "ms", 1_000_000L,
              "s", 1_000_000_000L,
              "m", 60_000_000_000L,
              "h", 3_600_000_000_000L));

  /** Memory or data, in bytes. */
  static final Quantity SIZE =
      new Quantity(
          "KiB",
          ordered(
              "B", 1L,
              "kB", 1_000L,
              "KiB", 1L << 10,
              "MB", 1_000_000L,
              "MiB", 1L << 20,
              "GB", 1_000_000_000L,
              "GiB", 1L << 30));

  private static Map<String, Long> ordered(Object... pairs) {
    Map<String, Long> units = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      units.put((String) pairs[i], (Long) pairs[i + 1]);
    }
    return units;
  }

  /** The type of such a quantity within a range, given as it would stand in the file. */
  Type<Long> type(String phrase, String least, String most) {
    long min = constant(least);
    long max = constant(most);
    return new ScalarType<>(
        "%s, from %s to %s".formatted(phrase, least, most),
        most,
        text -> {
          long value = parse(text);
          if (value < min || value > max) {
            throw new WrongWordException(
                "out-of-range",
                "is %s, not %s to %s".formatted(text, least, most),
                "the nearest that it may be is " + (value < min ? least : most));
          }
          return value;
        },
        Scalars.patternSchema("[0-9]{1,12} ?(" + String.join("|", units.keySet()) + ")"),
        this::show);
  }

  /** A quantity in the largest unit that leaves it whole. */
  String show(long value) {
    String shown = "0" + example;
    for (var unit : units.entrySet()) {
      if (value != 0 && value % unit.getValue() == 0) {
        shown = value / unit.getValue() + unit.getKey();
      }
    }
    return shown;
  }

  private long parse(String text) throws WrongWordException {
    var matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new WrongWordException(null);
    }
    long number = Long.parseLong(matcher.group(1));
    String unit = matcher.group(2);
    if (unit == null) {
      throw new WrongWordException(
          "missing-unit",
          "has no unit",
          units.keySet().stream()
              .filter(u -> u.length() < 4 && number < 1_000_000)
              .map(u -> number + u)
              .collect(Collectors.joining(", ", "write one of: ", "")));
    }
    Long factor = units.get(unit);
    if (factor == null) {
      throw new WrongWordException(
          "wrong-unit",
          "has the unknown unit '%s'".formatted(unit),
          Nearest.hint(unit, units.keySet()));
    }
    return Math.multiplyHigh(number, factor) == 0 && number * factor >= 0
        ? number * factor
        : Long.MAX_VALUE;
  }

  private long constant(String text) {
    try {
      return parse(text);
    } catch (WrongWordException e) {
      throw new IllegalArgumentException("quantity: " + text, e);
    }
  }
}
