package io.gatehouse.appliance.config;

import io.gatehouse.l7.RouteConfig;
import io.gatehouse.l7.RouteConfig.Timeouts;
import io.gatehouse.l7.Upgrade;
import java.util.List;
import java.util.Set;

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

  private static final Key<Long> TUNNEL_IDLE =
      Key.of(
          "tunnelIdle",
          Scalars.duration("1s", "168h"),
          Timeouts.DEFAULT.tunnelIdleNanos(),
          "Without a byte either way in a tunnel, such as a WebSocket; it is closed after it. Raise"
              + " it above the interval of the application's pings, or set those below it.");

  private static final Key<Long> TUNNEL_DRAIN =
      Key.of(
          "tunnelDrain",
          Scalars.duration("0s", "24h"),
          Timeouts.DEFAULT.tunnelDrainNanos(),
          "How long a tunnel may go on after a drain of the node has begun.");

  private static final Key<List<Upgrade>> UPGRADE =
      Key.optional(
          "upgrade",
          ListType.orSingle(Scalars.choice(Upgrade.class, Upgrade::label)),
          "none",
          "What requests may turn their connections into. `websocket`: the Upgrade of RFC 6455;"
              + " without it the field is dropped and the request goes on as a plain one."
              + " `connect`: the method CONNECT, passed to the backend; without it the answer is"
              + " 501. h2c is never passed. A backend of HTTP/2 that takes no WebSockets (RFC"
              + " 8441) gets a plain request.");

  private static final Key<Timeouts> TIMEOUTS =
      Key.of(
          "timeouts",
          ObjectType.of(
              "the timeouts of a route",
              f ->
                  new Timeouts(
                      f.get(RESPONSE), f.get(BODY_IDLE), f.get(TUNNEL_IDLE), f.get(TUNNEL_DRAIN)),
              RESPONSE,
              BODY_IDLE,
              TUNNEL_IDLE,
              TUNNEL_DRAIN),
          Timeouts.DEFAULT,
          "When to give up on the upstream.");

  static final ObjectType<RouteConfig> TYPE =
      ObjectType.of(
          "a route", RouteSection::build, NAME, LISTENER, HOST, PATH, POOL, UPGRADE, TIMEOUTS);

  private RouteSection() {}

  private static RouteConfig build(Fields fields) {
    List<String> listeners = fields.find(LISTENER);
    List<String> hosts = fields.find(HOST);
    List<Upgrade> upgrade = fields.find(UPGRADE);
    String name = fields.find(NAME);
    String path = fields.get(PATH);
    return new RouteConfig(
        name == null ? (hosts == null || hosts.isEmpty() ? "*" : hosts.getFirst()) + path : name,
        listeners == null ? List.of() : listeners,
        hosts == null ? List.of() : hosts,
        path,
        fields.get(POOL),
        upgrade == null ? Set.of() : Set.copyOf(upgrade),
        fields.get(TIMEOUTS));
  }
}
