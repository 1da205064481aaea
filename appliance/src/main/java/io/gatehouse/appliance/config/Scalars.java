package io.gatehouse.appliance.config;

import io.gatehouse.appliance.config.ScalarType.WrongWordException;
import io.gatehouse.appliance.json.JsonWriter;
import io.gatehouse.proxyprotocol.TrustedPeers;
import java.net.InetAddress;
import java.net.InetSocketAddress;
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
import org.jspecify.annotations.Nullable;

/** The types of one word that the file knows. */
final class Scalars {
  private static final String NAME_PATTERN = "[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?";
  private static final String OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
  private static final Pattern IPV4 = Pattern.compile(OCTET + "(\\." + OCTET + "){3}");
  private static final Pattern HOST_LABEL =
      Pattern.compile("[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?");
  private static final int MAX_HOST_LENGTH = 253;
  private static final Pattern PATH = Pattern.compile("/[!-\"$->@-~]*");
  private static final Pattern WHOLE = Pattern.compile("[+-]?[0-9]{1,18}");

  private Scalars() {}

  /** Name of a node, service, listener, certificate or pool; appears in logs and metrics. */
  static final Type<String> NAME =
      word(
          "a name of 1 to 63 letters, digits, '.', '_' or '-'",
          NAME_PATTERN,
          "begin and end with a letter or digit");

  /** Name of a route, which may be made of a host and a path. */
  static final Type<String> ROUTE_NAME =
      word("a name of 1 to 128 visible characters", "[!-~]{1,128}", null);

  /** A port. */
  static final Type<Integer> PORT = whole("a port from 1 to 65535", 1, 65_535);

  /** One IP address. Names are not resolved: a front door does not wait for a name server. */
  static final Type<InetAddress> ADDRESS =
      string("an IP address such as 192.0.2.10 or 2001:db8::10", Scalars::address, Scalars::show);

  /** An IP address and a port. */
  static final Type<InetSocketAddress> ADDRESS_AND_PORT =
      string(
          "an IP address and a port such as 192.0.2.10:8080 or [2001:db8::10]:8080",
          Scalars::addressAndPort,
          Scalars::show);

  /** A network, checked by the module that uses it. */
  static final Type<String> NETWORK =
      string("a network such as 10.0.0.0/8 or 192.0.2.7", Scalars::network, n -> n);

  /** A host pattern of a route, in lower case. */
  static final Type<String> HOST_PATTERN =
      string("a host such as www.example.com or *.example.com", Scalars::hostPattern, h -> h);

  /** A path prefix. */
  static final Type<String> PATH_PREFIX =
      word("a path such as / or /api", PATH.pattern(), "begin with '/'; no query, no spaces");

  /** What a probe asks for: a path, with a query if need be. */
  static final Type<String> PROBE_PATH =
      word("a path such as /healthz", "/[!-~]*", "begin with '/'; no spaces");

  /** A method of HTTP. */
  static final Type<String> METHOD =
      word("a method such as GET or HEAD", "[!#$%&'*+.^_`|~0-9A-Za-z-]+", null);

  /** A Host header. */
  static final Type<String> HOST_HEADER = word("a host such as app.example.com", "[!-~]+", null);

  /** A file, relative to the folder of the configuration file. */
  static final Type<Path> FILE =
      string(
          "a file name",
          text -> {
            try {
              if (!text.isBlank()) {
                return Path.of(text);
              }
            } catch (InvalidPathException e) {
              throw new WrongWordException("bad-path", "is no file name: " + e.getReason(), null);
            }
            throw new WrongWordException("bad-path", "is an empty file name", null);
          },
          Path::toString);

  /** A range of status codes. */
  static final Type<StatusRange> STATUS_RANGE =
      string(
          "a status or a range of statuses such as 200 or 200-399",
          StatusRange::parse,
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
                "out-of-range", "is %s, not %s".formatted(text, range), null);
          }
          return value / 100;
        },
        value -> Math.round(value * 100) + "%");
  }

  /** A whole number within a range. */
  static Type<Integer> whole(int least, int most) {
    return whole("a whole number from %d to %d".formatted(least, most), least, most);
  }

  private static Type<Integer> whole(String phrase, int least, int most) {
    return new ScalarType<>(
        phrase,
        text -> {
          if (!WHOLE.matcher(text).matches()) {
            throw new WrongWordException(null);
          }
          long value = Long.parseLong(text);
          if (value < least || value > most) {
            throw new WrongWordException(
                "out-of-range", "is %d, not %d to %d".formatted(value, least, most), null);
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

  /** An address as it stands in the file. */
  static String show(InetAddress address) {
    return address.getHostAddress();
  }

  /** An address and port as they stand in the file. */
  static String show(InetSocketAddress address) {
    String host = show(address.getAddress());
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + address.getPort();
  }

  static <T> Type<T> string(String phrase, ScalarType.Parser<T> parser, Function<T, String> shown) {
    return new ScalarType<>(phrase, parser, json -> json.field("type", "string"), shown);
  }

  static Consumer<JsonWriter> patternSchema(String pattern) {
    return json -> json.field("type", "string").field("pattern", "^(" + pattern + ")$");
  }

  private static Type<String> word(String phrase, String pattern, @Nullable String hint) {
    Pattern compiled = Pattern.compile(pattern);
    return new ScalarType<>(
        phrase,
        text -> {
          if (!compiled.matcher(text).matches()) {
            throw new WrongWordException(hint);
          }
          return text;
        },
        patternSchema(pattern),
        word -> word);
  }

  private static InetAddress address(String text) throws WrongWordException {
    boolean isV6 = text.indexOf(':') >= 0 && text.indexOf('%') < 0 && text.indexOf('[') < 0;
    if (isV6 || IPV4.matcher(text).matches()) {
      try {
        return InetAddress.ofLiteral(text);
      } catch (IllegalArgumentException e) {
        // said below
      }
    }
    boolean isName = text.matches(".*[g-zG-Z].*");
    throw new WrongWordException(
        "bad-address", null, isName ? "names are not resolved; write the address" : null);
  }

  private static InetSocketAddress addressAndPort(String text) throws WrongWordException {
    int colon = text.lastIndexOf(':');
    boolean bracketed = text.startsWith("[") && text.charAt(Math.max(0, colon - 1)) == ']';
    boolean hasPort = colon > 0 && (bracketed || text.indexOf(':') == colon);
    if (!hasPort) {
      boolean isV6 = text.indexOf(':') >= 0;
      throw new WrongWordException(
          "bad-address",
          null,
          isV6 ? "write [address]:port" : "add the port: %s:8080".formatted(text));
    }
    String port = text.substring(colon + 1);
    int number = port.matches("[0-9]{1,5}") ? Integer.parseInt(port) : 0;
    if (number < 1 || number > 65_535) {
      throw new WrongWordException("bad-address", "has no port from 1 to 65535 after ':'", null);
    }
    InetAddress host = address(bracketed ? text.substring(1, colon - 1) : text.substring(0, colon));
    return new InetSocketAddress(host, number);
  }

  /** An address, with port 0 if it has none. */
  static InetSocketAddress addressAndMaybePort(String text) throws WrongWordException {
    int colon = text.indexOf(':');
    boolean bareV6 = colon != text.lastIndexOf(':') && !text.startsWith("[");
    return colon < 0 || bareV6 ? new InetSocketAddress(address(text), 0) : addressAndPort(text);
  }

  private static String network(String text) throws WrongWordException {
    try {
      TrustedPeers.parse(List.of(text));
      return text;
    } catch (IllegalArgumentException e) {
      throw new WrongWordException("bad-network", null, e.getMessage());
    }
  }

  private static String hostPattern(String text) throws WrongWordException {
    String host = text.toLowerCase(Locale.ROOT);
    String exact = host.startsWith("*.") ? host.substring(2) : host;
    if (IPV4.matcher(exact).matches() && exact.length() == host.length()) {
      return host;
    }
    boolean wellFormed =
        exact.length() <= MAX_HOST_LENGTH
            && Arrays.stream(exact.split("\\.", -1)).allMatch(l -> HOST_LABEL.matcher(l).matches());
    if (!wellFormed) {
      throw new WrongWordException(
          "bad-host",
          null,
          host.indexOf(':') >= 0
              ? "leave out the port: requests match on any"
              : host.indexOf('*') >= 0 ? "a '*' stands only at the front, for whole labels" : null);
    }
    return host;
  }
}
