package io.gatehouse.appliance.config;

import io.gatehouse.l7.RouteConfig;
import io.gatehouse.l7.RouteConfig.Timeouts;
import java.util.List;

/** An item of {@code routes}: which requests go to which pool. */
final class RouteSection {
  private static final Key<String> NAME =
      Key.optional(
          "name",
          Scalars.ROUTE_NAME,
          "host and path, such as `api.example.com/v1` or `*/`",
          "Appears in logs and metrics; unique among routes.");

  static final Key<List<String>> LISTENER =
      Key.optional(
          "listener", ListType.orSingle(Scalars.NAME), "all", "Listeners that it belongs to.");

  static final Key<List<String>> HOST =
      Key.optional(
          "host",
          ListType.orSingle(Addresses.HOST_PATTERN),
          "any",
          "Hosts that it matches, without a port; `*.example.com` matches every name below.");

  private static final Key<String> PATH =
      Key.of(
          "path",
          Scalars.PATH_PREFIX,
          "/",
          "Path prefix of whole segments: `/api` matches `/api` and `/api/x`, not `/apix`.");

  static final Key<String> POOL =
      Key.required("pool", Scalars.NAME, "Name of the pool that its requests go to.");

  private static final Key<Long> RESPONSE =
      Key.of(
          "response",
          Scalars.duration("10ms", "24h"),
          Timeouts.DEFAULT.responseNanos(),
          "From the whole request sent to the head of the response; 504 after it.");

  private static final Key<Long> BODY_IDLE =
      Key.of(
          "bodyIdle",
          Scalars.duration("10ms", "24h"),
          Timeouts.DEFAULT.bodyIdleNanos(),
          "Between two reads of a response body; the connection is closed after it. Raise it for"
              + " streams that pause.");

  private static final Key<Timeouts> TIMEOUTS =
      Key.of(
          "timeouts",
          ObjectType.of(
              "the timeouts of a route",
              f -> new Timeouts(f.get(RESPONSE), f.get(BODY_IDLE)),
              RESPONSE,
              BODY_IDLE),
          Timeouts.DEFAULT,
          "When to give up on the upstream.");

  static final ObjectType<RouteConfig> TYPE =
      ObjectType.of("a route", RouteSection::build, NAME, LISTENER, HOST, PATH, POOL, TIMEOUTS);

  private RouteSection() {}

  private static RouteConfig build(Fields fields) {
    List<String> listeners = fields.find(LISTENER);
    List<String> hosts = fields.find(HOST);
    String name = fields.find(NAME);
    String path = fields.get(PATH);
    return new RouteConfig(
        name == null ? (hosts == null || hosts.isEmpty() ? "*" : hosts.getFirst()) + path : name,
        listeners == null ? List.of() : listeners,
        hosts == null ? List.of() : hosts,
        path,
        fields.get(POOL),
        fields.get(TIMEOUTS));
  }
}
