package io.gatehouse.appliance.log;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/**
 * A moment as {@code 2026-01-31T12:00:00.123456Z}. The text up to the second is kept and only made
 * anew when the second changes, so that a line of a busy log costs six digits. Owned by one thread.
 */
final class IsoTime implements CharSequence {
  private static final DateTimeFormatter TO_THE_SECOND =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss").withZone(ZoneOffset.UTC);
  private static final long NANOS_PER_SECOND = 1_000_000_000L;
  private static final int MICROS_DIGITS = 6;
  private static final int POINT = 19;

  private final byte[] text = "1970-01-01T00:00:00.000000Z".getBytes(StandardCharsets.US_ASCII);
  private long second;

  /** This text, for that moment. */
  IsoTime at(long epochNanos) {
    long newSecond = Math.floorDiv(epochNanos, NANOS_PER_SECOND);
    if (newSecond != second) {
      second = newSecond;
      byte[] digits =
          TO_THE_SECOND
              .format(Instant.ofEpochSecond(newSecond))
              .getBytes(StandardCharsets.US_ASCII);
      System.arraycopy(digits, 0, text, 0, POINT);
    }
    long micros = Math.floorMod(epochNanos, NANOS_PER_SECOND) / 1_000;
    for (int i = POINT + MICROS_DIGITS; i > POINT; i--) {
      text[i] = (byte) ('0' + micros % 10);
      micros /= 10;
    }
    return this;
  }

  @Override
  public int length() {
    return text.length;
  }

  @Override
  public char charAt(int index) {
    return (char) text[index];
  }

  @Override
  public CharSequence subSequence(int start, int end) {
    return toString().subSequence(start, end);
  }

  @Override
  public String toString() {
    return new String(text, StandardCharsets.US_ASCII);
  }
}
