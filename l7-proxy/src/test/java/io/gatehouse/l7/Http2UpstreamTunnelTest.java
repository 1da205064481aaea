package io.gatehouse.l7;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.l7.PoolConfig.Protocol;
import io.gatehouse.testkit.h2.Frame;
import io.gatehouse.testkit.h2.FrameClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** WebSockets to backends that speak HTTP/2 (RFC 8441). */
class Http2UpstreamTunnelTest {
  private static final int ENABLE_CONNECT_PROTOCOL = 8;
  private static final long LONG = SECONDS.toNanos(30);

  private static final String ASK =
      "GET /chat HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
          + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

  private static void start(TierFixture fixture, RawBackend backend) {
    fixture.upgrade = Set.of(Upgrade.WEBSOCKET);
    fixture.connections =
        new PoolConfig.Connections(
            Protocol.H2C, null, PoolConfig.Http2.DEFAULT, PoolConfig.Lifetime.DEFAULT);
    fixture.backend(backend);
    fixture.start();
  }

  /** Agrees, then sends back what it gets, and its end. */
  private static void echo(Http2Backend backend, CompletableFuture<String> asked)
      throws IOException {
    var head = backend.await(Http2Backend.HEADERS);
    asked.complete(new String(head.payload(), StandardCharsets.ISO_8859_1));
    assertThat(head.endsStream()).isFalse();
    backend.send(Http2Backend.HEADERS, Http2Backend.END_HEADERS, head.stream(), Http2Backend.OK);
    while (true) {
      var data = backend.await(Http2Backend.DATA);
      int flags = data.flags() & Http2Backend.END_STREAM;
      backend.send(Http2Backend.DATA, flags, data.stream(), data.payload());
    }
  }

  @OnEachTransport
  void carriesOneFromAClientOfHttp1(TierFixture fixture) throws Exception {
    var asked = new CompletableFuture<String>();
    start(
        fixture,
        Http2Backend.running(
            (backend, number) -> echo(backend, asked), ENABLE_CONNECT_PROTOCOL, 1));
    try (var client = fixture.connect().send(ASK)) {
      assertThat(HttpMessage.readHead(client.in()))
          .startsWith("HTTP/1.1 101 Switching Protocols\r\n")
          .contains("connection: upgrade\r\n", "upgrade: websocket\r\n")
          .contains("sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n");
      assertThat(asked.get(10, SECONDS))
          .contains("CONNECT", ":protocol", "websocket", "/chat", "a.test")
          .contains("sec-websocket-version")
          .doesNotContain("sec-websocket-key", "upgrade");
      client.send("one");
      assertThat(client.in().readNBytes(3)).asString().isEqualTo("one");
      client.send("two").socket().shutdownOutput();
      assertThat(client.in().readAllBytes()).asString().isEqualTo("two");
    }
    var record = fixture.recordings.next();
    assertThat(record.status()).isEqualTo(101);
    assertThat(record.upgrade()).isEqualTo("websocket");
    assertThat(record.flags()).isEqualTo("-");
    fixture.awaitCount(L7Counter.TUNNELS_OPEN, 0);
  }

  @OnEachTransport
  void carriesOneFromAClientOfHttp2(TierFixture fixture) throws Exception {
    fixture.http2 = Http2Config.DEFAULT;
    var asked = new CompletableFuture<String>();
    start(
        fixture,
        Http2Backend.running(
            (backend, number) -> echo(backend, asked), ENABLE_CONNECT_PROTOCOL, 1));
    try (var client = FrameClient.connect(fixture.address()).begin()) {
      client.headers(
          1,
          false,
          ":method",
          "CONNECT",
          ":protocol",
          "websocket",
          ":scheme",
          "https",
          ":authority",
          "a.test",
          ":path",
          "/chat",
          "sec-websocket-version",
          "13");
      assertThat(client.await(Frame.HEADERS).status()).isEqualTo(200);
      client.data(1, true, "hello");
      var data = client.await(Frame.DATA);
      assertThat(data.text()).isEqualTo("hello");
      assertThat(data.endsStream() || client.await(Frame.DATA).endsStream()).isTrue();
    }
    assertThat(fixture.recordings.next().flags()).isEqualTo("-");
  }

  @OnEachTransport
  void asksPlainlyWhereTheBackendTakesNone(TierFixture fixture) throws Exception {
    var asked = new CompletableFuture<String>();
    start(
        fixture,
        Http2Backend.running(
            (backend, number) -> {
              var head = backend.await(Http2Backend.HEADERS);
              asked.complete(new String(head.payload(), StandardCharsets.ISO_8859_1));
              backend.answer(head.stream(), "no");
              backend.awaitClose();
            }));
    try (var client = fixture.connect().send(ASK)) {
      assertThat(client.response().text()).isEqualTo("no");
      assertThat(asked.get(10, SECONDS)).doesNotContain("CONNECT", ":protocol");
    }
    assertThat(fixture.count(L7Counter.TUNNELS)).isZero();
  }

  @OnEachTransport
  void passesARefusalOn(TierFixture fixture) throws Exception {
    start(
        fixture,
        Http2Backend.running(
            (backend, number) -> {
              var head = backend.await(Http2Backend.HEADERS);
              // :status: 404, by the static table
              backend.send(
                  Http2Backend.HEADERS,
                  Http2Backend.END_HEADERS | Http2Backend.END_STREAM,
                  head.stream(),
                  (byte) 0x8D);
              backend.awaitClose();
            },
            ENABLE_CONNECT_PROTOCOL,
            1));
    try (var client = fixture.connect().send(ASK)) {
      assertThat(client.response().status()).isEqualTo(404);
    }
    assertThat(fixture.count(L7Counter.TUNNELS)).isZero();
  }

  @OnEachTransport
  void passesAResetOn(TierFixture fixture) throws Exception {
    start(
        fixture,
        Http2Backend.running(
            (backend, number) -> {
              var head = backend.await(Http2Backend.HEADERS);
              backend.send(
                  Http2Backend.HEADERS, Http2Backend.END_HEADERS, head.stream(), Http2Backend.OK);
              var data = backend.await(Http2Backend.DATA);
              backend.sendNumber(Http2Backend.RST_STREAM, data.stream(), 8);
              backend.awaitClose();
            },
            ENABLE_CONNECT_PROTOCOL,
            1));
    try (var client = fixture.connect().send(ASK)) {
      HttpMessage.readHead(client.in());
      client.send("x");
      assertThat(client.isClosedByPeer()).isTrue();
    }
    assertThat(fixture.recordings.next().reason()).isEqualTo("upstream_reset_stream");
    fixture.awaitCount(L7Counter.TUNNELS_OPEN, 0);
  }

  @OnEachTransport
  void endsOneInWhichNothingMoves(TierFixture fixture) throws Exception {
    fixture.routeTimeouts = new RouteConfig.Timeouts(LONG, LONG, MILLISECONDS.toNanos(400), LONG);
    var reset = new CompletableFuture<Integer>();
    start(
        fixture,
        Http2Backend.running(
            (backend, number) -> {
              var head = backend.await(Http2Backend.HEADERS);
              backend.send(
                  Http2Backend.HEADERS, Http2Backend.END_HEADERS, head.stream(), Http2Backend.OK);
              reset.complete(backend.await(Http2Backend.RST_STREAM).number());
            },
            ENABLE_CONNECT_PROTOCOL,
            1));
    try (var client = fixture.connect().send(ASK)) {
      HttpMessage.readHead(client.in());
      assertThat(client.isClosedByPeer()).isTrue();
    }
    assertThat(fixture.recordings.next().reason()).isEqualTo("tunnel_idle_timeout");
    assertThat(reset.get(10, SECONDS)).as("CANCEL").isEqualTo(8);
  }
}
