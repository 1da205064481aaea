package io.gatehouse.tests.l7;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Tells from a node's counters why it has refused something. Confined to the test's thread. */
final class Violations {
  /** The rule that was broken tells more than the kind of refusal. */
  private static final List<String> COUNTERS =
      List.of(
          "gatehouse_l7_http_violations_total",
          "gatehouse_l7_requests_refused_total",
          "gatehouse_l7_upstream_failures_total");

  private final L7Node node;
  private Map<String, Double> before;

  Violations(L7Node node) {
    this.node = node;
    this.before = node.metrics();
  }

  /** The reason that has been counted since the last call. */
  String next() {
    var now = node.metrics();
    var reason = COUNTERS.stream().flatMap(counter -> grown(counter, now).stream()).findFirst();
    before = now;
    return reason.orElse("no reason");
  }

  private Optional<String> grown(String counter, Map<String, Double> now) {
    return now.entrySet().stream()
        .filter(sample -> sample.getKey().startsWith(counter + "{"))
        .filter(sample -> sample.getValue() > before.getOrDefault(sample.getKey(), 0.0))
        .map(sample -> sample.getKey().replaceAll(".*reason=\"(\\w+)\".*", "$1"))
        .findFirst();
  }
}
