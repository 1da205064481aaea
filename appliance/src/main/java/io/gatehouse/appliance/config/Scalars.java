package io.gatehouse.appliance.config;

import io.gatehouse.appliance.config.ScalarType.WrongWordException;
import io.gatehouse.appliance.json.JsonWriter;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Pattern;

/** The types of one word that the file knows. */
final class Scalars {
  private static final String NAME_PATTERN = "[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?";
  // Visible ASCII but '#', '/' and '?', in segments that are not empty.
  private static final String PATH = "/|(/[!-\"$-.0->@-~]+)+";
  private static final Pattern WHOLE = Pattern.compile("[+-]?[0-9]{1,18}");

  private Scalars() {}

  /** Name of a node, service, listener, certificate or pool; appears in logs and metrics. */
  static final Type<String> NAME =
      word(
          "a name of 1 to 63 letters, digits, '.', '_' or '-', a letter or digit at both ends",
          "web-1",
          NAME_PATTERN);

  /** Name of a route, which may be made of a host and a path. */
  static final Type<String> ROUTE_NAME =
      word("a name of 1 to 128 visible characters", "api-v1", "[!-~]{1,128}");

  /** Yes or no. */
  static final Type<Boolean> BOOLEAN =
      new ScalarType<>(
          "true or false",
          "true",
          text ->
              switch (text) {
                case "true" -> true;
                case "false" -> false;
                default -> throw new WrongWordException(null);
              },
          json -> json.field("type", "boolean"),
          String::valueOf);

  /** A port. */
  static final Type<Integer> PORT = whole("a port from 1 to 65535", 8443, 1, 65_535);

  /** A path prefix. */
  static final Type<String> PATH_PREFIX =
      word("a path such as / or /api, without a '/' at the end, a query or spaces", "/api", PATH);

  /** What a probe asks for: a path, with a query if need be. */
  static final Type<String> PROBE_PATH =
      word("a path such as /healthz, without spaces", "/healthz", "/[!-~]*");

  /** A method of HTTP. */
  static final Type<String> METHOD =
      word("a method such as GET or HEAD", "GET", "[!#$%&'*+.^_`|~0-9A-Za-z-]+");

  /** A Host header. */
  static final Type<String> HOST_HEADER =
      word("a host such as app.example.com", "app.example.com", "[!-~]+");

  /** A file, relative to the folder of the configuration file. */
  static final Type<Path> FILE =
      string("a file name", "site.pem", Scalars::fileName, Path::toString);

  /** A URL that is fetched over HTTP. */
  static final Type<URI> HTTP_URL =
      string(
          "a URL such as http://ocsp.example.com/",
          "http://ocsp.example.com/",
          Scalars::httpUrl,
          URI::toString);

  /** Where a log goes: a word of {@link NodePlan}, or a file. */
  static final Type<String> LOG_DESTINATION =
      string(
          "'stdout', 'off' or a file name",
          NodePlan.STANDARD_OUTPUT,
          text -> fileName(text).toString(),
          text -> text);

  /** A range of status codes. */
  static final Type<StatusRange> STATUS_RANGE =
      new ScalarType<>(
          "a status or a range of statuses such as 200 or 200-399",
          "200-399",
          StatusRange::parse,
          json -> json.field("type", List.of("string", "integer")),
          StatusRange::toString);

  /** Statuses, both ends included. */
  record StatusRange(int min, int max) {
    private static final Pattern FORM = Pattern.compile("([1-5][0-9]{2})(-([1-5][0-9]{2}))?");

    static StatusRange parse(String text) throws WrongWordException {
      var matcher = FORM.matcher(text);
      if (!matcher.matches()) {
        throw new WrongWordException(null);
      }
      int min = Integer.parseInt(matcher.group(1));
      int max = matcher.group(3) == null ? min : Integer.parseInt(matcher.group(3));
      if (min > max) {
        throw new WrongWordException(
            "out-of-range", "is an empty range", "write %d-%d".formatted(max, min));
      }
      return new StatusRange(min, max);
    }

    @Override
    public String toString() {
      return min == max ? String.valueOf(min) : min + "-" + max;
    }
  }

  /** A duration, as nanoseconds. */
  static Type<Long> duration(String least, String most) {
    return Quantity.DURATION.type("a duration such as 250ms, 30s or 5m", least, most);
  }

  /** A size, as bytes. */
  static Type<Long> size(String least, String most) {
    return Quantity.SIZE.type("a size such as 16KiB, 1MiB or 100MB", least, most);
  }

  /** A share of one, written in per cent. */
  static Type<Double> percent(int least, int most) {
    String range = "from %d%% to %d%%".formatted(least, most);
    Pattern form = Pattern.compile("([0-9]{1,3}(\\.[0-9]{1,3})?)( ?%)?");
    return string(
        "a percentage such as 10%, " + range,
        least + "%",
        text -> {
          var matcher = form.matcher(text);
          if (!matcher.matches()) {
            throw new WrongWordException(null);
          }
          if (matcher.group(3) == null) {
            throw new WrongWordException(
                "missing-unit", "has no unit", "write %s%%".formatted(text));
          }
          double value = Double.parseDouble(matcher.group(1));
          if (value < least || value > most) {
            throw new WrongWordException(
                "out-of-range",
                "is %s, not %s".formatted(text, range),
                "the nearest that it may be is %d%%".formatted(value < least ? least : most));
          }
          return value / 100;
        },
        value -> Math.round(value * 100) + "%");
  }

  /** A whole number within a range. */
  static Type<Integer> whole(int least, int most) {
    return whole("a whole number from %d to %d".formatted(least, most), least, least, most);
  }

  private static Type<Integer> whole(String phrase, int example, int least, int most) {
    return new ScalarType<>(
        phrase,
        String.valueOf(example),
        text -> {
          if (!WHOLE.matcher(text).matches()) {
            throw new WrongWordException(null);
          }
          long value = Long.parseLong(text);
          if (value < least || value > most) {
            throw new WrongWordException(
                "out-of-range",
                "is %d, not %d to %d".formatted(value, least, most),
                "the nearest that it may be is " + (value < least ? least : most));
          }
          return (int) value;
        },
        json -> json.field("type", "integer").field("minimum", least).field("maximum", most),
        String::valueOf);
  }

  /** One word of several, each standing for a value. */
  static <E extends Enum<E>> Type<E> choice(Class<E> values, Function<E, String> words) {
    Map<String, E> byWord = new TreeMap<>();
    List<String> inOrder = Arrays.stream(values.getEnumConstants()).map(words).toList();
    for (E value : values.getEnumConstants()) {
      byWord.put(words.apply(value), value);
    }
    return new ScalarType<>(
        "one of " + String.join(", ", inOrder),
        inOrder.getFirst(),
        text -> {
          E value = byWord.get(text);
          if (value == null) {
            throw new WrongWordException("unknown-word", null, Nearest.hint(text, inOrder));
          }
          return value;
        },
        json -> json.field("enum", inOrder),
        words);
  }

  /** The constant's own name, in the file's spelling: {@code LEAST_REQUEST} is least-request. */
  static String dashed(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  static <T> Type<T> string(
      String phrase, String example, ScalarType.Parser<T> parser, Function<T, String> shown) {
    return new ScalarType<>(phrase, example, parser, json -> json.field("type", "string"), shown);
  }

  static Consumer<JsonWriter> patternSchema(String pattern) {
    return json -> json.field("type", "string").field("pattern", "^(" + pattern + ")$");
  }

  private static Type<String> word(String phrase, String example, String pattern) {
    Pattern compiled = Pattern.compile(pattern);
    return new ScalarType<>(
        phrase,
        example,
        text -> {
          if (!compiled.matcher(text).matches()) {
            throw new WrongWordException(null);
          }
          return text;
        },
        patternSchema(pattern),
        word -> word);
  }

  private static URI httpUrl(String text) throws WrongWordException {
    try {
      URI url = new URI(text);
      boolean http = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
      if (http && url.getHost() != null) {
        return url;
      }
    } catch (URISyntaxException e) {
      throw new WrongWordException("bad-url", "is no URL: " + e.getReason(), null);
    }
    throw new WrongWordException("bad-url", "is no URL of a server", "begin it with http://");
  }

  private static Path fileName(String text) throws WrongWordException {
    if (text.isBlank()) {
      throw new WrongWordException("bad-path", "is an empty file name", null);
    }
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new WrongWordException("bad-path", "is no file name: " + e.getReason(), null);
    }
  }
}
