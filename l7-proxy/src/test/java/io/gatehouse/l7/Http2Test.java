package io.gatehouse.l7;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.testkit.h2.Frame;
import io.gatehouse.testkit.h2.FrameClient;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Requests by HTTP/2 with prior knowledge, to backends that speak HTTP/1.1. */
class Http2Test {
  private static FrameClient begin(TierFixture fixture) throws IOException {
    return FrameClient.connect(fixture.address()).begin();
  }

  private static TierFixture http2(TierFixture fixture) {
    fixture.http2 = Http2Config.DEFAULT;
    return fixture;
  }

  @OnEachTransport
  void carriesARequestAndItsAnswer(TierFixture fixture) throws Exception {
    http2(fixture).backend(RawBackend.answering(r -> RawBackend.ok(r.head())));
    fixture.start();
    try (var client = begin(fixture)) {
      client.headers(
          1,
          true,
          FrameClient.request("GET", "/a/../b?q", "x-a", "1", "cookie", "c=1", "cookie", "d=2"));
      var answer = client.answer(1);
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.text())
          .startsWith("GET /b?q HTTP/1.1\r\n")
          .contains("x-a: 1\r\n", "host: example.test\r\n", "cookie: c=1; d=2\r\n")
          .contains("x-forwarded-for: 127.0.0.1\r\n")
          .doesNotContain("transfer-encoding", "content-length", "connection");
    }
    var record = fixture.recordings.next();
    assertThat(record.protocol()).isEqualTo("HTTP/2.0");
    assertThat(record.method()).isEqualTo("GET");
    assertThat(record.path()).isEqualTo("/b");
    assertThat(record.host()).isEqualTo("example.test");
    assertThat(record.status()).isEqualTo(200);
    assertThat(fixture.count(L7Counter.HTTP2_CONNECTIONS)).isEqualTo(1);
  }

  @OnEachTransport
  void stillTakesHttp1OnTheSamePort(TierFixture fixture) throws Exception {
    http2(fixture).backend(RawBackend.saying("hi"));
    fixture.start();
    try (var client = fixture.connect()) {
      client.send("PO");
      client.send("ST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
      assertThat(client.response().text()).isEqualTo("hi");
      assertThat(client.get("/").text()).isEqualTo("hi");
    }
  }

  @OnEachTransport
  void carriesManyStreamsAtOnce(TierFixture fixture) throws Exception {
    var arrived = new CountDownLatch(30);
    http2(fixture)
        .backend(
            RawBackend.answering(
                r -> {
                  arrived.countDown();
                  assertThat(arrived.await(10, TimeUnit.SECONDS)).isTrue();
                  return RawBackend.ok(r.startLine());
                }));
    fixture.start();
    try (var client = begin(fixture)) {
      for (int id = 1; id < 60; id += 2) {
        client.get(id, "/" + id);
      }
      var seen = new java.util.HashMap<Integer, String>();
      while (seen.size() < 30) {
        var frame = client.await(Frame.DATA);
        seen.put(frame.streamId(), frame.text());
      }
      seen.forEach((id, text) -> assertThat(text).isEqualTo("GET /" + id + " HTTP/1.1"));
    }
  }

  @OnEachTransport
  void carriesBodiesBothWays(TierFixture fixture) throws Exception {
    http2(fixture).backend(RawBackend.answering(r -> RawBackend.ok(r.text())));
    fixture.start();
    try (var client = begin(fixture)) {
      client.post(1, "/", "content-length", "10").data(1, false, "01234").data(1, true, "56789");
      assertThat(client.answer(1).text()).isEqualTo("0123456789");
      client.post(3, "/").data(3, false, "abc").data(3, true, "");
      assertThat(client.answer(3).text()).isEqualTo("abc");
      client.post(5, "/", "content-length", "0").data(5, true, "");
      assertThat(client.answer(5).text()).isEmpty();
    }
  }

  @OnEachTransport
  void carriesABodyWithoutALengthAndOneThatEndsWithTheConnection(TierFixture fixture)
      throws Exception {
    http2(fixture)
        .backend(
            new RawBackend(
                connection -> {
                  boolean close = connection.request().startLine().contains("close");
                  connection.send(
                      close
                          ? "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nuntil the end"
                          : "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                              + "3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n");
                }));
    fixture.start();
    try (var client = begin(fixture)) {
      var chunked = client.get(1, "/").answer(1);
      assertThat(chunked.text()).isEqualTo("abcdefg");
      assertThat(chunked.fields()).noneMatch(f -> f.startsWith("transfer-encoding"));
      var closed = client.get(3, "/close").answer(3);
      assertThat(closed.text()).isEqualTo("until the end");
      assertThat(closed.fields()).noneMatch(f -> f.startsWith("connection"));
    }
  }

  @OnEachTransport
  void carriesInterimAnswersAndTrailers(TierFixture fixture) throws Exception {
    http2(fixture)
        .backend(
            new RawBackend(
                connection -> {
                  connection.request();
                  connection.send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
                  connection.send(
                      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                          + "2\r\nhi\r\n0\r\nGrpc-Status: 0\r\n\r\n");
                  connection.awaitClose();
                }));
    fixture.start();
    try (var client = begin(fixture)) {
      client.headers(1, true, FrameClient.request("GET", "/", "te", "trailers"));
      var hints = client.await(Frame.HEADERS);
      assertThat(hints.status()).isEqualTo(103);
      assertThat(hints.fields()).contains("link: </a>");
      assertThat(hints.endsStream()).isFalse();
      var answer = client.answer(1);
      assertThat(answer.text()).isEqualTo("hi");
      assertThat(answer.trailers()).containsExactly("grpc-status: 0");
    }
  }

  @OnEachTransport
  void endsAnAnswerToHeadWithItsHead(TierFixture fixture) throws Exception {
    http2(fixture)
        .backend(
            RawBackend.answering(
                r -> "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n".getBytes(ISO_8859_1)));
    fixture.start();
    try (var client = begin(fixture)) {
      client.headers(1, true, FrameClient.request("HEAD", "/"));
      var head = client.await(Frame.HEADERS);
      assertThat(head.endsStream()).isTrue();
      assertThat(head.fields()).contains("content-length: 5");
    }
  }

  @OnEachTransport
  void answersErrorsOfItsOwn(TierFixture fixture) throws Exception {
    http2(fixture).pathPrefix = "/app/";
    fixture.start();
    try (var client = begin(fixture)) {
      var answer = client.get(1, "/other").answer(1);
      assertThat(answer.status()).isEqualTo(404);
      assertThat(answer.fields())
          .contains("content-type: application/problem+json", "cache-control: no-store");
      assertThat(answer.text()).contains("\"status\":404");
      assertThat(client.get(3, "/app/").answer(3).status()).isEqualTo(503);
    }
  }

  @OnEachTransport
  void sendsABodyThroughNarrowWindows(TierFixture fixture) throws Exception {
    String text = "0123456789".repeat(30_000);
    http2(fixture).backend(RawBackend.saying(text));
    fixture.start();
    try (var client = begin(fixture)) {
      client.settings(4, 20_000).get(1, "/");
      var body = new StringBuilder();
      while (body.length() < text.length()) {
        var frame = client.await(Frame.DATA);
        assertThat(frame.payload().length).isBetween(1, 16_384);
        body.append(frame.text());
        client.windowUpdate(0, frame.payload().length).windowUpdate(1, frame.payload().length);
      }
      assertThat(body).hasToString(text);
    }
  }

  @OnEachTransport
  void aStreamWhoseWindowIsShutStallsNoOther(TierFixture fixture) throws Exception {
    String text = "x".repeat(2_000_000);
    http2(fixture)
        .backend(
            RawBackend.answering(
                r -> RawBackend.ok(r.startLine().contains("large") ? text : "small")));
    fixture.start();
    try (var client = begin(fixture)) {
      // The connection's window is wide, the stream's is not.
      client.windowUpdate(0, 10_000_000).get(1, "/large");
      int got = 0;
      while (got < 65_535) {
        got += client.await(f -> f.type() == Frame.DATA && f.streamId() == 1).payload().length;
      }
      for (int id = 3; id < 40; id += 2) {
        assertThat(client.get(id, "/").answer(id).text()).isEqualTo("small");
      }
      client.windowUpdate(1, 10_000_000);
      while (got < text.length()) {
        got += client.await(Frame.DATA).payload().length;
      }
      assertThat(got).isEqualTo(text.length());
    }
  }

  @OnEachTransport
  void letsTheClientSendOnlyAsTheBackendTakes(TierFixture fixture) throws Exception {
    var goOn = new CountDownLatch(1);
    http2(fixture)
        .backend(
            new RawBackend(
                connection -> {
                  connection.socket().setReceiveBufferSize(64 * 1024);
                  connection.requestHead();
                  goOn.await(10, TimeUnit.SECONDS);
                  int length = connection.in().readNBytes(8_000_000).length;
                  connection.send(RawBackend.ok("" + length));
                }));
    fixture.start();
    try (var client = begin(fixture)) {
      client.post(1, "/", "content-length", "8000000");
      int window = 256 * 1024;
      int sent = 0;
      String piece = "x".repeat(16_000);
      // The backend takes nothing: at some point no more window comes. A PING tells that what was
      // sent has been dealt with.
      long pings = 0;
      boolean more = true;
      while (more) {
        while (window >= piece.length()) {
          client.data(1, false, piece);
          window -= piece.length();
          sent += piece.length();
        }
        client.ping(++pings);
        int before = window;
        for (Frame f = client.next(); f.type() != Frame.PING; f = client.next()) {
          window += f.streamId() == 1 ? f.intAt(0) : 0;
        }
        more = window > before || window >= piece.length();
        assertThat(sent).isLessThan(7_000_000);
      }
      goOn.countDown();
      while (sent < 8_000_000) {
        int length = Math.min(Math.min(window, piece.length()), 8_000_000 - sent);
        if (length > 0) {
          sent += length;
          window -= length;
          client.data(1, sent == 8_000_000, piece.substring(0, length));
        } else {
          var update = client.await(f -> f.type() == Frame.WINDOW_UPDATE && f.streamId() == 1);
          window += update.intAt(0);
        }
      }
      assertThat(client.answer(1).text()).isEqualTo("8000000");
    }
  }

  @OnEachTransport
  void aResetByTheClientEndsTheAttempt(TierFixture fixture) throws Exception {
    var backend =
        http2(fixture)
            .backend(
                new RawBackend(
                    connection -> {
                      connection.request();
                      connection.awaitClose();
                    }));
    fixture.start();
    try (var client = begin(fixture)) {
      client.get(1, "/");
      TierFixture.await("the request arrives", () -> backend.requests() == 1);
      client.reset(1, 8);
      TierFixture.await("the backend is let go", () -> backend.openConnections() == 0);
      assertThat(fixture.recordings.next().flags()).isEqualTo("DC");
      // The connection goes on.
      client.ping(5);
      assertThat(client.await(Frame.PING).isAck()).isTrue();
    }
    assertThat(fixture.count(L7Counter.CLIENT_ABORTED)).isEqualTo(1);
  }

  @OnEachTransport
  void aBrokenAnswerIsResetAndNotEnded(TierFixture fixture) throws Exception {
    http2(fixture)
        .backend(
            new RawBackend(
                connection -> {
                  connection.request();
                  connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc");
                }));
    fixture.start();
    try (var client = begin(fixture)) {
      client.get(1, "/");
      assertThat(client.await(Frame.HEADERS).status()).isEqualTo(200);
      assertThat(client.awaitReset(1)).isEqualTo(2);
    }
    assertThat(fixture.recordings.next().flags()).contains("UC");
  }

  @OnEachTransport
  void anEarlyAnswerEndsTheRequestWithoutAnError(TierFixture fixture) throws Exception {
    http2(fixture)
        .backend(
            new RawBackend(
                connection -> {
                  connection.requestHead();
                  connection.send(RawBackend.ok("enough"));
                  connection.awaitClose();
                }));
    fixture.start();
    try (var client = begin(fixture)) {
      client.post(1, "/").data(1, false, "some");
      assertThat(client.answer(1).text()).isEqualTo("enough");
      assertThat(client.awaitReset(1)).isZero();
      // What was on its way is ignored.
      client.data(1, false, "more").data(1, true, "and more").ping(7);
      assertThat(client.next().type()).isEqualTo(Frame.PING);
    }
  }

  @OnEachTransport
  void carriesTrailersOfTheRequest(TierFixture fixture) throws Exception {
    http2(fixture)
        .backend(
            new RawBackend(
                connection -> {
                  connection.requestHead();
                  var text = new StringBuilder();
                  while (text.indexOf("\r\n0\r\n") < 0 || !text.toString().endsWith("\r\n\r\n")) {
                    text.append((char) connection.in().read());
                  }
                  connection.send(RawBackend.ok(text.toString()));
                }));
    fixture.start();
    try (var client = begin(fixture)) {
      client.post(1, "/").data(1, false, "abc").headers(1, true, "x-checksum", "42");
      assertThat(client.answer(1).text())
          .startsWith("3\r\nabc\r\n0\r\n")
          .contains("x-checksum: 42");
    }
  }
}
