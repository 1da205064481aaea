package io.gatehouse.l7;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;

/** What an Upgrade or CONNECT turns a connection into, and what it doesn't. */
class TunnelTest {
  private static final String ASK =
      "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n"
          + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
  private static final String AGREE =
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
          + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
  private static final long SHORT = MILLISECONDS.toNanos(400);
  private static final long LONG = SECONDS.toNanos(30);

  /** Agrees, then sends back what it gets until the end of input, and ends. */
  private static RawBackend echoing() throws IOException {
    return new RawBackend(
        connection -> {
          connection.requestHead();
          connection.send(AGREE);
          connection.in().transferTo(connection.socket().getOutputStream());
        });
  }

  private static RawClient open(TierFixture fixture) throws IOException {
    var client = fixture.connect().send(ASK);
    String head = HttpMessage.readHead(client.in());
    assertThat(head).startsWith("HTTP/1.1 101 Switching Protocols\r\n");
    return client;
  }

  private static TierFixture webSockets(TierFixture fixture) {
    fixture.upgrade = Set.of(Upgrade.WEBSOCKET);
    return fixture;
  }

  @OnEachTransport
  void passesTheHandshakeOfAWebSocket(TierFixture fixture) throws Exception {
    var asked = new CompletableFuture<String>();
    webSockets(fixture)
        .backend(
            new RawBackend(
                connection -> {
                  asked.complete(connection.requestHead());
                  connection.send(AGREE);
                  connection.awaitClose();
                }));
    fixture.start();
    try (var client = fixture.connect().send(ASK)) {
      String head = HttpMessage.readHead(client.in());
      assertThat(head)
          .startsWith("HTTP/1.1 101 Switching Protocols\r\n")
          .contains("connection: upgrade\r\n", "upgrade: websocket\r\n", "x-request-id: ")
          .contains("sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n")
          .doesNotContain("content-length", "transfer-encoding");
      assertThat(asked.get(10, SECONDS))
          .contains("connection: upgrade\r\n", "upgrade: websocket\r\n", "x-forwarded-for: ")
          .contains("sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n")
          .doesNotContain("keep-alive");
      assertThat(fixture.count(L7Counter.TUNNELS_OPEN)).isEqualTo(1);
    }
    var record = fixture.recordings.next();
    assertThat(record.status()).isEqualTo(101);
    assertThat(record.upgrade()).isEqualTo("websocket");
    fixture.awaitCount(L7Counter.TUNNELS_OPEN, 0);
    assertThat(fixture.count(L7Counter.TUNNELS)).isEqualTo(1);
    assertThat(fixture.health.reports()).isEmpty();
  }

  @OnEachTransport
  void carriesBytesBothWaysAndEachEndByItself(TierFixture fixture) throws Exception {
    // More than any limit on bodies: a tunnel has no body.
    fixture.limits = new ListenerConfig.Limits(10, 10, 4096, 1000, 20, 1000);
    var backend = webSockets(fixture).backend(echoing());
    fixture.start();
    byte[] sent = new byte[5_000_000];
    new SplittableRandom(1).nextBytes(sent);
    try (var client = open(fixture)) {
      var sending =
          CompletableFuture.runAsync(
              () -> {
                try {
                  client.send(sent);
                  client.socket().shutdownOutput();
                } catch (IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              });
      assertThat(client.in().readNBytes(sent.length)).isEqualTo(sent);
      assertThat(client.in().read()).as("the backend's end comes through").isEqualTo(-1);
      sending.get(10, SECONDS);
    }
    var record = fixture.recordings.next();
    assertThat(record.flags()).isEqualTo("-");
    assertThat(record.requestBodyBytes()).isEqualTo(sent.length);
    assertThat(record.responseBodyBytes()).isEqualTo(sent.length);
    TierFixture.await("the backend's connection is closed", () -> backend.openConnections() == 0);
    fixture.awaitCount(L7Counter.CONNECTIONS_OPEN, 0);
    fixture.awaitCount(L7Counter.UPSTREAM_CONNECTIONS_OPEN, 0);
  }

  @OnEachTransport
  void goesOnOneWayWhenTheBackendEndsFirst(TierFixture fixture) throws Exception {
    var got = new CompletableFuture<String>();
    webSockets(fixture)
        .backend(
            new RawBackend(
                connection -> {
                  connection.requestHead();
                  connection.send(AGREE + "bye");
                  connection.socket().shutdownOutput();
                  got.complete(
                      new String(connection.in().readAllBytes(), StandardCharsets.US_ASCII));
                }));
    fixture.start();
    try (var client = open(fixture)) {
      assertThat(client.in().readAllBytes()).asString().isEqualTo("bye");
      client.send("still here").socket().shutdownOutput();
      assertThat(got.get(10, SECONDS)).isEqualTo("still here");
    }
    assertThat(fixture.recordings.next().flags()).isEqualTo("-");
    fixture.awaitCount(L7Counter.CONNECTIONS_OPEN, 0);
  }

  @OnEachTransport
  void keepsWhatComesBeforeTheBackendHasAgreed(TierFixture fixture) throws Exception {
    var early = new CountDownLatch(1);
    webSockets(fixture)
        .backend(
            new RawBackend(
                connection -> {
                  connection.requestHead();
                  early.await(10, SECONDS);
                  connection.send(AGREE + "first");
                  connection.in().transferTo(connection.socket().getOutputStream());
                }));
    fixture.start();
    try (var client = fixture.connect().send(ASK + "early")) {
      early.countDown();
      HttpMessage.readHead(client.in());
      assertThat(client.in().readNBytes(10)).asString().isEqualTo("firstearly");
    }
  }

  @OnEachTransport
  void answersARefusalAndKeepsTheConnection(TierFixture fixture) throws Exception {
    webSockets(fixture)
        .backend(
            RawBackend.answering(
                request ->
                    request.startLine().contains("/chat")
                        ? "HTTP/1.1 426 Upgrade Required\r\nContent-Length: 2\r\n\r\nno"
                            .getBytes(StandardCharsets.US_ASCII)
                        : RawBackend.ok("hi")));
    fixture.start();
    try (var client = fixture.connect()) {
      var answer = client.send(ASK).response();
      assertThat(answer.status()).isEqualTo(426);
      assertThat(answer.text()).isEqualTo("no");
      assertThat(client.get("/").text()).isEqualTo("hi");
    }
    assertThat(fixture.count(L7Counter.TUNNELS)).isZero();
    assertThat(fixture.recordings.next().upgrade()).isEmpty();
  }

  @OnEachTransport
  void dropsAnUpgradeThatTheRouteDoesNotAllow(TierFixture fixture) throws Exception {
    fixture.backend(RawBackend.answering(request -> RawBackend.ok(request.head())));
    fixture.start();
    try (var client = fixture.connect()) {
      assertThat(client.send(ASK).response().text())
          .startsWith("GET /chat HTTP/1.1")
          .doesNotContain("upgrade: ", "connection: ");
      assertThat(client.get("/").status()).isEqualTo(200);
    }
    assertThat(fixture.count(L7Counter.UPGRADES_IGNORED)).isEqualTo(1);
  }

  @OnEachTransport
  void neverPassesH2c(TierFixture fixture) throws Exception {
    webSockets(fixture).backend(RawBackend.answering(request -> RawBackend.ok(request.head())));
    fixture.start();
    try (var client = fixture.connect()) {
      for (String protocols : new String[] {"h2c", "h2c, websocket", "websocket, h2c"}) {
        client.send(
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: "
                + protocols
                + "\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n");
        assertThat(client.response().text())
            .doesNotContain("upgrade: ", "http2-settings", "connection: ");
      }
    }
  }

  @OnEachTransport
  void refusesASwitchToWhatWasNotAskedFor(TierFixture fixture) throws Exception {
    webSockets(fixture)
        .backend(
            RawBackend.answering(
                request ->
                    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
                        .getBytes(StandardCharsets.US_ASCII)));
    fixture.start();
    try (var client = fixture.connect()) {
      assertThat(client.send(ASK).response().status()).isEqualTo(502);
    }
    assertThat(fixture.recordings.next().reason()).isEqualTo("upstream_bad_response");
  }

  @OnEachTransport
  void closesATunnelInWhichNothingMoves(TierFixture fixture) throws Exception {
    fixture.routeTimeouts = new RouteConfig.Timeouts(LONG, LONG, SHORT, LONG);
    var backend = webSockets(fixture).backend(echoing());
    fixture.start();
    try (var client = open(fixture)) {
      long startNanos = System.nanoTime();
      while (System.nanoTime() - startNanos < 2 * SHORT) {
        client.send("x");
        assertThat(client.in().read()).isEqualTo('x');
      }
      assertThat(fixture.count(L7Counter.TUNNELS_OPEN)).isEqualTo(1);
      assertThat(client.isClosedByPeer()).isTrue();
    }
    var record = fixture.recordings.next();
    assertThat(record.reason()).isEqualTo("tunnel_idle_timeout");
    assertThat(record.flags()).isEqualTo("SI");
    assertThat(fixture.count(L7Counter.TUNNELS_IDLE)).isEqualTo(1);
    assertThat(fixture.health.reports()).isEmpty();
    TierFixture.await("the backend's connection is closed", () -> backend.openConnections() == 0);
  }

  @OnEachTransport
  void outlivesTheIdleTimesOfBodies(TierFixture fixture) throws Exception {
    fixture.clientTimeouts = new ListenerConfig.Timeouts(LONG, SHORT, SHORT, SHORT, LONG);
    fixture.routeTimeouts = new RouteConfig.Timeouts(SHORT, SHORT, LONG, LONG);
    webSockets(fixture)
        .backend(
            new RawBackend(
                connection -> {
                  if (connection.requestHead().startsWith("GET /chat")) {
                    connection.send(AGREE);
                    connection.in().transferTo(connection.socket().getOutputStream());
                  }
                  connection.awaitClose();
                }));
    fixture.start();
    try (var client = open(fixture);
        var other = open(fixture);
        var unused = fixture.connect()) {
      // A request whose body stops coming is answered after the idle time of bodies.
      unused.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n");
      assertThat(unused.response().status()).isEqualTo(408);
      other.send("x");
      assertThat(other.in().read()).isEqualTo('x');
      client.send("x");
      assertThat(client.in().read()).isEqualTo('x');
    }
  }

  @OnEachTransport
  void holdsBackAClientWhoseBackendDoesNotRead(TierFixture fixture) throws Exception {
    var goOn = new CountDownLatch(1);
    byte[] sent = new byte[30_000_000];
    webSockets(fixture)
        .backend(
            new RawBackend(
                connection -> {
                  connection.requestHead();
                  connection.send(AGREE);
                  goOn.await(20, SECONDS);
                  connection.in().transferTo(connection.socket().getOutputStream());
                }));
    fixture.start();
    try (var client = open(fixture)) {
      var written = new java.util.concurrent.atomic.AtomicLong();
      var sending =
          CompletableFuture.runAsync(
              () -> {
                try {
                  for (int at = 0; at < sent.length; at += 100_000) {
                    client.send(java.util.Arrays.copyOfRange(sent, at, at + 100_000));
                    written.addAndGet(100_000);
                  }
                  client.socket().shutdownOutput();
                } catch (IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              });
      BodyTest.awaitStandstill(written);
      assertThat(written.get()).isLessThan(sent.length * 3L / 4);
      goOn.countDown();
      assertThat(client.in().readAllBytes()).hasSize(sent.length);
      sending.get(10, SECONDS);
    }
  }

  @OnEachTransport
  void passesAResetOn(TierFixture fixture) throws Exception {
    webSockets(fixture)
        .backend(
            new RawBackend(
                connection -> {
                  connection.requestHead();
                  connection.send(AGREE + "x");
                  connection.in().read();
                  connection.socket().setSoLinger(true, 0);
                }));
    fixture.start();
    try (var client = open(fixture)) {
      assertThat(client.in().read()).isEqualTo('x');
      client.send("y");
      org.assertj.core.api.Assertions.assertThatThrownBy(() -> client.in().read())
          .isInstanceOf(SocketException.class);
    }
    assertThat(fixture.recordings.next().flags()).contains("UR");
  }

  @OnEachTransport
  void resetsTheBackendWhenTheClientIsGone(TierFixture fixture) throws Exception {
    var ended = new CompletableFuture<String>();
    webSockets(fixture)
        .backend(
            new RawBackend(
                connection -> {
                  connection.requestHead();
                  connection.send(AGREE);
                  try {
                    connection.awaitClose();
                    ended.complete("in order");
                  } catch (IOException e) {
                    ended.complete("reset");
                  }
                }));
    fixture.start();
    try (var client = open(fixture)) {
      client.socket().setSoLinger(true, 0);
    }
    assertThat(ended.get(10, SECONDS)).isEqualTo("reset");
    assertThat(fixture.recordings.next().flags()).isEqualTo("DC");
  }

  @OnEachTransport
  void givesTunnelsTheirOwnGraceInADrain(TierFixture fixture) throws Exception {
    fixture.clientTimeouts = new ListenerConfig.Timeouts(LONG, LONG, LONG, LONG, LONG);
    fixture.routeTimeouts = new RouteConfig.Timeouts(LONG, LONG, LONG, SHORT);
    webSockets(fixture).backend(echoing());
    fixture.start();
    try (var client = open(fixture)) {
      var drained = fixture.tier().drain().toCompletableFuture();
      client.send("x");
      assertThat(client.in().read()).as("the drain cuts nothing at once").isEqualTo('x');
      assertThat(client.isClosedByPeer()).isTrue();
      drained.get(10, SECONDS);
    }
    assertThat(fixture.recordings.next().flags()).isEqualTo("LR");
    assertThat(fixture.count(L7Counter.DRAIN_CUT)).isEqualTo(1);
  }

  @OnEachTransport
  void makesATunnelOfConnectWhereTheRouteAllowsIt(TierFixture fixture) throws Exception {
    fixture.upgrade = Set.of(Upgrade.CONNECT);
    fixture.backend(
        new RawBackend(
            connection -> {
              String head = connection.requestHead();
              assertThat(head)
                  .startsWith("CONNECT Db.test:5432 HTTP/1.1\r\n")
                  .contains("host: db.test:5432\r\n");
              connection.send("HTTP/1.1 200 OK\r\n\r\n");
              connection.in().transferTo(connection.socket().getOutputStream());
            }));
    fixture.start();
    try (var client = fixture.connect()) {
      client.send("CONNECT Db.test:5432 HTTP/1.1\r\nHost: db.test:5432\r\n\r\nping");
      assertThat(HttpMessage.readHead(client.in()))
          .startsWith("HTTP/1.1 200")
          .doesNotContain("content-length", "transfer-encoding", "connection: ");
      assertThat(client.in().readNBytes(4)).asString().isEqualTo("ping");
      client.socket().shutdownOutput();
      assertThat(client.in().read()).isEqualTo(-1);
    }
    assertThat(fixture.recordings.next().upgrade()).isEqualTo("connect");
  }

  @OnEachTransport
  void closesAfterAConnectThatTheBackendRefuses(TierFixture fixture) throws Exception {
    fixture.upgrade = Set.of(Upgrade.CONNECT);
    fixture.backend(
        RawBackend.answering(
            request ->
                "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno"
                    .getBytes(StandardCharsets.US_ASCII)));
    fixture.start();
    try (var client = fixture.connect()) {
      client.send("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
      var answer = client.response();
      assertThat(answer.status()).isEqualTo(403);
      assertThat(answer.field("connection")).hasValue("close");
      assertThat(client.in().read()).as("no tunnel, and no second request").isEqualTo(-1);
    }
  }
}
