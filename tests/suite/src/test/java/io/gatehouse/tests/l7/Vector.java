package io.gatehouse.tests.l7;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * One case of a corpus, out of a {@code .vectors} file; {@code llhttp.vectors} tells the form.
 *
 * @param name unique in its corpus
 * @param verdict the corpus's
 * @param expected what Gatehouse does, answer by answer, and how the connection goes on
 * @param why it does not what the corpus says; empty if it does
 * @param octets to be sent, in ISO 8859-1
 */
record Vector(String name, Verdict verdict, List<String> expected, String why, String octets) {

  /** What a corpus says of a message. */
  enum Verdict {
    ACCEPT,
    REFUSE,
    /** To be accepted only where asked for, by a setting that Gatehouse does not have. */
    LENIENT;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Whether Gatehouse does what the corpus says: a message is refused or goes on. */
  boolean agrees() {
    boolean refuses =
        expected.stream().anyMatch(answer -> answer.matches("(cut|[45]\\d\\d) [a-z0-9_]+"));
    return refuses == (verdict != Verdict.ACCEPT);
  }

  /** Reads a file of this package's resources. */
  static List<Vector> read(String file) {
    try (var in = Objects.requireNonNull(Vector.class.getResourceAsStream(file), file)) {
      var vectors = new ArrayList<Vector>();
      var text = new String(in.readAllBytes(), UTF_8);
      for (var part : text.split("(?m)^== ", -1)) {
        if (!part.startsWith("#")) {
          vectors.add(parse(part));
        }
      }
      return List.copyOf(vectors);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Vector parse(String part) {
    var lines = part.lines().toList();
    var verdict = Verdict.ACCEPT;
    var expected = new ArrayList<String>();
    var why = "";
    var octets = new StringBuilder();
    for (var line : lines.subList(1, lines.size())) {
      var rest = line.substring(Math.min(line.length(), line.indexOf(' ') + 1));
      switch (line.split(" ", 2)[0]) {
        case "corpus" -> verdict = Verdict.valueOf(rest.toUpperCase(Locale.ROOT));
        case "expect" -> expected.add(rest);
        case "why" -> why = rest;
        case ">" -> octets.append(unescaped(line.equals(">") ? "" : rest));
        case "" -> {}
        default -> throw new IllegalArgumentException("line: " + line);
      }
    }
    return new Vector(lines.getFirst(), verdict, List.copyOf(expected), why, octets.toString());
  }

  /** The octets of a line; CRLF ends it, unless a backslash does. */
  private static String unescaped(String line) {
    var octets = new StringBuilder();
    int i = 0;
    while (i < line.length()) {
      char character = line.charAt(i++);
      if (character != '\\') {
        octets.append(character);
      } else if (i == line.length()) {
        return octets.toString();
      } else if (line.charAt(i) == 'x') {
        octets.append((char) Integer.parseInt(line, i + 1, i + 3, 16));
        i += 3;
      } else {
        octets.append(escaped(line.charAt(i++)));
      }
    }
    return octets.append("\r\n").toString();
  }

  private static char escaped(char letter) {
    return switch (letter) {
      case 'r' -> '\r';
      case 'n' -> '\n';
      case 't' -> '\t';
      case 'f' -> '\f';
      case 'v' -> '\u000b';
      case '0' -> '\0';
      case '\\' -> '\\';
      default -> throw new IllegalArgumentException("escape: \\" + letter);
    };
  }

  @Override
  public String toString() {
    return name;
  }
}
