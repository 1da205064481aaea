package io.gatehouse.l7.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatehouse.l7.RouteConfig;
import io.gatehouse.testkit.SeededCases;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RouteTableTest {
  private static final RouteTable TABLE =
      RouteTable.compile(
          "web",
          List.of(
              route("root", List.of(), "/"),
              route("well-known", List.of(), "/.well-known"),
              route("exact", List.of("www.example.test"), "/"),
              route("exact-api", List.of("www.example.test"), "/api"),
              route("exact-api-v2", List.of("www.example.test"), "/api/v2"),
              route("wild", List.of("*.example.test"), "/"),
              route("deep-wild", List.of("*.eu.example.test"), "/"),
              route("paths-only", List.of("paths.test"), "/only/"),
              new Route(config("elsewhere", List.of("other"), List.of(), "/elsewhere"), 0)));

  private static RouteConfig config(
      String name, List<String> listeners, List<String> hosts, String prefix) {
    return new RouteConfig(
        name, listeners, hosts, prefix, "p", Set.of(), RouteConfig.Timeouts.DEFAULT);
  }

  private static Route route(String name, List<String> hosts, String prefix) {
    return new Route(config(name, List.of(), hosts, prefix), 0);
  }

  private static @Nullable String find(RouteTable table, String host, String path) {
    byte[] bytes = ("##" + host + "##" + path + "##").getBytes(StandardCharsets.ISO_8859_1);
    var route = table.find(bytes, 2, host.length(), host.length() + 4, path.length());
    return route == null ? null : route.name();
  }

  @ParameterizedTest
  @CsvSource({
    "www.example.test, /,              exact",
    "www.example.test, /api,           exact-api",
    "www.example.test, /api/,          exact-api",
    "www.example.test, /api/x,         exact-api",
    "www.example.test, /apix,          exact",
    "www.example.test, /api/v2,        exact-api-v2",
    "www.example.test, /api/v2/x/y,    exact-api-v2",
    "www.example.test, /api/v22,       exact-api",
    "www.example.test, //api,          exact",
    "a.example.test,   /,              wild",
    "a.b.example.test, /x,             wild",
    "a.eu.example.test, /,             deep-wild",
    "eu.example.test,  /,              wild",
    "example.test,     /,              root",
    "xexample.test,    /,              root",
    "'',               /,              root",
    "'',               /.well-known/x, well-known",
    "paths.test,       /only,          paths-only",
    "paths.test,       /only/x,        paths-only",
    "paths.test,       /other,         root",
    "paths.test,       /elsewhere,     root",
    "anything.test,    *,              root",
  })
  void theMostSpecificMatchWins(String host, String path, String expected) {
    assertThat(find(TABLE, host, path)).isEqualTo(expected);
  }

  @Test
  void nothingMatchesWithoutARouteForIt() {
    var table = RouteTable.compile("web", List.of(route("a", List.of("a.test"), "/a")));
    assertThat(find(table, "b.test", "/a")).isNull();
    assertThat(find(table, "a.test", "/b")).isNull();
    assertThat(find(RouteTable.compile("web", List.of()), "a.test", "/")).isNull();
  }

  @Test
  void refusesTwoRoutesForTheSameRequests() {
    var routes =
        List.of(route("one", List.of("a.test"), "/a"), route("two", List.of("a.test"), "/a/"));
    assertThatThrownBy(() -> RouteTable.compile("web", routes))
        .hasMessage("route two: matches what route one matches (expected: another host or path)");
  }

  @Test
  void refusesAPrefixWithoutItsSlash() {
    var routes = List.of(route("one", List.of(), "api"));
    assertThatThrownBy(() -> RouteTable.compile("web", routes))
        .hasMessageContaining("pathPrefix: api (expected: a leading /)");
  }

  @Test
  void findsWhatASlowAndPlainSearchFinds() {
    SeededCases.check(
        300,
        random -> {
          var routes = randomRoutes(random);
          var table = RouteTable.compile("web", routes);
          for (int i = 0; i < 50; i++) {
            String host = randomHost(random);
            String path = randomPath(random);
            assertThat(find(table, host, path))
                .as("%s %s in %s", host, path, routes)
                .isEqualTo(plainSearch(routes, host, path));
          }
        });
  }

  private static List<Route> randomRoutes(SplittableRandom random) {
    var routes = new ArrayList<Route>();
    var seen = new ArrayList<String>();
    for (int i = random.nextInt(12); i >= 0; i--) {
      String host = random.nextInt(4) == 0 ? "" : randomHost(random);
      if (!host.isEmpty() && random.nextInt(3) == 0) {
        host = "*." + host;
      }
      String prefix = randomPath(random);
      if (!seen.contains(host + prefix)) {
        seen.add(host + prefix);
        routes.add(route("r" + i, host.isEmpty() ? List.of() : List.of(host), prefix));
      }
    }
    return routes;
  }

  private static String randomHost(SplittableRandom random) {
    var labels = new ArrayList<String>();
    for (int i = random.nextInt(3); i >= 0; i--) {
      labels.add(List.of("a", "b", "test").get(random.nextInt(3)));
    }
    return String.join(".", labels);
  }

  private static String randomPath(SplittableRandom random) {
    var path = new StringBuilder();
    for (int i = random.nextInt(4); i > 0; i--) {
      path.append('/').append(List.of("x", "xy", "y").get(random.nextInt(3)));
    }
    return path.isEmpty() ? "/" : path.toString();
  }

  private static @Nullable String plainSearch(List<Route> routes, String host, String path) {
    String best = null;
    int bestRank = -1;
    for (Route route : routes) {
      var config = route.config();
      int hostRank = -1;
      if (config.hosts().isEmpty()) {
        hostRank = 0;
      } else {
        String pattern = config.hosts().getFirst();
        if (pattern.equals(host)) {
          hostRank = 1_000;
        } else if (pattern.startsWith("*") && host.endsWith(pattern.substring(1))) {
          hostRank = pattern.length();
        }
      }
      String prefix = config.pathPrefix().equals("/") ? "" : config.pathPrefix();
      boolean matches = path.equals(prefix) || path.startsWith(prefix + "/");
      int rank = hostRank * 1_000 + prefix.length();
      if (hostRank >= 0 && matches && rank > bestRank) {
        bestRank = rank;
        best = route.name();
      }
    }
    return best;
  }
}
