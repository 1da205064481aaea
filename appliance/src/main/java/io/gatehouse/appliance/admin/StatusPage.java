package io.gatehouse.appliance.admin;

import io.gatehouse.appliance.config.NodePlan;
import io.gatehouse.appliance.json.JsonWriter;
import io.gatehouse.health.EndpointHealth;
import io.gatehouse.health.HealthMonitor;
import io.gatehouse.health.HealthSnapshot;
import io.gatehouse.l4.L4Tier;
import io.gatehouse.l7.L7Status;
import io.gatehouse.l7.L7Tier;
import io.gatehouse.membership.Ring;
import io.gatehouse.membership.RingKeys;
import io.gatehouse.transport.Transport;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** {@code /status}: everything this node knows about itself and the others, as JSON. */
public final class StatusPage {
  private final NodePlan plan;
  private final Transport transport;
  private final Ring ring;
  private final HealthMonitor health;
  private final @Nullable L4Tier l4;
  private final @Nullable L7Tier l7;
  private final Supplier<Readiness> readiness;
  private final Supplier<DrainStatus> drain;
  private final Clock clock = Clock.systemUTC();

  /**
   * @param l4 null if the node has no L4 role
   * @param l7 null if the node has no L7 role
   */
  public StatusPage(
      NodePlan plan,
      Transport transport,
      Ring ring,
      HealthMonitor health,
      @Nullable L4Tier l4,
      @Nullable L7Tier l7,
      Supplier<Readiness> readiness,
      Supplier<DrainStatus> drain) {
    this.plan = plan;
    this.transport = transport;
    this.ring = ring;
    this.health = health;
    this.l4 = l4;
    this.l7 = l7;
    this.readiness = readiness;
    this.drain = drain;
  }

  /** The page, as of now. */
  public AdminServer.Page page() {
    var json = new JsonWriter(4096).beginObject();
    DrainStatus drained = drain.get();
    json.field("node", plan.node()).field("draining", drained.announced());
    json.name("drain").beginObject();
    drained.writeTo(json);
    json.endObject();
    Readiness ready = readiness.get();
    json.field("ready", ready.ready());
    if (!ready.ready()) {
      json.field("not_ready_why", ready.why());
    }
    json.field("time", clock.instant().toString());
    json.field("configuration_hash", plan.configurationHash());
    json.field("uptime_seconds", ManagementFactory.getRuntimeMXBean().getUptime() / 1000);
    json.name("transport").beginObject();
    json.field("name", transport.name()).field("why", transport.reason());
    json.field("event_loops", plan.eventLoops()).endObject();
    if (l4 != null) {
      L4StatusJson.write(json, l4.status());
    }
    if (l7 != null) {
      l7(json, l7.status());
    }
    health(json, health.snapshot());
    boolean encrypted = !(plan.ring().security().keys() instanceof RingKeys.None);
    new RingJson(plan.node(), new Drift(plan.configurationHash()), encrypted).write(json, ring);
    HealthMatrixJson.write(json, health.matrix(), health.snapshot());
    return new AdminServer.Page(200, "application/json", json.endObject().newLine().toByteArray());
  }

  private void l7(JsonWriter json, L7Status status) {
    json.name("l7").beginObject().name("buffer_memory").beginObject();
    json.field("used_bytes", status.memory().usedBytes());
    json.field("limit_bytes", status.memory().limitBytes());
    json.field("scarce", status.memory().scarce()).endObject();
    json.name("listeners").beginArray();
    for (L7Status.Listener listener : status.listeners()) {
      json.beginObject().field("name", listener.name());
      json.field("listen", texts(listener.addresses())).field("tls", listener.tls());
      json.field("connections", listener.connections()).endObject();
    }
    json.endArray().name("routes").beginArray();
    for (L7Status.Route route : status.routes()) {
      json.beginObject().field("name", route.name()).field("listeners", route.listeners());
      json.field("hosts", route.hosts()).field("path", route.pathPrefix());
      json.field("pool", route.pool()).endObject();
    }
    json.endArray().name("pools").beginArray();
    for (L7Status.Pool pool : status.pools()) {
      json.beginObject().field("name", pool.name()).name("endpoints").beginArray();
      for (L7Status.Endpoint endpoint : pool.endpoints()) {
        json.beginObject().field("name", endpoint.name());
        json.field("address", text(endpoint.address())).field("weight", endpoint.weight());
        json.field("verdict", endpoint.verdict().name()).field("cause", endpoint.cause());
        json.field("active_requests", endpoint.activeRequests());
        json.field("open_connections", endpoint.openConnections());
        json.field("idle_connections", endpoint.idleConnections()).endObject();
      }
      json.endArray().endObject();
    }
    json.endArray().name("certificates").beginArray();
    for (L7Status.Certificate certificate : status.certificates()) {
      json.beginObject().field("name", certificate.name());
      json.field("listener", certificate.listener()).field("names", certificate.names());
      json.field("not_after", certificate.notAfter().toString());
      json.field("days_left", Duration.between(clock.instant(), certificate.notAfter()).toDays());
      json.endObject();
    }
    json.endArray().endObject();
  }

  private static void health(JsonWriter json, HealthSnapshot snapshot) {
    json.name("health").beginObject().field("generation", snapshot.generation());
    json.name("pools").beginObject();
    snapshot.pools().keySet().stream()
        .sorted()
        .forEach(
            pool -> {
              json.name(pool).beginArray();
              for (EndpointHealth endpoint : snapshot.pool(pool)) {
                json.beginObject().field("endpoint", endpoint.endpoint().name());
                json.field("verdict", endpoint.verdict().name());
                json.field("cause", endpoint.cause());
                json.field("takes_work", endpoint.takesWork());
                json.field("weight", endpoint.endpoint().weight());
                json.field("since", endpoint.since().toString()).endObject();
              }
              json.endArray();
            });
    json.endObject();
    json.field("panicking", snapshot.panicking().stream().sorted().toList());
    json.endObject();
  }

  static List<String> texts(Collection<InetSocketAddress> addresses) {
    return addresses.stream().map(StatusPage::text).toList();
  }

  static String text(InetSocketAddress address) {
    String host =
        address.isUnresolved() ? address.getHostString() : address.getAddress().getHostAddress();
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + address.getPort();
  }
}
