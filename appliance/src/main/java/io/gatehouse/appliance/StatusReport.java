package io.gatehouse.appliance;

import io.gatehouse.appliance.json.Json;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What {@code /status} says, as text for people. The first lines are what an operator asks first.
 *
 * @param now what the node says
 * @param before what it said a while ago; null if it was asked once
 * @param seconds between the two
 */
record StatusReport(Json now, @Nullable Json before, double seconds) {
  private static final String REFUSED = "refused_";

  String text() {
    var out = new StringBuilder();
    head(out);
    if (!now.at("l4").keys().isEmpty()) {
      l4(out, now.at("l4"));
    }
    if (!now.at("l7").keys().isEmpty()) {
      l7(out, now.at("l7"));
    }
    members(out);
    return out.toString();
  }

  private void head(StringBuilder out) {
    boolean draining = now.text("draining").equals("true");
    line(
        out,
        "%s  %s, up %s, configuration %s",
        now.text("node"),
        draining ? "draining" : "serving",
        uptime((long) now.number("uptime_seconds")),
        now.text("configuration_hash"));
  }

  private void l4(StringBuilder out, Json l4) {
    var counters = l4.at("counters");
    line(out, "  data plane    %s: %s", l4.text("data_plane"), l4.text("data_plane_why"));
    line(
        out,
        "  connections   %s now, %s accepted%s, %s adopted, %s by the kernel",
        count(counters.number("connections_active")),
        count(counters.number("connections_accepted")),
        rate("connections_accepted"),
        count(counters.number("connections_adopted")),
        count(counters.number("flows_taken_by_kernel")));
    double in = counters.number("bytes_from_clients");
    double back = counters.number("bytes_to_clients");
    double byKernel = counters.number("bytes_by_kernel");
    line(
        out,
        "  bytes         %s in, %s out, %s by the kernel; %s credit stalls, %s pauses",
        bytes(in),
        bytes(back),
        percent(byKernel, in + back),
        count(counters.number("credit_stalls")),
        count(counters.number("backpressure_pauses")));
    line(
        out,
        "  endpoints     %s connect failures, %s timeouts; %s reset by clients, %s by endpoints",
        count(counters.number("connect_failures")),
        count(counters.number("connect_timeouts")),
        count(counters.number("client_resets")),
        count(counters.number("endpoint_resets")));
    line(out, "  refused       %s", refusals(counters));
    line(
        out,
        "  source ports  %s of one address's to one endpoint in use, %s times out of them",
        percent(l4.number("source_port_use"), 1),
        count(counters.number("source_ports_exhausted")));
    l4.list("services").forEach(service -> service(out, service));
  }

  private static String refusals(Json counters) {
    var refusals =
        counters.keys().stream()
            .filter(key -> key.startsWith(REFUSED) && counters.number(key) > 0)
            .map(
                key ->
                    "%s %s"
                        .formatted(
                            key.substring(REFUSED.length()).replace('_', ' '),
                            count(counters.number(key))))
            .toList();
    return refusals.isEmpty() ? "none" : String.join(", ", refusals);
  }

  private static void service(StringBuilder out, Json service) {
    var listen = new ArrayList<String>();
    service.list("listen").forEach(address -> listen.add(String.valueOf(address.value())));
    out.append('\n');
    line(
        out,
        "service %s  on %s to %s, %s of %s connections, table of %s",
        service.text("name"),
        String.join(", ", listen),
        service.text("pool"),
        count(service.number("active_connections")),
        count(service.number("max_connections")),
        count(service.number("table_size")));
    var rows = new ArrayList<List<String>>();
    rows.add(
        List.of(
            "endpoint",
            "verdict",
            "share",
            "now",
            "in all",
            "in",
            "out",
            "failed",
            "retries",
            "connect",
            "cause"));
    for (Json endpoint : service.list("endpoints")) {
      rows.add(row(endpoint, stats(service, endpoint.text("name"))));
    }
    table(out, rows);
  }

  private static Json stats(Json service, String endpoint) {
    return service.list("endpoint_stats").stream()
        .filter(stats -> stats.text("endpoint").equals(endpoint))
        .findFirst()
        .orElse(new Json(null));
  }

  private static List<String> row(Json endpoint, Json stats) {
    double connected = stats.number("connected");
    return List.of(
        endpoint.text("name"),
        endpoint.text("verdict"),
        percent(endpoint.number("table_share"), 1),
        count(stats.number("connections")),
        count(connected),
        bytes(stats.number("bytes_from_clients")),
        bytes(stats.number("bytes_to_clients")),
        count(stats.number("connect_failures")),
        count(stats.number("retries")),
        connected == 0
            ? "-"
            : String.format(
                Locale.ROOT, "%.2f ms", stats.number("connect_seconds_sum") / connected * 1e3),
        endpoint.text("cause"));
  }

  private static void l7(StringBuilder out, Json l7) {
    for (Json listener : l7.list("listeners")) {
      out.append('\n');
      line(
          out,
          "listener %s  %s connections",
          listener.text("name"),
          count(listener.number("connections")));
    }
    for (Json pool : l7.list("pools")) {
      out.append('\n');
      line(out, "pool %s", pool.text("name"));
      var rows = new ArrayList<List<String>>();
      rows.add(List.of("endpoint", "verdict", "requests now", "connections", "idle", "cause"));
      for (Json endpoint : pool.list("endpoints")) {
        rows.add(
            List.of(
                endpoint.text("name"),
                endpoint.text("verdict"),
                count(endpoint.number("active_requests")),
                count(endpoint.number("open_connections")),
                count(endpoint.number("idle_connections")),
                endpoint.text("cause")));
      }
      table(out, rows);
    }
  }

  private void members(StringBuilder out) {
    var members =
        now.list("members").stream()
            .map(member -> member.text("name") + " " + member.text("state"))
            .toList();
    if (!members.isEmpty()) {
      out.append('\n');
      line(out, "ring  %s", String.join(", ", members));
    }
  }

  private String rate(String counter) {
    if (before == null) {
      return "";
    }
    double earlier = before.at("l4").at("counters").number(counter);
    double later = now.at("l4").at("counters").number(counter);
    return " (%s/s)".formatted(count((later - earlier) / seconds));
  }

  private static void table(StringBuilder out, List<List<String>> rows) {
    int columns = rows.getFirst().size();
    var widths = new int[columns];
    for (List<String> row : rows) {
      for (int i = 0; i < columns; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    for (List<String> row : rows) {
      out.append(' ');
      for (int i = 0; i < columns; i++) {
        out.append(' ').append(row.get(i));
        if (i < columns - 1) { // no blanks at the end of a line
          out.repeat(' ', widths[i] - row.get(i).length() + 1);
        }
      }
      out.append('\n');
    }
  }

  private static void line(StringBuilder out, String format, Object... values) {
    out.append(format.formatted(values)).append('\n');
  }

  private static String count(double number) {
    return String.format(Locale.ROOT, "%,.0f", number);
  }

  private static String percent(double part, double whole) {
    return whole == 0 ? "0 %" : String.format(Locale.ROOT, "%.1f %%", 100 * part / whole);
  }

  private static String bytes(double bytes) {
    double size = bytes;
    for (String unit : List.of("B", "KiB", "MiB", "GiB")) {
      if (size < 1024) {
        return String.format(Locale.ROOT, unit.equals("B") ? "%.0f %s" : "%.1f %s", size, unit);
      }
      size /= 1024;
    }
    return String.format(Locale.ROOT, "%.1f TiB", size);
  }

  private static String uptime(long seconds) {
    var time = Duration.ofSeconds(seconds);
    return time.toDays() > 0
        ? "%d d %d h".formatted(time.toDays(), time.toHoursPart())
        : "%d h %d min %d s".formatted(time.toHours(), time.toMinutesPart(), time.toSecondsPart());
  }
}
