package io.gatehouse.appliance.config;

import io.gatehouse.appliance.config.YamlNode.Position;
import io.gatehouse.l7.RouteConfig;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds routes of which one can never match: two with the same host and path on the same listener.
 * Since the most specific match wins, no other pair can shadow each other.
 */
final class RouteMatches {
  private static final String ANY = "*";

  private final Findings findings;
  private final Origins origins;
  private final Map<Match, RouteConfig> taken = new HashMap<>();
  private final Map<String, RouteConfig> byName = new HashMap<>();

  /** {@link #ANY} for a listener or host that the route leaves open. */
  private record Match(String listener, String host, String path) {}

  RouteMatches(Findings findings, Origins origins) {
    this.findings = findings;
    this.origins = origins;
  }

  void check(List<RouteConfig> routes) {
    for (RouteConfig route : routes) {
      if (!shadowed(route)) {
        name(route);
      }
    }
  }

  private boolean shadowed(RouteConfig route) {
    boolean shadowed = false;
    for (String host : orAny(route.hosts())) {
      RouteConfig first = null;
      for (String listener : orAny(route.listeners())) {
        RouteConfig other = taken.putIfAbsent(new Match(listener, host, route.pathPrefix()), route);
        first = first == null ? other : first;
      }
      if (first != null) {
        shadowed = true;
        findings.error(
            origins.of(route, RouteSection.HOST.name(), host),
            "shadowed-route",
            "route '%s' on line %d has the same host and path".formatted(first.name(), line(first)),
            "only one of them can match; give it another path or host, or delete it");
      }
    }
    return shadowed;
  }

  private void name(RouteConfig route) {
    RouteConfig first = byName.putIfAbsent(route.name(), route);
    if (first != null) {
      findings.error(
          origins.of(route, "name"),
          "duplicate-name",
          "the route on line %d is named '%s', too".formatted(line(first), route.name()),
          "give it a 'name' of its own");
    }
  }

  private int line(RouteConfig route) {
    Position at = origins.of(route);
    return at.line();
  }

  private static List<String> orAny(List<String> words) {
    return words.isEmpty() ? List.of(ANY) : words;
  }
}
