package io.gatehouse.appliance.status;

import java.util.Locale;

/** Numbers with their units, short enough for a table. */
final class Quantities {
  private static final String[] BYTE_UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  private static final int BYTE_STEP = 1024;
  private static final double BRIEF_MILLIS = 10;
  private static final int MINUTE = 60;
  private static final int HOUR = 60 * MINUTE;
  private static final int DAY = 24 * HOUR;

  private Quantities() {}

  static String count(double number) {
    return String.format(Locale.ROOT, "%,.0f", number);
  }

  static String bytes(double bytes) {
    double amount = bytes;
    int unit = 0;
    while (amount >= BYTE_STEP && unit < BYTE_UNITS.length - 1) {
      amount /= BYTE_STEP;
      unit++;
    }
    return String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.1f %s", amount, BYTE_UNITS[unit]);
  }

  static String percent(double part, double whole) {
    return whole == 0 ? "0 %" : String.format(Locale.ROOT, "%.1f %%", 100 * part / whole);
  }

  static String seconds(double seconds) {
    double millis = seconds * 1e3;
    return seconds >= 1
        ? String.format(Locale.ROOT, "%.1f s", seconds)
        : String.format(Locale.ROOT, millis < BRIEF_MILLIS ? "%.2f ms" : "%.0f ms", millis);
  }

  /** How long something has run, in its two largest units. */
  static String uptime(long seconds) {
    if (seconds < MINUTE) {
      return seconds + " s";
    }
    if (seconds < HOUR) {
      return "%d min %d s".formatted(seconds / MINUTE, seconds % MINUTE);
    }
    return seconds < DAY
        ? "%d h %d min".formatted(seconds / HOUR, seconds % HOUR / MINUTE)
        : "%d d %d h".formatted(seconds / DAY, seconds % DAY / HOUR);
  }
}
