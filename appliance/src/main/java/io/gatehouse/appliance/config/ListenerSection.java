package io.gatehouse.appliance.config;

import io.gatehouse.appliance.config.FrontDoor.Bind;
import io.gatehouse.appliance.config.FrontDoor.Gate;
import io.gatehouse.appliance.config.FrontDoor.Listener;
import io.gatehouse.appliance.config.FrontDoor.ProxyProtocol;
import io.gatehouse.appliance.config.FrontDoor.Tls;
import io.gatehouse.l7.Http2Config;
import io.gatehouse.l7.ListenerConfig.Limits;
import io.gatehouse.l7.ListenerConfig.ProxyGate;
import io.gatehouse.l7.ListenerConfig.Timeouts;
import io.gatehouse.l7.PathPolicy;
import io.gatehouse.l7.PathPolicy.DotSegments;
import io.gatehouse.l7.PathPolicy.EscapedSlashes;
import io.gatehouse.l7.PathPolicy.RepeatedSlashes;
import java.util.List;
import java.util.Optional;

/** {@code listeners.NAME}: where every L7 node takes connections. */
final class ListenerSection {
  private static final Key<Integer> PORT =
      Key.required("port", Scalars.PORT, "Port that it listens on, on every L7 node.");

  private static final Key<Bind> BIND =
      Key.of(
          "bind",
          Scalars.choice(Bind.class, Scalars::dashed),
          Bind.NODE,
          "`node` listens on the node's own address, `any` on all of them.");

  private static final Key<Gate> GATE =
      Key.of(
          "header",
          Scalars.choice(Gate.class, Scalars::dashed),
          Gate.AUTO,
          "`required`: every connection must open with a PROXY header. `off`: none may; the peer is"
              + " the client. `auto`: required if a service leads here. Presence is never"
              + " guessed.");

  private static final Key<List<String>> TRUSTED =
      Key.optional(
          "trusted",
          ListType.orSingle(Addresses.NETWORK),
          "the addresses of the file's L4 nodes",
          "Networks whose peers may send the header; others are closed and counted. Whoever is"
              + " trusted can claim any client address.");

  private static final Key<Long> HEADER_TIMEOUT =
      Key.of(
          "timeout",
          Scalars.duration("100ms", "1m"),
          ProxyGate.NONE.headerTimeoutNanos(),
          "From accept to the whole header; closed and counted after it. The specification asks for"
              + " at least 3 s, so that one lost packet does no harm.");

  private static final Key<Long> MAX_HEADER =
      Key.of(
          "maxHeader",
          Scalars.size("232B", "64KiB"),
          (long) ProxyGate.NONE.maxHeaderBytes(),
          "Largest header, with its TLVs.");

  private static final Key<Boolean> REQUIRE_SIGNED_ORIGIN =
      Key.of(
          "requireSignedOrigin",
          Scalars.BOOLEAN,
          false,
          "Whether the header must be signed with the `cluster.secret`; others are closed and"
              + " counted. An address alone proves little where others can take it.");

  private static final ObjectType<ProxyProtocol> PROXY_TYPE =
      ObjectType.of(
              "the PROXY protocol of a listener",
              f -> {
                List<String> trusted = f.find(TRUSTED);
                return new ProxyProtocol(
                    f.get(GATE),
                    trusted == null ? List.of() : trusted,
                    f.get(HEADER_TIMEOUT),
                    Math.toIntExact(f.get(MAX_HEADER)),
                    f.get(REQUIRE_SIGNED_ORIGIN));
              },
              GATE,
              TRUSTED,
              HEADER_TIMEOUT,
              MAX_HEADER,
              REQUIRE_SIGNED_ORIGIN)
          .or(GATE);

  private static final Key<ProxyProtocol> PROXY_PROTOCOL =
      Key.of(
          "proxyProtocol",
          PROXY_TYPE,
          new ProxyProtocol(
              Gate.AUTO,
              List.of(),
              ProxyGate.NONE.headerTimeoutNanos(),
              ProxyGate.NONE.maxHeaderBytes(),
              false),
          "The gate before everything else; one word sets `header`.");

  private static final Key<Tls> TLS =
      Key.optional("tls", TlsSection.TYPE, "plain HTTP", "TLS termination.");

  private static final Key<Boolean> HTTP2_ENABLED =
      Key.of(
          "enabled",
          Scalars.BOOLEAN,
          true,
          "With TLS, HTTP/2 is offered by ALPN. Without, it is taken from clients that begin with"
              + " it unasked (prior knowledge); there is no upgrade from HTTP/1.1.");

  private static final Key<Integer> MAX_STREAMS =
      Key.of(
          "maxStreams",
          Scalars.whole(1, 100_000),
          Http2Config.DEFAULT.maxStreams(),
          "Requests at once on one connection; more are refused in a way that lets the client try"
              + " again. Higher lets one client take more of a node.");

  private static final Key<Long> STREAM_WINDOW =
      Key.of(
          "streamWindow",
          Scalars.size("64KiB", "64MiB"),
          (long) Http2Config.DEFAULT.streamWindowBytes(),
          "Most of a request body that waits for the backend. An upload gets at most this much in"
              + " one round trip; higher makes uploads over long distances faster and takes more"
              + " memory.");

  private static final Key<Long> CONNECTION_WINDOW =
      Key.of(
          "connectionWindow",
          Scalars.size("64KiB", "1GiB"),
          (long) Http2Config.DEFAULT.connectionWindowBytes(),
          "The same for all request bodies of a connection together: what one client's uploads can"
              + " take of the memory. Never less than `streamWindow`.");

  private static final Key<Long> MAX_AGE =
      Key.of(
          "maxAge",
          Scalars.duration("0s", "24h"),
          Http2Config.DEFAULT.maxAgeNanos(),
          "A connection gets no new requests after this time, give or take a tenth, and closes when"
              + " those under way have ended. Lower spreads long-lived clients over the nodes again"
              + " sooner. `0s`: never.");

  private static final Key<Long> PING =
      Key.of(
          "ping",
          Scalars.duration("0s", "1h"),
          Http2Config.DEFAULT.pingNanos(),
          "A connection with requests under way on which nothing comes for so long is asked whether"
              + " the client is still there, and closed when nothing comes for as long again. `0s`:"
              + " never asked.");

  private static final Key<Integer> MAX_RESETS =
      Key.of(
          "maxResets",
          Scalars.whole(1, 1_000_000),
          Http2Config.DEFAULT.maxResets(),
          "Requests on one connection that a client may break off, or cause to be broken off, in"
              + " ten seconds; the connection is closed beyond. Each costs the backend a request"
              + " that nobody reads.");

  private static final Key<Http2Config> HTTP2 =
      Key.optional(
          "http2",
          ObjectType.of(
                  "the HTTP/2 of a listener",
                  f ->
                      new Http2Config(
                          f.get(HTTP2_ENABLED),
                          f.get(MAX_STREAMS),
                          Math.toIntExact(f.get(STREAM_WINDOW)),
                          Math.toIntExact(Math.max(f.get(STREAM_WINDOW), f.get(CONNECTION_WINDOW))),
                          f.get(MAX_AGE),
                          f.get(PING),
                          f.get(MAX_RESETS)),
                  HTTP2_ENABLED,
                  MAX_STREAMS,
                  STREAM_WINDOW,
                  CONNECTION_WINDOW,
                  MAX_AGE,
                  PING,
                  MAX_RESETS)
              .or(HTTP2_ENABLED),
          "on with TLS, off without",
          "HTTP/2; one word sets `enabled`.");

  private static final Key<Long> HEAD =
      Key.of(
          "head",
          Scalars.duration("100ms", "10m"),
          Timeouts.DEFAULT.headNanos(),
          "From the first byte of a request head to its end; 408 after it. Lower sheds slow senders"
              + " sooner.");

  private static final Key<Long> BODY_IDLE =
      Key.of(
          "bodyIdle",
          Scalars.duration("100ms", "1h"),
          Timeouts.DEFAULT.bodyIdleNanos(),
          "Between two reads of a request body; 408 after it.");

  private static final Key<Long> KEEP_ALIVE =
      Key.of(
          "keepAlive",
          Scalars.duration("0s", "1h"),
          Timeouts.DEFAULT.keepAliveNanos(),
          "An idle connection between requests is closed after it. Higher saves handshakes, lower"
              + " saves memory.");

  private static final Key<Long> WRITE_IDLE =
      Key.of(
          "writeIdle",
          Scalars.duration("100ms", "1h"),
          Timeouts.DEFAULT.writeIdleNanos(),
          "A client that takes no byte of a waiting response for so long is closed.");

  private static final Key<Long> DRAIN =
      Key.of(
          "drain",
          Scalars.duration("0s", "24h"),
          Timeouts.DEFAULT.drainNanos(),
          "How long requests under way may go on after a drain has begun.");

  private static final Key<Timeouts> TIMEOUTS =
      Key.of(
          "timeouts",
          ObjectType.of(
              "the timeouts of a listener",
              f ->
                  new Timeouts(
                      f.get(HEAD),
                      f.get(BODY_IDLE),
                      f.get(KEEP_ALIVE),
                      f.get(WRITE_IDLE),
                      f.get(DRAIN)),
              HEAD,
              BODY_IDLE,
              KEEP_ALIVE,
              WRITE_IDLE,
              DRAIN),
          Timeouts.DEFAULT,
          "When to give up on a client.");

  private static final Key<DotSegments> DOT_SEGMENTS =
      Key.of(
          "dotSegments",
          Scalars.choice(DotSegments.class, Scalars::dashed),
          PathPolicy.DEFAULT.dotSegments(),
          "`/a/../b`, in plain or escaped dots. `normalise`: becomes `/b`; 400 above the root."
              + " `reject`: 400.");

  private static final Key<RepeatedSlashes> REPEATED_SLASHES =
      Key.of(
          "repeatedSlashes",
          Scalars.choice(RepeatedSlashes.class, Scalars::dashed),
          PathPolicy.DEFAULT.repeatedSlashes(),
          "`/a//b`. `keep`: as it is, since object stores have such keys. `merge`: becomes `/a/b`,"
              + " before dot segments are removed; choose it where a backend merges them and a"
              + " route guards a path. `reject`: 400.");

  private static final Key<EscapedSlashes> ESCAPED_SLASHES =
      Key.of(
          "escapedSlashes",
          Scalars.choice(EscapedSlashes.class, Scalars::dashed),
          PathPolicy.DEFAULT.escapedSlashes(),
          "`/a%2Fb` and `/a%5Cb`. `reject`: 400. `keep`: as it is, a part of its segment; 400"
              + " beside a dot segment. Choose it only where no backend decodes them before it"
              + " decides about access. `decode`: `%2F` is a slash from the start; 400 for `%5C`.");

  private static final Key<PathPolicy> PATHS =
      Key.of(
          "pathNormalisation",
          ObjectType.of(
              "the normalisation of paths",
              f ->
                  new PathPolicy(
                      f.get(DOT_SEGMENTS), f.get(REPEATED_SLASHES), f.get(ESCAPED_SLASHES)),
              DOT_SEGMENTS,
              REPEATED_SLASHES,
              ESCAPED_SLASHES),
          PathPolicy.DEFAULT,
          "What becomes of paths that servers read in more than one way, once, before routing;"
              + " backends get the same form. Escapes of letters, digits and `-._~` are always"
              + " decoded.");

  private static final Key<Integer> MAX_CONNECTIONS =
      Key.of(
          "maxConnections",
          Scalars.whole(1, 10_000_000),
          Limits.DEFAULT.maxConnections(),
          "At once on one L7 node; more are closed and counted.");

  private static final Key<Integer> MAX_REQUESTS =
      Key.of(
          "maxRequestsPerConnection",
          Scalars.whole(1, Integer.MAX_VALUE),
          Limits.DEFAULT.maxRequestsPerConnection(),
          "The last answer carries `Connection: close`. Lower spreads long-lived clients over the"
              + " nodes again sooner.");

  private static final Key<Long> MAX_HEAD =
      Key.of(
          "maxHead",
          Scalars.size("1KiB", "1MiB"),
          (long) Limits.DEFAULT.maxHeadBytes(),
          "Request line and header fields; 431 beyond.");

  private static final Key<Long> MAX_TARGET =
      Key.of(
          "maxTarget",
          Scalars.size("64B", "1MiB"),
          (long) Limits.DEFAULT.maxTargetBytes(),
          "Request target; 414 beyond.");

  private static final Key<Integer> MAX_HEADERS =
      Key.of(
          "maxHeaders",
          Scalars.whole(1, 10_000),
          Limits.DEFAULT.maxHeaders(),
          "Number of header fields; 431 beyond.");

  private static final Key<Long> MAX_BODY =
      Key.of(
          "maxBody",
          Scalars.size("0B", "1024GiB"),
          Limits.DEFAULT.maxBodyBytes(),
          "Request body; 413 beyond. Bodies are passed on as they come, not stored.");

  private static final Key<Long> BUFFER =
      Key.of(
          "buffer",
          Scalars.size("16KiB", "64MiB"),
          (long) Limits.DEFAULT_BUFFER_BYTES,
          "Most of an answer that waits for a client that takes it slower than it comes; the"
              + " backend is not read until half of it is gone. Higher lets backends finish sooner,"
              + " at the cost of memory for each slow client.");

  private static final Key<Limits> LIMITS =
      Key.of(
          "limits",
          ObjectType.of(
              "the limits of a listener",
              f ->
                  new Limits(
                      f.get(MAX_CONNECTIONS),
                      f.get(MAX_REQUESTS),
                      Math.toIntExact(f.get(MAX_HEAD)),
                      Math.toIntExact(f.get(MAX_TARGET)),
                      f.get(MAX_HEADERS),
                      f.get(MAX_BODY),
                      Math.toIntExact(f.get(BUFFER))),
              MAX_CONNECTIONS,
              MAX_REQUESTS,
              MAX_HEAD,
              MAX_TARGET,
              MAX_HEADERS,
              MAX_BODY,
              BUFFER),
          Limits.DEFAULT,
          "What a client may ask for.");

  static final ObjectType<Listener> TYPE =
      ObjectType.of(
          "a listener",
          ListenerSection::build,
          PORT,
          BIND,
          TLS,
          HTTP2,
          PATHS,
          PROXY_PROTOCOL,
          TIMEOUTS,
          LIMITS);

  private ListenerSection() {}

  private static Listener build(Fields fields) {
    var tls = Optional.ofNullable(fields.find(TLS));
    var http2 = fields.find(HTTP2);
    var byDefault = tls.isPresent() ? Http2Config.DEFAULT : Http2Config.OFF;
    return new Listener(
        fields.name(),
        fields.get(PORT),
        fields.get(BIND),
        fields.get(PROXY_PROTOCOL),
        tls,
        http2 == null ? byDefault : http2,
        fields.get(PATHS),
        fields.get(TIMEOUTS),
        fields.get(LIMITS));
  }
}
