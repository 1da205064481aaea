package io.gatehouse.health;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Evidence as the payload of user events: a line of text each, so that {@code serf monitor} shows
 * it to people, too.
 *
 * <pre>
 * down app 192.0.2.30:8080 l7-1 2026-11-28T22:35:10.123Z 1795905310123.42 100 connection refused
 * </pre>
 *
 * The words are: verdict, pool, endpoint, observer, since when, the observer's boot epoch and
 * sequence, the weight in per cent, and the cause, which goes to the end of the line. What is not
 * visible ASCII in a name, and the per cent sign, is written as {@code %XX}.
 */
final class EvidenceText {
  private static final int WORDS = 8;
  private static final int MAX_LINES = 64;
  private static final int MAX_INSTANT_CHARS = 32;

  private EvidenceText() {}

  static String line(Evidence evidence) {
    return String.join(
        " ",
        evidence.verdict().name().toLowerCase(Locale.ROOT),
        escape(evidence.key().pool()),
        escape(evidence.key().endpoint()),
        escape(evidence.observer()),
        Instant.ofEpochMilli(evidence.sinceMillis()).toString(),
        evidence.epoch() + "." + evidence.sequence(),
        String.valueOf(evidence.weightPercent()),
        Evidence.plain(evidence.cause()));
  }

  /** The lines that can be read; what cannot be is left out. */
  static List<Evidence> read(byte[] payload) {
    var found = new ArrayList<Evidence>();
    for (String line : new String(payload, UTF_8).split("\n", MAX_LINES)) {
      Evidence evidence = readLine(line);
      if (evidence != null) {
        found.add(evidence);
      }
    }
    return found;
  }

  private static @Nullable Evidence readLine(String line) {
    String[] words = line.split(" ", WORDS);
    if (words.length < WORDS - 1) {
      return null;
    }
    try {
      String pool = unescape(words[1]);
      String endpoint = unescape(words[2]);
      String observer = unescape(words[3]);
      int dot = words[5].indexOf('.');
      if (pool == null || endpoint == null || observer == null || dot < 0) {
        return null;
      }
      if (words[4].length() > MAX_INSTANT_CHARS) {
        return null;
      }
      return checked(
          new Evidence(
              observer,
              new EndpointKey(pool, endpoint),
              Verdict.valueOf(words[0].toUpperCase(Locale.ROOT)),
              Integer.parseInt(words[6]),
              words.length == WORDS ? Evidence.plain(words[7]) : "",
              Instant.parse(words[4]).toEpochMilli(),
              Long.parseLong(words[5].substring(0, dot)),
              Long.parseLong(words[5].substring(dot + 1))));
    } catch (IllegalArgumentException | DateTimeException | ArithmeticException e) {
      return null;
    }
  }

  /** Null if a number is out of its range. */
  static @Nullable Evidence checked(Evidence evidence) {
    return evidence.weightPercent() >= 0
            && evidence.weightPercent() <= Report.FULL_WEIGHT
            && evidence.epoch() >= 0
            && evidence.sequence() >= 0
            && evidence.sinceMillis() >= 0
        ? evidence
        : null;
  }

  /** A name as one word. */
  static String escape(String name) {
    var escaped = new StringBuilder(name.length());
    for (byte b : name.getBytes(UTF_8)) {
      if (b > ' ' && b <= '~' && b != '%') {
        escaped.append((char) b);
      } else {
        escaped.append("%%%02X".formatted(b & 0xff));
      }
    }
    return escaped.toString();
  }

  /** A name out of a word; null if it is none. */
  static @Nullable String unescape(String word) {
    if (word.isEmpty() || word.length() > 3 * Evidence.MAX_NAME_BYTES) {
      return null;
    }
    byte[] name = new byte[word.length()];
    int length = 0;
    for (int i = 0; i < word.length(); i++) {
      char c = word.charAt(i);
      if (c <= ' ' || c > '~') {
        return null;
      }
      if (c == '%') {
        if (i + 2 >= word.length()) {
          return null;
        }
        int high = Character.digit(word.charAt(i + 1), 16);
        int low = Character.digit(word.charAt(i + 2), 16);
        if (high < 0 || low < 0) {
          return null;
        }
        name[length++] = (byte) ((high << 4) | low);
        i += 2;
      } else {
        name[length++] = (byte) c;
      }
    }
    return length > Evidence.MAX_NAME_BYTES ? null : new String(name, 0, length, UTF_8);
  }
}
