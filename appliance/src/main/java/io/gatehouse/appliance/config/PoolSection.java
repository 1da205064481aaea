package io.gatehouse.appliance.config;

import io.gatehouse.appliance.config.FrontDoor.Pool;
import io.gatehouse.appliance.config.FrontDoor.PoolTls;
import io.gatehouse.health.Endpoint;
import io.gatehouse.l7.PoolConfig;
import io.gatehouse.l7.PoolConfig.Balance;
import io.gatehouse.l7.PoolConfig.Connections;
import io.gatehouse.l7.PoolConfig.Http2;
import io.gatehouse.l7.PoolConfig.Lifetime;
import io.gatehouse.l7.PoolConfig.Limits;
import io.gatehouse.l7.PoolConfig.Protocol;
import io.gatehouse.l7.PoolConfig.Timeouts;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code pools.NAME}: backends, and how they are used. */
final class PoolSection {
  private static final int DEFAULT_ENDPOINT_WEIGHT = 1;

  private static final Key<InetSocketAddress> ADDRESS =
      Key.required(
          "address",
          Addresses.HOST_AND_PORT,
          "Where it listens. Each address of a name is an endpoint of its own; the name is asked"
              + " for again when its time to live is over, and while nobody can say, the last"
              + " answer stands.");

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

  static final Key<Protocol> PROTOCOL =
      Key.of(
          "protocol",
          Scalars.choice(Protocol.class, Scalars::dashed),
          Protocol.H1,
          "What is spoken to the endpoints: `h1`; `h2` over TLS; `h2c`, HTTP/2 in the clear, which"
              + " the backends must expect; `auto`, HTTP/2 where an endpoint chooses it by ALPN,"
              + " else HTTP/1.1.");

  private static final Key<Integer> MAX_STREAMS =
      Key.of(
          "maxStreams",
          Scalars.whole(1, 10_000),
          Http2.DEFAULT.maxStreams(),
          "Requests at once on one connection, unless the endpoint allows fewer; then another"
              + " connection is opened. Fewer spread a burst over more connections.");

  private static final Key<Long> PING_AFTER =
      Key.of(
          "pingAfter",
          Scalars.duration("1s", "1h"),
          Http2.DEFAULT.pingAfterNanos(),
          "An endpoint with requests under way that has sent nothing for so long is asked by PING"
              + " whether it is there.");

  private static final Key<Long> PING_TIMEOUT =
      Key.of(
          "pingTimeout",
          Scalars.duration("100ms", "1m"),
          Http2.DEFAULT.pingTimeoutNanos(),
          "Without an answer for so long it is not: its requests fail.");

  private static final Key<Long> STREAM_WINDOW =
      Key.of(
          "streamWindow",
          Scalars.size("64KiB", "64MiB"),
          (long) Http2.DEFAULT.streamWindowBytes(),
          "Most of one answer that waits for its client. A backend sends at most this much in one"
              + " round trip; higher makes it faster over long distances and takes more memory.");

  private static final Key<Long> CONNECTION_WINDOW =
      Key.of(
          "connectionWindow",
          Scalars.size("64KiB", "1GiB"),
          (long) Http2.DEFAULT.connectionWindowBytes(),
          "The same for all answers of a connection that are on their way. Never less than"
              + " `streamWindow`.");

  private static final Key<Http2> HTTP2 =
      Key.of(
          "http2",
          ObjectType.of(
              "the HTTP/2 of a pool",
              f ->
                  new Http2(
                      f.get(MAX_STREAMS),
                      f.get(PING_AFTER),
                      f.get(PING_TIMEOUT),
                      Math.toIntExact(f.get(STREAM_WINDOW)),
                      Math.toIntExact(Math.max(f.get(STREAM_WINDOW), f.get(CONNECTION_WINDOW)))),
              MAX_STREAMS,
              PING_AFTER,
              PING_TIMEOUT,
              STREAM_WINDOW,
              CONNECTION_WINDOW),
          Http2.DEFAULT,
          "Connections that carry many requests at once.");

  private static final Key<Long> MAX_AGE =
      Key.of(
          "maxAge",
          Scalars.duration("1s", "24h"),
          Lifetime.DEFAULT.maxAgeNanos(),
          "A connection takes no more requests after it, give or take a tenth. Lower moves load to"
              + " new backends sooner, where they stand behind one address.");

  private static final Key<Integer> MAX_REQUESTS =
      Key.of(
          "maxRequests",
          Scalars.whole(1, Integer.MAX_VALUE),
          Lifetime.DEFAULT.maxRequests(),
          "Requests on one connection.");

  private static final Key<Lifetime> LIFETIME =
      Key.of(
          "lifetime",
          ObjectType.of(
              "the lifetime of a pool's connections",
              f -> new Lifetime(f.get(MAX_AGE), f.get(MAX_REQUESTS)),
              MAX_AGE,
              MAX_REQUESTS),
          Lifetime.DEFAULT,
          "When a connection is replaced.");

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
          "Kept open to one endpoint per event loop. Fewer than a loop needs at once means"
              + " connecting anew for each request beyond them.");

  private static final Key<Integer> PRECONNECT =
      Key.of(
          "preconnect",
          Scalars.whole(0, 1_000),
          Limits.DEFAULT.preconnect(),
          "Connections that each event loop keeps ready to each endpoint that takes work, made"
              + " before a request needs them: it then waits for no connect and no handshake. At"
              + " most `maxIdleConnections`.");

  private static final Key<Long> MAX_RESPONSE_HEAD =
      Key.of(
          "maxResponseHead",
          Scalars.size("1KiB", "1MiB"),
          (long) Limits.DEFAULT.maxResponseHeadBytes(),
          "Status line and header fields; 502 beyond.");

  private static final Key<Long> BUFFER =
      Key.of(
          "buffer",
          Scalars.size("16KiB", "64MiB"),
          (long) Limits.DEFAULT_BUFFER_BYTES,
          "Most of a request that waits for a backend that takes it slower than it comes; the"
              + " client is not read until half of it is gone.");

  private static final Key<Limits> LIMITS =
      Key.of(
          "limits",
          ObjectType.of(
              "the limits of a pool",
              f ->
                  new Limits(
                      f.get(MAX_CONNECTIONS),
                      f.get(MAX_IDLE),
                      Math.min(f.get(PRECONNECT), f.get(MAX_IDLE)),
                      Math.toIntExact(f.get(MAX_RESPONSE_HEAD)),
                      Math.toIntExact(f.get(BUFFER))),
              MAX_CONNECTIONS,
              MAX_IDLE,
              PRECONNECT,
              MAX_RESPONSE_HEAD,
              BUFFER),
          Limits.DEFAULT,
          "What is bounded.");

  private static final Key<Optional<CheckPolicy>> HEALTH_CHECK =
      HealthCheckSection.key("the endpoints", HealthCheckSection.FOR_BACKENDS);

  static final ObjectType<Pool> TYPE =
      ObjectType.of(
          "a pool",
          PoolSection::build,
          ENDPOINTS,
          BALANCE,
          PROTOCOL,
          TLS,
          HTTP2,
          LIFETIME,
          HEALTH_CHECK,
          MAX_ATTEMPTS,
          TIMEOUTS,
          LIMITS);

  private PoolSection() {}

  private static boolean fits(Fields fields) {
    Protocol protocol = fields.get(PROTOCOL);
    boolean needsTls = protocol == Protocol.H2 || protocol == Protocol.AUTO;
    if (needsTls && !fields.has(TLS)) {
      fields.error(
          fields.at(PROTOCOL),
          "conflicting-keys",
          "protocol '%s' needs TLS".formatted(Scalars.dashed(protocol)),
          "add 'tls: {}', or write 'protocol: h2c' for HTTP/2 in the clear");
      return false;
    }
    if (protocol == Protocol.H2C && fields.has(TLS)) {
      fields.error(
          fields.at(PROTOCOL),
          "conflicting-keys",
          "protocol 'h2c' is HTTP/2 without TLS, and 'tls' stands beside it",
          "write 'protocol: h2', or leave out 'tls'");
      return false;
    }
    return true;
  }

  private static Endpoint endpoint(Fields fields) {
    InetSocketAddress address = fields.get(ADDRESS);
    String name = fields.find(ENDPOINT_NAME);
    return new Endpoint(name == null ? Addresses.show(address) : name, address, fields.get(WEIGHT));
  }

  private static @Nullable Pool build(Fields fields) {
    if (!fits(fields)) {
      return null;
    }
    Optional<CheckPolicy> check = fields.find(HEALTH_CHECK);
    return new Pool(
        new PoolConfig(
            fields.name(),
            fields.get(BALANCE),
            fields.get(MAX_ATTEMPTS),
            new Connections(Protocol.H1, null, fields.get(HTTP2), fields.get(LIFETIME)),
            fields.get(TIMEOUTS),
            fields.get(LIMITS)),
        fields.get(PROTOCOL),
        Optional.ofNullable(fields.find(TLS)),
        fields.get(ENDPOINTS),
        check == null
            ? Optional.of(HealthCheckSection.unsaid(HealthCheckSection.FOR_BACKENDS))
            : check);
  }
}
