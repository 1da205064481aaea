package io.gatehouse.l7;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.testkit.h2.Frame;
import io.gatehouse.testkit.h2.FrameClient;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** WebSockets over HTTP/2 (RFC 8441), to backends that speak HTTP/1.1. */
class Http2TunnelTest {
  private static final String AGREE =
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
          + "Sec-WebSocket-Accept: whatever\r\nSec-WebSocket-Protocol: chat\r\n\r\n";

  private static final String[] ASK = {
    ":method", "CONNECT",
    ":protocol", "websocket",
    ":scheme", "https",
    ":authority", "a.test",
    ":path", "/chat",
    "sec-websocket-version", "13",
    "sec-websocket-protocol", "chat"
  };

  private static FrameClient begin(TierFixture fixture) throws IOException {
    fixture.http2 = Http2Config.DEFAULT;
    fixture.start();
    return FrameClient.connect(fixture.address()).begin();
  }

  private static TierFixture webSockets(TierFixture fixture) {
    fixture.upgrade = Set.of(Upgrade.WEBSOCKET);
    return fixture;
  }

  /** Agrees, then sends back what it gets until the end of input, and ends. */
  private static RawBackend echoing(CompletableFuture<String> asked) throws IOException {
    return new RawBackend(
        connection -> {
          asked.complete(connection.requestHead());
          connection.send(AGREE);
          connection.in().transferTo(connection.socket().getOutputStream());
        });
  }

  @OnEachTransport
  void saysThatItKnowsExtendedConnect(TierFixture fixture) throws Exception {
    fixture.http2 = Http2Config.DEFAULT;
    fixture.start();
    try (var client = FrameClient.connect(fixture.address())) {
      var settings = client.preface().settings().await(Frame.SETTINGS);
      boolean known = false;
      for (int i = 0; i < settings.payload().length; i += 6) {
        known |= settings.payload()[i + 1] == 8 && settings.intAt(i + 2) == 1;
      }
      assertThat(known).isTrue();
    }
  }

  @OnEachTransport
  void carriesAWebSocketBesideOtherRequests(TierFixture fixture) throws Exception {
    var asked = new CompletableFuture<String>();
    webSockets(fixture).backend(echoing(asked));
    try (var client = begin(fixture)) {
      client.headers(1, false, ASK);
      var head = client.await(Frame.HEADERS);
      assertThat(head.status()).isEqualTo(200);
      assertThat(head.endsStream()).isFalse();
      assertThat(head.fields())
          .contains("sec-websocket-protocol: chat")
          .noneMatch(f -> f.startsWith("sec-websocket-accept") || f.startsWith("upgrade"));
      assertThat(asked.get(10, SECONDS))
          .startsWith("GET /chat HTTP/1.1\r\n")
          .contains("connection: upgrade\r\n", "upgrade: websocket\r\n", "host: a.test\r\n")
          .contains("sec-websocket-key: ", "sec-websocket-version: 13\r\n")
          .doesNotContain("transfer-encoding", "content-length");
      for (String text : new String[] {"one", "two", "x".repeat(1_000)}) {
        client.data(1, false, text);
        assertThat(client.await(Frame.DATA).text()).isEqualTo(text);
      }
      client.data(1, true, "last");
      var last = client.await(Frame.DATA);
      assertThat(last.text()).isEqualTo("last");
      // The backend's end may be one frame with it or come by itself.
      assertThat(last.endsStream() || client.await(Frame.DATA).endsStream()).isTrue();
      client.ping(1);
      assertThat(client.await(Frame.PING).isAck()).isTrue();
    }
    var record = fixture.recordings.next();
    assertThat(record.upgrade()).isEqualTo("websocket");
    assertThat(record.flags()).isEqualTo("-");
    fixture.awaitCount(L7Counter.TUNNELS_OPEN, 0);
  }

  @OnEachTransport
  void refusesOneThatTheRouteDoesNotAllow(TierFixture fixture) throws Exception {
    var backend = fixture.backend(RawBackend.saying("hi"));
    try (var client = begin(fixture)) {
      client.headers(1, false, ASK);
      assertThat(client.answer(1).status()).isEqualTo(501);
      assertThat(client.awaitReset(1)).isZero();
    }
    assertThat(backend.accepted()).isZero();
  }

  @OnEachTransport
  void refusesOtherProtocolsAndTunnels(TierFixture fixture) throws Exception {
    webSockets(fixture).backend(RawBackend.saying("hi"));
    try (var client = begin(fixture)) {
      String[] other = ASK.clone();
      other[3] = "connect-udp";
      client.headers(1, false, other);
      assertThat(client.answer(1).status()).isEqualTo(501);
      client.headers(3, false, ":method", "CONNECT", ":authority", "a.test:443");
      assertThat(client.answer(3).status()).isEqualTo(501);
    }
  }

  @OnEachTransport
  void doesNotTakeAPlainAnswerForAnAgreement(TierFixture fixture) throws Exception {
    webSockets(fixture).backend(RawBackend.saying("just a page"));
    try (var client = begin(fixture)) {
      client.headers(1, false, ASK);
      assertThat(client.answer(1).status()).isEqualTo(502);
    }
  }

  @OnEachTransport
  void passesARefusalOfTheBackendOn(TierFixture fixture) throws Exception {
    webSockets(fixture)
        .backend(
            RawBackend.answering(
                r ->
                    "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno"
                        .getBytes(java.nio.charset.StandardCharsets.US_ASCII)));
    try (var client = begin(fixture)) {
      client.headers(1, false, ASK);
      var answer = client.answer(1);
      assertThat(answer.status()).isEqualTo(403);
      assertThat(answer.text()).isEqualTo("no");
    }
  }

  @OnEachTransport
  void aResetOfEitherSideReachesTheOther(TierFixture fixture) throws Exception {
    var backend =
        webSockets(fixture)
            .backend(
                new RawBackend(
                    connection -> {
                      connection.requestHead();
                      connection.send(AGREE);
                      if (connection.in().read() == 'r') {
                        connection.socket().setSoLinger(true, 0);
                      } else {
                        connection.awaitClose();
                      }
                    }));
    try (var client = begin(fixture)) {
      client.headers(1, false, ASK);
      assertThat(client.await(Frame.HEADERS).status()).isEqualTo(200);
      client.data(1, false, "r");
      assertThat(client.awaitReset(1)).isEqualTo(2);
      client.headers(3, false, ASK);
      assertThat(client.await(Frame.HEADERS).status()).isEqualTo(200);
      client.reset(3, 8);
      TierFixture.await("the backend is let go", () -> backend.openConnections() == 0);
    }
    fixture.awaitCount(L7Counter.TUNNELS_OPEN, 0);
  }

  @OnEachTransport
  void aTunnelHasAGraceOfItsOwnInADrain(TierFixture fixture) throws Exception {
    var d = ListenerConfig.Timeouts.DEFAULT;
    fixture.clientTimeouts =
        new ListenerConfig.Timeouts(
            d.headNanos(),
            d.bodyIdleNanos(),
            d.keepAliveNanos(),
            d.writeIdleNanos(),
            MILLISECONDS.toNanos(200));
    webSockets(fixture).backend(echoing(new CompletableFuture<>()));
    try (var client = begin(fixture)) {
      client.headers(1, false, ASK);
      assertThat(client.await(Frame.HEADERS).status()).isEqualTo(200);
      var drained = fixture.tier().drain().toCompletableFuture();
      // Both GOAWAYs have come: well behind the grace of requests.
      client.await(Frame.GOAWAY);
      client.await(Frame.GOAWAY);
      client.data(1, true, "still here");
      assertThat(client.await(Frame.DATA).text()).isEqualTo("still here");
      assertThat(client.isClosedByPeer()).isTrue();
      drained.get(10, SECONDS);
    }
    assertThat(fixture.count(L7Counter.DRAIN_CUT)).isZero();
  }
}
