package io.gatehouse.appliance.status;

import static io.gatehouse.appliance.status.Quantities.bytes;
import static io.gatehouse.appliance.status.Quantities.count;
import static io.gatehouse.appliance.status.Quantities.percent;
import static io.gatehouse.appliance.status.Quantities.uptime;

import io.gatehouse.appliance.json.Json;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What {@code /status} says, as text for people. The first lines are what an operator asks first.
 *
 * @param now what the node says
 * @param before what it said a while ago; null if it was asked once
 * @param seconds between the two
 */
public record StatusReport(Json now, @Nullable Json before, double seconds) {
  /** A certificate with fewer days left is pointed out, as {@code gatehouse check} does. */
  private static final int EXPIRES_SOON_DAYS = 30;

  private static final String REFUSED = "refused_";

  /** Besides the limits, what turns a client away. */
  private static final Set<String> NO_WAY_ON =
      Set.of("connections_unhealthy", "connections_unconnected");

  /** Ends with a newline. */
  public String text() {
    var out = new StringBuilder();
    head(out);
    if (!now.at("l4").keys().isEmpty()) {
      l4(out, now.at("l4"));
    }
    if (!now.at("l7").keys().isEmpty()) {
      l7(out, now.at("l7"));
    }
    out.append(new RingReport(now).text());
    out.append(new MatrixReport(now).text());
    return out.toString();
  }

  private void head(StringBuilder out) {
    line(
        out,
        "%s  %s, up %s, configuration %s",
        now.text("node"),
        state(),
        uptime((long) now.number("uptime_seconds")),
        now.text("configuration_hash"));
  }

  private String state() {
    if (now.isTrue("draining")) {
      return drain(now.at("drain"));
    }
    return now.isTrue("ready") ? "ready" : "not ready: " + now.text("not_ready_why");
  }

  private static String drain(Json drain) {
    String left =
        "%s, %s connections left"
            .formatted(drain.text("state"), count(drain.number("connections")));
    return drain.text("state").equals("drained")
        ? left + ", %s cut".formatted(count(drain.number("cut")))
        : left + ", until %s at the latest".formatted(drain.text("deadline"));
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
    var earlier = before == null ? null : before.at("l4");
    out.append(new ServicesReport(l4, earlier, seconds).text());
  }

  static String refusals(Json counters) {
    var refusals =
        counters.keys().stream()
            .filter(
                key ->
                    (key.startsWith(REFUSED) || NO_WAY_ON.contains(key))
                        && counters.number(key) > 0)
            .map(
                key ->
                    "%s %s"
                        .formatted(
                            key.replace(REFUSED, "").replace("connections_", "").replace('_', ' '),
                            count(counters.number(key))))
            .toList();
    return refusals.isEmpty() ? "none" : String.join(", ", refusals);
  }

  private static void l7(StringBuilder out, Json l7) {
    var memory = l7.at("buffer_memory");
    line(
        out,
        "  buffers       %s of %s%s",
        bytes(memory.number("used_bytes")),
        bytes(memory.number("limit_bytes")),
        memory.isTrue("scarce") ? ": new work is refused" : "");
    for (Json listener : l7.list("listeners")) {
      out.append('\n');
      line(
          out,
          "listener %s  on %s%s, %s connections",
          listener.text("name"),
          String.join(", ", listener.texts("listen")),
          listener.isTrue("tls") ? " with TLS" : "",
          count(listener.number("connections")));
    }
    certificates(out, l7.list("certificates"));
    for (Json pool : l7.list("pools")) {
      out.append('\n');
      line(out, "pool %s", pool.text("name"));
      var table =
          new TextTable("endpoint", "verdict", ">requests now", ">connections", ">idle", "cause");
      for (Json endpoint : pool.list("endpoints")) {
        table.row(
            endpoint.text("name"),
            endpoint.text("verdict"),
            count(endpoint.number("active_requests")),
            count(endpoint.number("open_connections")),
            count(endpoint.number("idle_connections")),
            endpoint.text("cause"));
      }
      table.lines().forEach(row -> line(out, "  %s", row));
    }
  }

  private static void certificates(StringBuilder out, List<Json> certificates) {
    if (certificates.isEmpty()) {
      return;
    }
    out.append('\n');
    var table = new TextTable("certificate", "listener", ">days left", "names");
    for (Json certificate : certificates) {
      double daysLeft = certificate.number("days_left");
      table.row(
          certificate.text("name"),
          certificate.text("listener"),
          "%s%d".formatted(daysLeft < EXPIRES_SOON_DAYS ? "expires soon: " : "", (long) daysLeft),
          String.join(", ", certificate.texts("names")));
    }
    table.lines().forEach(row -> line(out, "%s", row));
  }

  private String rate(String counter) {
    if (before == null) {
      return "";
    }
    double earlier = before.at("l4").at("counters").number(counter);
    double later = now.at("l4").at("counters").number(counter);
    return " (%s/s)".formatted(count((later - earlier) / seconds));
  }

  private static void line(StringBuilder out, String format, Object... values) {
    out.append(format.formatted(values)).append('\n');
  }
}
