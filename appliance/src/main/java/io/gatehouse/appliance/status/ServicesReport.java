package io.gatehouse.appliance.status;

import static io.gatehouse.appliance.status.Quantities.bytes;
import static io.gatehouse.appliance.status.Quantities.count;
import static io.gatehouse.appliance.status.Quantities.percent;

import io.gatehouse.appliance.json.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The services of the L4 tier, one after another: where each listens, what it counts, and its
 * endpoints, pool by pool.
 *
 * @param l4 what the node says of its tier
 * @param before what it said a while ago; null if it was asked once
 * @param seconds between the two
 */
record ServicesReport(Json l4, @Nullable Json before, double seconds) {
  private static final Json NOTHING = new Json(null);
  private static final String UNKNOWN = "-";

  String text() {
    var lines = new ArrayList<String>();
    for (Json service : l4.list("services")) {
      String listen = String.join(", ", service.texts("listen"));
      lines.add("");
      lines.add(
          "service %s  on %s to %s, table of %s"
              .formatted(
                  service.text("name"),
                  listen.isEmpty() ? "nothing any more" : listen,
                  service.text("pool"),
                  count(service.number("table_size"))));
      lines.addAll(counts(service));
      lines.add("  refused: " + StatusReport.refusals(service.at("counters")));
      pools(service).forEach(pool -> addEndpoints(service, pool, lines));
    }
    lines.add("");
    return String.join("\n", lines);
  }

  private List<String> counts(Json service) {
    var table =
        new TextTable(
            ">active",
            ">max",
            ">accepted",
            ">per s",
            ">adopted",
            ">retries",
            ">stalls",
            ">in",
            ">out",
            ">kernel",
            ">relay");
    Json counters = service.at("counters");
    double in = counters.number("bytes_from_clients");
    double out = counters.number("bytes_to_clients");
    double byKernel = Math.min(counters.number("bytes_by_kernel"), in + out);
    table.row(
        count(service.number("active_connections")),
        count(service.number("max_connections")),
        count(counters.number("connections_accepted")),
        rate(service),
        count(counters.number("connections_adopted")),
        count(retries(service)),
        count(counters.number("credit_stalls")),
        bytes(in),
        bytes(out),
        percent(byKernel, in + out),
        percent(in + out - byKernel, in + out));
    return indented(table);
  }

  /** New connections a second; unknown if the node was asked once, or began anew in between. */
  private String rate(Json service) {
    if (before == null) {
      return UNKNOWN;
    }
    double earlier =
        before.list("services").stream()
            .filter(s -> s.text("name").equals(service.text("name")))
            .mapToDouble(ServicesReport::accepted)
            .sum();
    double more = accepted(service) - earlier;
    return more < 0 ? UNKNOWN : count(more / seconds);
  }

  private static double accepted(Json service) {
    return service.at("counters").number("connections_accepted");
  }

  private static double retries(Json service) {
    return service.list("endpoint_stats").stream().mapToDouble(s -> s.number("retries")).sum();
  }

  private static List<String> pools(Json service) {
    return Stream.of("endpoints", "endpoint_stats")
        .flatMap(list -> service.list(list).stream())
        .map(endpoint -> endpoint.text("pool"))
        .distinct()
        .toList();
  }

  /** The endpoints of the pool, and those that have left it and still have connections. */
  private static void addEndpoints(Json service, String pool, List<String> lines) {
    var table =
        new TextTable(
            "endpoint",
            "verdict",
            ">share",
            ">now",
            ">in all",
            ">in",
            ">out",
            ">failed",
            ">retries",
            ">p50",
            ">p99",
            "cause");
    var seen = byName(service, "endpoint_stats", "endpoint", pool);
    byName(service, "endpoints", "name", pool)
        .forEach(
            (name, endpoint) -> {
              Json stats = seen.remove(name);
              addRow(table, name, endpoint, stats == null ? NOTHING : stats);
            });
    seen.forEach((name, stats) -> addRow(table, name, NOTHING, stats));
    lines.add("  pool " + pool);
    lines.addAll(indented(table));
  }

  private static Map<String, Json> byName(Json service, String list, String key, String pool) {
    var byName = new LinkedHashMap<String, Json>();
    service.list(list).stream()
        .filter(endpoint -> endpoint.text("pool").equals(pool))
        .forEach(endpoint -> byName.put(endpoint.text(key), endpoint));
    return byName;
  }

  private static void addRow(TextTable table, String name, Json endpoint, Json stats) {
    boolean there = endpoint.value() != null;
    var times = new ConnectTimes(stats.list("connect_buckets"));
    table.row(
        name,
        there ? endpoint.text("verdict") : UNKNOWN,
        there ? percent(endpoint.number("table_share"), 1) : UNKNOWN,
        count(stats.number("connections")),
        count(stats.number("connected")),
        bytes(stats.number("bytes_from_clients")),
        bytes(stats.number("bytes_to_clients")),
        count(stats.number("connect_failures")),
        count(stats.number("retries")),
        times.quantile(0.5),
        times.quantile(0.99),
        there ? endpoint.text("cause") : "has left the pool");
  }

  private static List<String> indented(TextTable table) {
    return table.lines().stream().map(line -> "  " + line).toList();
  }
}
