package io.gatehouse.l7.http;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * The value of Date for responses that Gatehouse makes itself (RFC 9110 section 6.6.1), rendered
 * once a second. What an upstream answers keeps the upstream's Date.
 *
 * <p>Owned by one event loop; not thread-safe.
 */
public final class DateHeader {
  // RFC 9110 section 5.6.7; the JDK's RFC 1123 formatter has days of one digit.
  private static final DateTimeFormatter IMF_FIXDATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US)
          .withZone(ZoneOffset.UTC);

  private long renderedSecond = Long.MIN_VALUE;
  private byte[] rendered = {};

  /** The value at this time, 29 octets; borrowed, not to be written. */
  public byte[] at(long epochSeconds) {
    if (epochSeconds != renderedSecond) {
      rendered = Syntax.ascii(IMF_FIXDATE.format(Instant.ofEpochSecond(epochSeconds)));
      renderedSecond = epochSeconds;
    }
    return rendered;
  }
}
