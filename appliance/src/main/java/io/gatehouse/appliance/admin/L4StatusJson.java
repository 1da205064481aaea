package io.gatehouse.appliance.admin;

import io.gatehouse.appliance.json.JsonWriter;
import io.gatehouse.l4.EndpointStatsView;
import io.gatehouse.l4.L4Counter;
import io.gatehouse.l4.L4Status;
import java.util.List;
import java.util.Locale;
import java.util.function.ToLongFunction;

/** The L4 tier's part of {@code /status}. */
final class L4StatusJson {
  private L4StatusJson() {}

  static void write(JsonWriter json, L4Status status) {
    json.name("l4").beginObject().field("data_plane", status.dataPlane());
    json.field("data_plane_why", status.dataPlaneReason());
    json.field("source_port_use", status.sourcePortUse());
    counters(json, counter -> status.services().stream().mapToLong(s -> count(s, counter)).sum());
    json.name("services").beginArray();
    status.services().forEach(service -> service(json, service));
    json.endArray().endObject();
  }

  private static void service(JsonWriter json, L4Status.Service service) {
    json.beginObject().field("name", service.name());
    json.field("listen", StatusPage.texts(service.listen())).field("pool", service.pool());
    json.field("table_size", service.tableSize());
    json.field("active_connections", service.activeConnections());
    json.field("max_connections", service.maxConnections());
    counters(json, counter -> count(service, counter));
    json.name("endpoints").beginArray();
    service.endpoints().forEach(endpoint -> endpoint(json, endpoint));
    json.endArray().name("endpoint_stats").beginArray();
    service.endpointStats().forEach(stats -> endpointStats(json, stats));
    json.endArray().endObject();
  }

  private static void counters(JsonWriter json, ToLongFunction<L4Counter> count) {
    json.name("counters").beginObject();
    for (L4Counter counter : L4Counter.values()) {
      json.field(counter.name().toLowerCase(Locale.ROOT), count.applyAsLong(counter));
    }
    json.endObject();
  }

  private static long count(L4Status.Service service, L4Counter counter) {
    return service.counts().getOrDefault(counter, 0L);
  }

  private static void endpoint(JsonWriter json, L4Status.EndpointShare endpoint) {
    json.beginObject().field("name", endpoint.name()).field("pool", endpoint.pool());
    json.field("address", StatusPage.text(endpoint.address())).field("weight", endpoint.weight());
    json.field("verdict", endpoint.verdict().name()).field("cause", endpoint.cause());
    json.field("since", endpoint.since().toString());
    json.field("table_share", endpoint.share());
    json.field("slow_start_share", endpoint.slowStartShare()).endObject();
  }

  private static void endpointStats(JsonWriter json, EndpointStatsView stats) {
    json.beginObject().field("pool", stats.pool()).field("endpoint", stats.endpoint());
    json.field("connections", stats.active()).field("connected", stats.connected());
    json.field("connect_failures", stats.connectFailures()).field("retries", stats.retries());
    json.field("bytes_from_clients", stats.bytesFromClients());
    json.field("bytes_to_clients", stats.bytesToClients());
    json.field("connect_seconds_sum", stats.connectNanos() / 1e9);
    connectBuckets(json, stats);
    json.endObject();
  }

  /** How many connects took how long, not cumulative; the last bucket has no bound. */
  private static void connectBuckets(JsonWriter json, EndpointStatsView stats) {
    List<Long> bounds = EndpointStatsView.connectBoundsNanos();
    json.name("connect_buckets").beginArray();
    for (int i = 0; i < stats.connectBuckets().size(); i++) {
      json.beginObject();
      if (i < bounds.size()) {
        json.field("to_seconds", bounds.get(i) / 1e9);
      }
      json.field("count", stats.connectBuckets().get(i)).endObject();
    }
    json.endArray();
  }
}
