package io.gatehouse.appliance.config;

import io.gatehouse.appliance.config.FrontDoor.Service;
import io.gatehouse.appliance.config.FrontDoor.SniRoute;
import io.gatehouse.appliance.config.FrontDoor.Target;
import io.gatehouse.appliance.config.ScalarType.WrongWordException;
import io.gatehouse.l4.HeaderTlv;
import io.gatehouse.l4.RateLimit;
import io.gatehouse.l4.ServiceConfig;
import io.gatehouse.l4.ServiceConfig.HashKey;
import io.gatehouse.l4.ServiceConfig.Limits;
import io.gatehouse.l4.ServiceConfig.Timeouts;
import io.gatehouse.l4.ServiceConfig.WhenNodeRemoved;
import io.gatehouse.l4.SourceRateLimit;
import java.math.BigInteger;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** {@code services.NAME}: a virtual service of the L4 tier. */
final class ServiceSection {
  private static final int MAX_CONNECTIONS = 10_000_000;
  private static final int MIN_TABLE_SIZE = 7;
  private static final int MAX_TABLE_SIZE = 9_999_991;

  private static final Key<Integer> PORT =
      Key.optional(
          "port",
          Scalars.PORT,
          "`listen` says where",
          "Port on every L4 node's own address. Either this or `listen`.");

  private static final Key<List<InetSocketAddress>> LISTEN =
      Key.optional(
          "listen",
          ListType.orSingle(Addresses.ADDRESS_AND_PORT),
          "`port` on each L4 node's own address",
          "Addresses that every L4 node listens on, such as one announced by several nodes.");

  /** What may stand in place of a target. */
  private enum NoTarget {
    NONE
  }

  private static final Key<NoTarget> DEFAULT =
      Key.optional(
          "default",
          Scalars.choice(NoTarget.class, Scalars::dashed),
          "`to` or `toPool` says where",
          "With `sni`, in place of `to` and `toPool`: `none` closes every connection whose server"
              + " name no route has.");

  private static final Key<List<SniRoute>> SNI =
      Key.optional(
          "sni",
          ListType.of(SniRouteSection.TYPE),
          "all connections go the same way",
          "TLS connections go by the server name that the client asks for, without being"
              + " terminated. What names nothing, is not TLS or shows no whole ClientHello in time"
              + " goes where the service's own `to` or `toPool` says.");

  private static final Key<HashKey> HASH =
      Key.of(
          "hash",
          Scalars.choice(
              HashKey.class,
              key ->
                  switch (key) {
                    case FIVE_TUPLE -> "5-tuple";
                    case SOURCE_IP -> "source-ip";
                  }),
          HashKey.FIVE_TUPLE,
          "What chooses the L7 node: `5-tuple` spreads best; `source-ip` keeps a client at its"
              + " node.");

  private static final Key<Integer> TABLE_SIZE =
      Key.of(
          "tableSize",
          new ScalarType<>(
              "a prime from %d to %d".formatted(MIN_TABLE_SIZE, MAX_TABLE_SIZE),
              String.valueOf(ServiceConfig.DEFAULT_TABLE_SIZE),
              ServiceSection::prime,
              json ->
                  json.field("type", "integer")
                      .field("minimum", MIN_TABLE_SIZE)
                      .field("maximum", MAX_TABLE_SIZE),
              String::valueOf),
          ServiceConfig.DEFAULT_TABLE_SIZE,
          "Entries of the Maglev table, a prime well above 100 × the number of L7 nodes. Larger"
              + " moves fewer connections when nodes come and go, and takes memory and cache."
              + " All L4 nodes must agree.");

  private static final Key<Long> CONNECT =
      Key.of(
          "connect",
          Scalars.duration("10ms", "1m"),
          Timeouts.DEFAULT.connectNanos(),
          "To one L7 node, before the next is tried.");

  private static final Key<Long> IDLE =
      Key.of(
          "idle",
          Scalars.duration("1s", "24h"),
          Timeouts.DEFAULT.idleNanos(),
          "A connection without a byte in either direction for so long is closed. Lower frees"
              + " memory sooner; keep it above the L7 tier's own.");

  private static final Key<Long> DRAIN =
      Key.of(
          "drain",
          Scalars.duration("0s", "24h"),
          Timeouts.DEFAULT.drainNanos(),
          "How long connections may go on after a drain has begun. Those that do not end by"
              + " themselves are closed one after another over the second half of it, so that their"
              + " clients do not all come back at once.");

  private static final Key<Long> SNI_TIMEOUT =
      Key.of(
          "sni",
          Scalars.duration("100ms", "1m"),
          Timeouts.DEFAULT_SNI_NANOS,
          "From the accept to a whole TLS ClientHello, with `sni`. Counted after it.");

  private static final Key<Long> LIFETIME =
      Key.of(
          "maxLifetime",
          Scalars.duration("0s", "720h"),
          Timeouts.UNLIMITED,
          "How long a connection may be open, however busy it is; `0s` for ever. A bound makes"
              + " clients come back and spread over new L7 nodes.");

  private static final Key<Long> PROTECT_AFTER =
      Key.of(
          "protectAfter",
          Scalars.duration("0s", "1m"),
          Timeouts.DEFAULT_SETTLE_NANOS,
          "From the accept until a connection is taken over by the kernel and kept for a successor"
              + " of this process. A connection that ends earlier is not worth the effort; one that"
              + " is younger when the process is killed breaks.");

  private static final Key<Timeouts> TIMEOUTS =
      Key.of(
          "timeouts",
          ObjectType.of(
              "the timeouts of a service",
              f ->
                  new Timeouts(
                      f.get(CONNECT),
                      f.get(IDLE),
                      f.get(DRAIN),
                      f.get(SNI_TIMEOUT),
                      f.get(LIFETIME),
                      f.get(PROTECT_AFTER)),
              CONNECT,
              IDLE,
              DRAIN,
              SNI_TIMEOUT,
              LIFETIME,
              PROTECT_AFTER),
          Timeouts.DEFAULT,
          "When to give up.");

  private static final Key<Integer> CONNECTIONS =
      Key.of(
          "maxConnections",
          Scalars.whole(1, MAX_CONNECTIONS),
          Limits.DEFAULT.maxConnections(),
          "At once on one L4 node; more are closed and counted. Each takes two file descriptors.");

  private static final Key<Integer> CONNECT_ATTEMPTS =
      Key.of(
          "maxConnectAttempts",
          Scalars.whole(1, 16),
          Limits.DEFAULT.maxConnectAttempts(),
          "L7 nodes tried for one connection, the first included.");

  private static final Key<Long> BUFFER =
      Key.of(
          "buffer",
          Scalars.size("4KiB", "64MiB"),
          (long) Limits.DEFAULT.bufferBytes(),
          "Kernel memory of one connection and direction for what is on its way to a reader, and as"
              + " much again for what waits to be read from the sender: a reader who stops costs"
              + " twice this at most. It bounds what one connection moves per round trip: higher"
              + " helps on long fat networks. Without CAP_NET_ADMIN the kernel allows twice"
              + " net.core.wmem_max at most.");

  private static final Key<Integer> CONNECTIONS_PER_NODE =
      Key.optional(
          "maxConnectionsPerNode",
          Scalars.whole(1, MAX_CONNECTIONS),
          "as many as `maxConnections`",
          "At once from one L4 node to one L7 node; a full one is passed over and counted, and a"
              + " connection for which all are full is closed. Keeps the failure of some nodes from"
              + " drowning the rest.");

  private static final Key<RateLimit> NEW_CONNECTIONS =
      Key.optional(
          "newConnections",
          ConnectionRates.OF_SERVICE,
          "as many as come",
          "New connections of all clients on one L4 node; more are closed and counted. Protects the"
              + " L7 tier from a flood of handshakes. A number alone sets `perSecond`.");

  private static final Key<SourceRateLimit> NEW_CONNECTIONS_PER_SOURCE =
      Key.optional(
          "newConnectionsPerSource",
          ConnectionRates.OF_SOURCE,
          "as many as come",
          "The same for each client network. Clients behind one NAT share an address: set it well"
              + " above what one of them needs. Takes 2 MiB of memory, however many clients come.");

  private static final Key<Limits> LIMITS =
      Key.of(
          "limits",
          ObjectType.of(
              "the limits of a service",
              ServiceSection::limits,
              CONNECTIONS,
              CONNECTIONS_PER_NODE,
              CONNECT_ATTEMPTS,
              BUFFER,
              NEW_CONNECTIONS,
              NEW_CONNECTIONS_PER_SOURCE),
          Limits.DEFAULT,
          "What is bounded.");

  private static final Key<Long> SLOW_START =
      Key.of(
          "slowStart",
          Scalars.duration("0s", "1h"),
          0L,
          "How long an L7 node that comes back, or joins, takes to get its whole share of new"
              + " connections: a tenth at once, then evenly more. Gives caches and JITs time to"
              + " warm up; 0s gives it all at once.");

  /** What the operator may ask for; signatures follow from the secret. */
  private enum ProxyTlv {
    UNIQUE_ID(HeaderTlv.UNIQUE_ID),
    CRC32C(HeaderTlv.CRC32C),
    AUTHORITY(HeaderTlv.AUTHORITY),
    ALPN(HeaderTlv.ALPN);

    final HeaderTlv tlv;

    ProxyTlv(HeaderTlv tlv) {
      this.tlv = tlv;
    }
  }

  private static final Key<List<ProxyTlv>> PROXY_TLVS =
      Key.of(
          "proxyTlvs",
          ListType.of(Scalars.choice(ProxyTlv.class, Scalars::dashed)),
          List.of(ProxyTlv.UNIQUE_ID, ProxyTlv.CRC32C),
          "What a PROXY v2 header says besides addresses: the connection's `unique-id`, a checksum"
              + " (`crc32c`), the server name (`authority`) and the first protocol (`alpn`) that a"
              + " TLS client asks for. The last two make the L4 node wait for the ClientHello, so"
              + " they are not for protocols where the server speaks first.");

  private static final Key<WhenNodeRemoved> WHEN_NODE_REMOVED =
      Key.of(
          "whenNodeRemoved",
          Scalars.choice(WhenNodeRemoved.class, Scalars::dashed),
          WhenNodeRemoved.LEAVE,
          "What becomes of the connections of an L7 node that leaves or is down. `leave` lets them"
              + " go on: a node that fails its probes may still serve them. `close` makes clients"
              + " connect anew, to another node, where waiting for an idle timeout is worse.");

  private static final Key<Optional<CheckPolicy>> HEALTH_CHECK =
      HealthCheckSection.key("L7 nodes", HealthCheckSection.FOR_L7_NODES);

  static final ObjectType<Service> TYPE =
      ObjectType.of(
              "a service",
              ServiceSection::build,
              PORT,
              LISTEN,
              TargetKeys.TO,
              TargetKeys.TO_POOL,
              TargetKeys.PROXY_PROTOCOL,
              PROXY_TLVS,
              SNI,
              DEFAULT,
              HASH,
              TABLE_SIZE,
              SLOW_START,
              WHEN_NODE_REMOVED,
              HEALTH_CHECK,
              TIMEOUTS,
              LIMITS)
          .withExample("{ port: 443, to: web }");

  private ServiceSection() {}

  private static @Nullable Service build(Fields fields) {
    if (fields.has(PORT) == fields.has(LISTEN)) {
      fields.error(
          fields.at(LISTEN),
          fields.has(PORT) ? "conflicting-keys" : "missing-key",
          fields.has(PORT)
              ? "a service takes 'port' or 'listen', not both"
              : "a service needs the key 'port' or 'listen'",
          "'port: 443' listens on each L4 node's own address, 'listen: [\"192.0.2.1:443\"]' on"
              + " that address");
    }
    Integer port = fields.find(PORT);
    List<InetSocketAddress> listen = fields.find(LISTEN);
    Optional<CheckPolicy> check = fields.find(HEALTH_CHECK);
    List<SniRoute> sni = fields.find(SNI);
    Target target = TargetKeys.find(fields);
    if (target == null && !hasAnotherWay(fields)) {
      return null;
    }
    if (target != null && fields.has(DEFAULT)) {
      fields.error(
          fields.at(DEFAULT),
          "conflicting-keys",
          "'default: none' and '%s' contradict each other"
              .formatted(fields.has(TargetKeys.TO) ? "to" : "toPool"),
          "leave out the one or the other");
    }
    return new Service(
        fields.name(),
        port == null ? OptionalInt.empty() : OptionalInt.of(port),
        listen == null ? List.of() : listen,
        Optional.ofNullable(target),
        sni == null ? List.of() : sni,
        fields.get(HASH),
        fields.get(TABLE_SIZE),
        fields.get(TIMEOUTS),
        fields.get(LIMITS),
        fields.get(SLOW_START),
        fields.get(WHEN_NODE_REMOVED),
        fields.get(PROXY_TLVS).stream().map(chosen -> chosen.tlv).collect(Collectors.toSet()),
        check == null
            ? Optional.of(HealthCheckSection.unsaid(HealthCheckSection.FOR_L7_NODES))
            : check);
  }

  /** Judges a service without a target; false if it leads nowhere. */
  private static boolean hasAnotherWay(Fields fields) {
    if (TargetKeys.has(fields)) {
      return false; // reported where it stands
    }
    boolean closes = fields.find(DEFAULT) == NoTarget.NONE;
    if (!closes) {
      fields.error(
          fields.at(),
          "missing-key",
          "a service needs the key 'to' or 'toPool'",
          "'to' names a listener of the L7 tier, 'toPool' a pool; with 'sni', 'default: none'"
              + " closes what no route has");
    } else if (!fields.has(SNI)) {
      fields.error(
          fields.at(DEFAULT),
          "conflicting-keys",
          "without 'sni', 'default: none' leads nowhere",
          "add 'sni', or 'to' in place of 'default'");
    }
    return closes && fields.has(SNI);
  }

  private static Limits limits(Fields fields) {
    Integer perNode = fields.find(CONNECTIONS_PER_NODE);
    return new Limits(
        fields.get(CONNECTIONS),
        fields.get(CONNECT_ATTEMPTS),
        Math.toIntExact(fields.get(BUFFER)),
        perNode == null ? Integer.MAX_VALUE : perNode,
        fields.find(NEW_CONNECTIONS),
        fields.find(NEW_CONNECTIONS_PER_SOURCE));
  }

  private static Integer prime(String text) throws WrongWordException {
    if (!text.matches("[0-9]{1,9}")) {
      throw new WrongWordException(null);
    }
    int value = Integer.parseInt(text);
    if (value < MIN_TABLE_SIZE || value > MAX_TABLE_SIZE) {
      throw new WrongWordException(
          "out-of-range",
          "is %d, not %d to %d".formatted(value, MIN_TABLE_SIZE, MAX_TABLE_SIZE),
          "65537 suits hundreds of L7 nodes, 655373 thousands");
    }
    BigInteger size = BigInteger.valueOf(value);
    if (!size.isProbablePrime(50)) {
      throw new WrongWordException(
          "not-prime",
          "is %d, which is no prime".formatted(value),
          "the next prime is %s".formatted(size.nextProbablePrime()));
    }
    return value;
  }
}
