package io.gatehouse.appliance.config;

import io.gatehouse.appliance.config.FrontDoor.Pool;
import io.gatehouse.appliance.config.FrontDoor.PoolTls;
import io.gatehouse.health.Endpoint;
import io.gatehouse.health.HealthCheck;
import io.gatehouse.l7.PoolConfig;
import io.gatehouse.l7.PoolConfig.Balance;
import io.gatehouse.l7.PoolConfig.Limits;
import io.gatehouse.l7.PoolConfig.Timeouts;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;

/** {@code pools.NAME}: backends, and how they are used. */
final class PoolSection {
  private static final int DEFAULT_ENDPOINT_WEIGHT = 1;

  private static final Key<InetSocketAddress> ADDRESS =
      Key.required("address", Addresses.ADDRESS_AND_PORT, "Where it listens.");

  static final Key<String> ENDPOINT_NAME =
      Key.optional(
          "name",
          Scalars.NAME,
          "its address",
          "Stable name in logs and metrics; unique in the pool.");

  private static final Key<Integer> WEIGHT =
      Key.of(
          "weight",
          Scalars.whole(0, Endpoint.MAX_WEIGHT),
          DEFAULT_ENDPOINT_WEIGHT,
          "Share of the requests relative to the others; 0 gives none.");

  private static final ObjectType<Endpoint> ENDPOINT_TYPE =
      ObjectType.of("an endpoint", PoolSection::endpoint, ADDRESS, ENDPOINT_NAME, WEIGHT)
          .or(ADDRESS);

  static final Key<List<Endpoint>> ENDPOINTS =
      Key.required(
          "endpoints",
          ListType.of(ENDPOINT_TYPE),
          "Backends; an address alone stands for one with the defaults.");

  private static final Key<Balance> BALANCE =
      Key.of(
          "balance",
          Scalars.choice(Balance.class, Scalars::dashed),
          Balance.ROUND_ROBIN,
          "`round-robin` takes turns; `least-request` takes the less busy of two random ones,"
              + " better where requests differ much in cost.");

  static final Key<PoolTls> TLS =
      Key.optional(
          "tls",
          PoolTlsSection.TYPE,
          "none: connections are in the clear",
          "TLS to the endpoints; `{}` takes the defaults below.");

  private static final Key<Integer> MAX_ATTEMPTS =
      Key.of(
          "maxAttempts",
          Scalars.whole(1, 16),
          PoolConfig.DEFAULT_MAX_ATTEMPTS,
          "Endpoints tried for one request, the first included; a further one only while nothing of"
              + " the request has been sent.");

  private static final Key<Long> CONNECT =
      Key.of(
          "connect",
          Scalars.duration("10ms", "1m"),
          Timeouts.DEFAULT.connectNanos(),
          "To one endpoint, before the next is tried; with TLS, the handshake has as long again.");

  private static final Key<Long> KEEP_ALIVE =
      Key.of(
          "keepAlive",
          Scalars.duration("0s", "1h"),
          Timeouts.DEFAULT.keepAliveNanos(),
          "An idle connection is closed after it. Keep it below the backend's own, or requests meet"
              + " connections that are just being closed.");

  private static final Key<Timeouts> TIMEOUTS =
      Key.of(
          "timeouts",
          ObjectType.of(
              "the timeouts of a pool",
              f -> new Timeouts(f.get(CONNECT), f.get(KEEP_ALIVE)),
              CONNECT,
              KEEP_ALIVE),
          Timeouts.DEFAULT,
          "When to give up on a connection.");

  private static final Key<Integer> MAX_CONNECTIONS =
      Key.of(
          "maxConnections",
          Scalars.whole(1, 1_000_000),
          Limits.DEFAULT.maxConnections(),
          "From one L7 node to one endpoint; 503 beyond. Lower protects backends, higher rides out"
              + " slow ones.");

  private static final Key<Integer> MAX_IDLE =
      Key.of(
          "maxIdleConnections",
          Scalars.whole(0, 100_000),
          Limits.DEFAULT.maxIdleConnections(),
          "Kept open to one endpoint per event loop.");

  private static final Key<Long> MAX_RESPONSE_HEAD =
      Key.of(
          "maxResponseHead",
          Scalars.size("1KiB", "1MiB"),
          (long) Limits.DEFAULT.maxResponseHeadBytes(),
          "Status line and header fields; 502 beyond.");

  private static final Key<Limits> LIMITS =
      Key.of(
          "limits",
          ObjectType.of(
              "the limits of a pool",
              f ->
                  new Limits(
                      f.get(MAX_CONNECTIONS),
                      f.get(MAX_IDLE),
                      Math.toIntExact(f.get(MAX_RESPONSE_HEAD))),
              MAX_CONNECTIONS,
              MAX_IDLE,
              MAX_RESPONSE_HEAD),
          Limits.DEFAULT,
          "What is bounded.");

  private static final Key<Optional<HealthCheck>> HEALTH_CHECK =
      HealthCheckSection.key("the endpoints", HealthCheckSection.FOR_BACKENDS);

  static final ObjectType<Pool> TYPE =
      ObjectType.of(
          "a pool",
          PoolSection::build,
          ENDPOINTS,
          BALANCE,
          TLS,
          HEALTH_CHECK,
          MAX_ATTEMPTS,
          TIMEOUTS,
          LIMITS);

  private PoolSection() {}

  private static Endpoint endpoint(Fields fields) {
    InetSocketAddress address = fields.get(ADDRESS);
    String name = fields.find(ENDPOINT_NAME);
    return new Endpoint(name == null ? Addresses.show(address) : name, address, fields.get(WEIGHT));
  }

  private static Pool build(Fields fields) {
    Optional<HealthCheck> check = fields.find(HEALTH_CHECK);
    return new Pool(
        new PoolConfig(
            fields.name(),
            fields.get(BALANCE),
            fields.get(MAX_ATTEMPTS),
            null,
            fields.get(TIMEOUTS),
            fields.get(LIMITS)),
        Optional.ofNullable(fields.find(TLS)),
        fields.get(ENDPOINTS),
        check == null ? Optional.of(HealthCheckSection.FOR_BACKENDS) : check);
  }
}
