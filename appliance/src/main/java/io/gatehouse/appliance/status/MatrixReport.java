package io.gatehouse.appliance.status;

import static io.gatehouse.appliance.status.Quantities.count;

import io.gatehouse.appliance.json.Json;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;

/**
 * The health matrix: what this node has decided about each endpoint, who sees it how by its own
 * probes, since when, and why. Observers who agree share a line, and endpoints about which not all
 * agree, or that are not up, come first.
 *
 * @param now what the node says
 */
record MatrixReport(Json now) {
  /** More endpoints than this are counted, not listed. */
  private static final int MAX_ENDPOINTS = 16;

  private static final String UP = "UP";

  /** What observers agree on. */
  private record View(String verdict, String cause, boolean fresh) {}

  /** Ends with a newline; empty if nothing is watched. */
  String text() {
    List<Json> rows = now.list("health_matrix");
    if (rows.isEmpty()) {
      return "";
    }
    var table = new TextTable("pool", "endpoint", "here", "seen", "by", ">for", "because");
    rows.stream()
        .sorted(Comparator.comparing(MatrixReport::isFine))
        .limit(MAX_ENDPOINTS)
        .forEach(row -> add(table, row));
    var lines = new ArrayList<String>();
    lines.add("");
    lines.add("health matrix, by each node's own probes");
    table.lines().forEach(line -> lines.add("  " + line));
    int more = rows.size() - MAX_ENDPOINTS;
    if (more > 0) {
      lines.add("  and %s more endpoints; --json has them all".formatted(count(more)));
    }
    lines.add("");
    return String.join("\n", lines);
  }

  private static boolean isFine(Json row) {
    return row.list("seen_by").stream()
        .filter(sight -> sight.isTrue("fresh"))
        .allMatch(sight -> sight.text("verdict").equals(UP));
  }

  private void add(TextTable table, Json row) {
    var views = new LinkedHashMap<View, List<Json>>();
    for (Json sight : row.list("seen_by")) {
      var view = new View(sight.text("verdict"), sight.text("cause"), sight.isTrue("fresh"));
      views.computeIfAbsent(view, any -> new ArrayList<>()).add(sight);
    }
    boolean first = true;
    for (var entry : views.entrySet()) {
      View view = entry.getKey();
      List<Json> sights = entry.getValue();
      table.row(
          first ? row.text("pool") : "",
          first ? row.text("endpoint") : "",
          first ? here(row) : "",
          view.fresh ? view.verdict : view.verdict + " (old)",
          Names.of(sights.stream().map(sight -> sight.text("observer")).toList()),
          age(sights),
          view.cause);
      first = false;
    }
  }

  /** What this node has decided; nothing if it does not watch the endpoint. */
  private static String here(Json row) {
    return row.has("verdict") ? row.text("verdict") : "-";
  }

  /** How long the first of them has seen it so, by the clocks of both. */
  private String age(List<Json> sights) {
    try {
      Instant asked = Instant.parse(now.text("time"));
      return sights.stream()
          .map(sight -> Duration.between(Instant.parse(sight.text("since")), asked))
          .max(Comparator.naturalOrder())
          .map(age -> Quantities.uptime(Math.max(0, age.toSeconds())))
          .orElse("-");
    } catch (DateTimeException e) {
      return "-";
    }
  }
}
