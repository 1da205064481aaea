package io.gatehouse.l7.route;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The routes of one listener, compiled. Immutable; a look-up works on the bytes of the request and
 * allocates nothing.
 *
 * <p>A request is matched by host and path together. Among the routes that match, an exact host
 * beats the longest wildcard beats no host; within one host, the longest path prefix wins. A host
 * whose paths don't match thus leaves the request to a wildcard or to the routes without a host, so
 * that one route for {@code /.well-known} can serve every host.
 *
 * <p>A wildcard {@code *.example.com} stands for one or more labels: it matches {@code
 * a.example.com} and {@code a.b.example.com}, not {@code example.com}.
 */
public final class RouteTable {
  private static final String WILDCARD = "*.";

  private final ByteMap<PathTree> exactHosts;
  private final ByteMap<PathTree> wildcardSuffixes;
  private final PathTree anyHost;

  private RouteTable(
      Map<String, PathTree> exactHosts, Map<String, PathTree> wildcards, PathTree anyHost) {
    this.exactHosts = new ByteMap<>(exactHosts);
    this.wildcardSuffixes = new ByteMap<>(wildcards);
    this.anyHost = anyHost;
  }

  /**
   * Compiles the routes that belong to a listener.
   *
   * @throws IllegalArgumentException if two of them match the same requests, or a path prefix
   *     doesn't begin with a slash
   */
  public static RouteTable compile(String listener, List<Route> routes) {
    var exact = new HashMap<String, PathTree.Builder>();
    var wildcards = new HashMap<String, PathTree.Builder>();
    var any = new PathTree.Builder();
    for (Route route : routes) {
      var config = route.config();
      if (!config.listeners().isEmpty() && !config.listeners().contains(listener)) {
        continue;
      }
      if (!config.pathPrefix().startsWith("/")) {
        throw new IllegalArgumentException(
            "route %s: pathPrefix: %s (expected: a leading /)"
                .formatted(route.name(), config.pathPrefix()));
      }
      if (config.hosts().isEmpty()) {
        any.add(config.pathPrefix(), route);
      }
      for (String host : config.hosts()) {
        boolean wildcard = host.startsWith(WILDCARD);
        (wildcard ? wildcards : exact)
            .computeIfAbsent(
                wildcard ? host.substring(WILDCARD.length()) : host, key -> new PathTree.Builder())
            .add(config.pathPrefix(), route);
      }
    }
    return new RouteTable(build(exact), build(wildcards), any.build());
  }

  private static Map<String, PathTree> build(Map<String, PathTree.Builder> builders) {
    var built = new HashMap<String, PathTree>();
    builders.forEach((host, builder) -> built.put(host, builder.build()));
    return built;
  }

  /**
   * The route for a request, or null if none matches.
   *
   * @param bytes holds both; borrowed
   * @param hostStart the host name in lower case, without port
   * @param hostLength 0 if there is none
   * @param pathStart the normalised path
   */
  public @Nullable Route find(
      byte[] bytes, int hostStart, int hostLength, int pathStart, int pathLength) {
    if (hostLength > 0) {
      Route route = findByHost(bytes, hostStart, hostLength, pathStart, pathLength);
      if (route != null) {
        return route;
      }
    }
    return anyHost.find(bytes, pathStart, pathLength);
  }

  private @Nullable Route findByHost(
      byte[] bytes, int hostStart, int hostLength, int pathStart, int pathLength) {
    PathTree paths = exactHosts.get(bytes, hostStart, hostLength);
    Route route = paths == null ? null : paths.find(bytes, pathStart, pathLength);
    int end = hostStart + hostLength;
    for (int i = hostStart + 1; i < end && route == null; i++) {
      if (bytes[i] == '.') {
        paths = wildcardSuffixes.get(bytes, i + 1, end - i - 1);
        route = paths == null ? null : paths.find(bytes, pathStart, pathLength);
      }
    }
    return route;
  }
}
