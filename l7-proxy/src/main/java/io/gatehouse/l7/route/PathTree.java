package io.gatehouse.l7.route;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Path prefixes by whole segments. A look-up walks the path once and keeps the last route it
 * passed, so the longest prefix wins however many there are. Immutable.
 */
final class PathTree {
  private final @Nullable Route route;
  private final ByteMap<PathTree> children;

  private PathTree(@Nullable Route route, Map<String, PathTree> children) {
    this.route = route;
    this.children = new ByteMap<>(children);
  }

  @Nullable Route find(byte[] bytes, int start, int length) {
    int end = start + length;
    Route best = route;
    PathTree node = this;
    for (int at = start; at < end && bytes[at] == '/'; ) {
      int segment = at + 1;
      at = segment;
      while (at < end && bytes[at] != '/') {
        at++;
      }
      node = node.children.get(bytes, segment, at - segment);
      if (node == null) {
        return best;
      }
      if (node.route != null) {
        best = node.route;
      }
    }
    return best;
  }

  /** Collects prefixes for a tree. */
  static final class Builder {
    private final Map<String, Builder> children = new HashMap<>();
    private @Nullable Route route;

    /**
     * @throws IllegalArgumentException if the prefix has a route already
     */
    void add(String prefix, Route added) {
      Builder node = this;
      String path = prefix.endsWith("/") ? prefix.substring(0, prefix.length() - 1) : prefix;
      for (int at = 0; at < path.length(); ) {
        int next = path.indexOf('/', at + 1);
        int end = next < 0 ? path.length() : next;
        node = node.children.computeIfAbsent(path.substring(at + 1, end), key -> new Builder());
        at = end;
      }
      if (node.route != null) {
        throw new IllegalArgumentException(
            "route %s: matches what route %s matches (expected: another host or path)"
                .formatted(added.name(), node.route.name()));
      }
      node.route = added;
    }

    PathTree build() {
      var built = new HashMap<String, PathTree>();
      children.forEach((segment, child) -> built.put(segment, child.build()));
      return new PathTree(route, built);
    }
  }
}
