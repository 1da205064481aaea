package io.gatehouse.membership;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.msgpack.core.MessagePackException;

/**
 * Whom a query is for. Serf matches tags by Go's regular expressions; here an expression is taken
 * literally, with or without {@code ^} and {@code $} around it, since a hostile one must not cost
 * time. One that means more matches nothing, as one that Serf cannot compile. Stateless.
 */
final class QueryFilters {
  private static final int NODES = 0;
  private static final int TAG = 1;
  private static final int MAX_NODES = 64;
  private static final int MAX_TEXT_BYTES = 1024;
  private static final String META = "\\.[]{}()*+?|^$";

  private QueryFilters() {}

  /** Whether each filter holds for a node of this name and these tags. */
  static boolean match(List<byte[]> filters, String node, Map<String, String> tags) {
    for (byte[] filter : filters) {
      try {
        if (!matches(filter, node, tags)) {
          return false;
        }
      } catch (IOException | MessagePackException | MalformedMessageException e) {
        return false;
      }
    }
    return true;
  }

  private static boolean matches(byte[] filter, String node, Map<String, String> tags)
      throws IOException, MalformedMessageException {
    if (filter.length == 0) {
      return false;
    }
    var in = new Msgpack.Reader(filter, 1, filter.length - 1);
    return switch (filter[0]) {
      case NODES -> {
        boolean[] found = new boolean[1];
        in.array(MAX_NODES, name -> found[0] |= name.string(MAX_TEXT_BYTES).equals(node));
        yield found[0];
      }
      case TAG -> {
        var fields =
            new Object() {
              String tag = "";
              String expression = "";
            };
        in.map(
            (key, value) -> {
              switch (key) {
                case "Tag" -> fields.tag = value.string(MAX_TEXT_BYTES);
                case "Expr" -> fields.expression = value.string(MAX_TEXT_BYTES);
                default -> value.skip();
              }
            });
        yield holds(fields.expression, tags.getOrDefault(fields.tag, ""));
      }
      default -> false;
    };
  }

  private static boolean holds(String expression, String value) {
    boolean atStart = expression.startsWith("^");
    boolean atEnd = expression.endsWith("$");
    int from = atStart ? 1 : 0;
    int to = Math.max(from, expression.length() - (atEnd ? 1 : 0));
    String literal = expression.substring(from, to);
    if (literal.chars().anyMatch(c -> META.indexOf(c) >= 0)) {
      return false;
    }
    if (atStart && atEnd) {
      return value.equals(literal);
    }
    if (atStart) {
      return value.startsWith(literal);
    }
    return atEnd ? value.endsWith(literal) : value.contains(literal);
  }
}
