package io.gatehouse.l7;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.l7.PoolConfig.Http2;
import io.gatehouse.l7.PoolConfig.Lifetime;
import io.gatehouse.l7.PoolConfig.Protocol;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** HTTP/2 to a backend that is scripted frame by frame: what it may say, and what it may not. */
class Http2UpstreamTest {
  private static final byte[] PING = new byte[8];

  private static void start(TierFixture fixture, RawBackend backend) {
    start(fixture, backend, Http2.DEFAULT);
  }

  private static void start(TierFixture fixture, RawBackend backend, Http2 http2) {
    fixture.connections = new PoolConfig.Connections(Protocol.H2C, null, http2, Lifetime.DEFAULT);
    fixture.backend(backend);
    fixture.start();
  }

  /** Answers each request with the number of its connection. */
  private static void serve(Http2Backend backend, int connection) throws Exception {
    while (true) {
      var head = backend.await(Http2Backend.HEADERS);
      backend.answer(head.stream(), String.valueOf(connection));
    }
  }

  private static List<String> getAtOnce(TierFixture fixture, int requests) throws Exception {
    var begin = new CyclicBarrier(requests);
    var answers = new ArrayList<String>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var futures = new ArrayList<Future<String>>();
      for (int i = 0; i < requests; i++) {
        Callable<String> get =
            () -> {
              try (var client = fixture.connect()) {
                begin.await(10, SECONDS);
                return client.get("/").text();
              }
            };
        futures.add(threads.submit(get));
      }
      for (var future : futures) {
        answers.add(future.get(20, SECONDS));
      }
    }
    return answers;
  }

  @OnEachTransport
  void carriesManyRequestsOnOneConnection(TierFixture fixture) throws Exception {
    var backend = Http2Backend.running(Http2UpstreamTest::serve);
    start(fixture, backend);
    try (var client = fixture.connect()) {
      for (int i = 0; i < 10; i++) {
        assertThat(client.get("/").text()).isEqualTo("0");
      }
    }
    assertThat(getAtOnce(fixture, 20)).containsOnly("0");
    assertThat(backend.accepted()).isEqualTo(1);
    assertThat(fixture.count(L7Counter.UPSTREAM_REUSED)).isEqualTo(29);
    var record = fixture.recordings.next();
    assertThat(record.status()).isEqualTo(200);
    assertThat(record.responseBodyBytes()).isEqualTo(1);
  }

  /** A client of HTTP/1.1 would wait for a body, up to the end of its connection. */
  @OnEachTransport
  void saysThatThereIsNoBodyWhereTheBackendEndsWithItsHead(TierFixture fixture) throws Exception {
    var backend =
        Http2Backend.running(
            (connection, number) -> {
              while (true) {
                int stream = connection.await(Http2Backend.HEADERS).stream();
                int flags = Http2Backend.END_HEADERS | Http2Backend.END_STREAM;
                connection.send(Http2Backend.HEADERS, flags, stream, Http2Backend.OK);
              }
            });
    start(fixture, backend);
    try (var client = fixture.connect()) {
      var answer = client.get("/");
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.field("content-length")).hasValue("0");
      client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
      var head = client.responseTo("HEAD");
      assertThat(head.status()).isEqualTo(200);
      assertThat(head.field("content-length")).as("nobody knows").isEmpty();
      assertThat(client.get("/").status()).isEqualTo(200);
    }
  }

  @OnEachTransport
  void takesNoMoreStreamsThanTheBackendAllows(TierFixture fixture) throws Exception {
    var all = new CountDownLatch(6);
    var backend =
        Http2Backend.running(
            (connection, number) -> {
              var first = connection.await(Http2Backend.HEADERS);
              all.countDown();
              if (number == 0) {
                // The settings have arrived with the first answer.
                connection.answer(first.stream(), "first");
                first = connection.await(Http2Backend.HEADERS);
                all.countDown();
              }
              var second = connection.await(Http2Backend.HEADERS);
              all.countDown();
              assertThat(all.await(10, SECONDS)).isTrue();
              connection.answer(first.stream(), "a");
              connection.answer(second.stream(), "b");
              connection.awaitClose();
            },
            3,
            2);
    start(fixture, backend, new Http2(2, SECONDS.toNanos(10), SECONDS.toNanos(5)));
    try (var client = fixture.connect()) {
      assertThat(client.get("/").text()).isEqualTo("first");
    }
    all.countDown();
    assertThat(getAtOnce(fixture, 4)).containsExactlyInAnyOrder("a", "b", "a", "b");
    assertThat(backend.accepted()).isEqualTo(2);
  }

  @OnEachTransport
  void waitsForATurnWhereTheBackendAllowsFewerThanExpected(TierFixture fixture) throws Exception {
    var backend =
        Http2Backend.running(
            (connection, number) -> {
              while (true) {
                int stream = connection.await(Http2Backend.HEADERS).stream();
                connection.send(Http2Backend.PING, 0, 0, PING);
                // Nothing else may have been opened before this answer.
                var next = connection.next();
                while (next.type() != Http2Backend.PING) {
                  assertThat(next.type()).isNotEqualTo(Http2Backend.HEADERS);
                  next = connection.next();
                }
                connection.answer(stream, "one at a time");
              }
            },
            3,
            1);
    fixture.poolLimits = new PoolConfig.Limits(1, 1, 65_536);
    start(fixture, backend);
    try (var client = fixture.connect()) {
      assertThat(client.get("/").text()).isEqualTo("one at a time");
    }
    assertThat(backend.accepted()).isEqualTo(1);
  }

  @OnEachTransport
  void triesAgainWhatTheBackendRefusesUnread(TierFixture fixture) throws Exception {
    var backend =
        Http2Backend.running(
            (connection, number) -> {
              var head = connection.await(Http2Backend.HEADERS);
              if (number == 0) {
                connection.sendNumber(Http2Backend.RST_STREAM, head.stream(), 7);
              } else {
                connection.answer(head.stream(), "second");
              }
              connection.awaitClose();
            });
    start(fixture, backend);
    try (var client = fixture.connect()) {
      client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
      assertThat(client.response().text()).isEqualTo("second");
    }
    var record = fixture.recordings.next();
    assertThat(record.attempts()).isEqualTo(2);
    assertThat(record.flags()).isEqualTo("-");
    assertThat(fixture.health.reports()).isEmpty();
  }

  @OnEachTransport
  void triesAgainWhatLiesBeyondAGoaway(TierFixture fixture) throws Exception {
    var backend =
        Http2Backend.running(
            (connection, number) -> {
              var head = connection.await(Http2Backend.HEADERS);
              if (number == 0) {
                connection.sendNumber(Http2Backend.GOAWAY, 0, 0, 0);
                connection.awaitClose();
              } else {
                connection.answer(head.stream(), "second");
                serve(connection, number);
              }
            });
    start(fixture, backend);
    try (var client = fixture.connect()) {
      client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
      assertThat(client.response().text()).isEqualTo("second");
      assertThat(client.get("/").text()).isEqualTo("1");
    }
    assertThat(fixture.count(L7Counter.UPSTREAM_GOAWAY)).isEqualTo(1);
    fixture.awaitCount(L7Counter.UPSTREAM_CONNECTIONS_OPEN, 1);
  }

  @OnEachTransport
  void finishesWhatLiesBeforeAGoaway(TierFixture fixture) throws Exception {
    var backend =
        Http2Backend.running(
            (connection, number) -> {
              var head = connection.await(Http2Backend.HEADERS);
              connection.sendNumber(Http2Backend.GOAWAY, 0, head.stream(), 0);
              connection.answer(head.stream(), "answer " + number);
              connection.awaitClose();
            });
    start(fixture, backend);
    try (var client = fixture.connect()) {
      for (int i = 0; i < 3; i++) {
        assertThat(client.get("/").text()).isEqualTo("answer " + i);
        fixture.awaitCount(L7Counter.UPSTREAM_CONNECTIONS_OPEN, 0);
      }
    }
  }

  @OnEachTransport
  void answers502WhereTheBackendResets(TierFixture fixture) throws Exception {
    var backend =
        Http2Backend.running(
            (connection, number) -> {
              while (true) {
                var head = connection.await(Http2Backend.HEADERS);
                connection.sendNumber(Http2Backend.RST_STREAM, head.stream(), 2);
              }
            });
    start(fixture, backend);
    try (var client = fixture.connect()) {
      assertThat(client.get("/").status()).isEqualTo(502);
      assertThat(client.get("/").status()).isEqualTo(502);
    }
    assertThat(backend.accepted()).as("the connection is fine").isEqualTo(1);
    assertThat(fixture.recordings.next().flags()).isEqualTo("UR");
  }

  @OnEachTransport
  void tellsTheBackendThatTheClientHasGone(TierFixture fixture) throws Exception {
    var arrived = new CountDownLatch(1);
    var reset = new CountDownLatch(1);
    var backend =
        Http2Backend.running(
            (connection, number) -> {
              var head = connection.await(Http2Backend.HEADERS);
              arrived.countDown();
              var frame = connection.await(Http2Backend.RST_STREAM);
              assertThat(frame.stream()).isEqualTo(head.stream());
              assertThat(frame.number()).as("CANCEL").isEqualTo(8);
              reset.countDown();
              serve(connection, number);
            });
    start(fixture, backend);
    try (var client = fixture.connect()) {
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(arrived.await(10, SECONDS)).isTrue();
    }
    assertThat(reset.await(10, SECONDS)).isTrue();
    assertThat(getAtOnce(fixture, 1)).containsExactly("0");
  }

  @OnEachTransport
  void sendsNoMoreThanTheWindowsLet(TierFixture fixture) throws Exception {
    var backend =
        Http2Backend.running(
            (connection, number) -> {
              // Its first answer shows that the settings have been read.
              connection.answer(connection.await(Http2Backend.HEADERS).stream(), "ready");
              int stream = connection.await(Http2Backend.HEADERS).stream();
              int received = 0;
              int credited = 1_000;
              boolean ended = false;
              while (!ended) {
                var data = connection.await(Http2Backend.DATA);
                received += data.payload().length;
                ended = data.endsStream();
                assertThat(received).isLessThanOrEqualTo(credited);
                if (received == credited) {
                  credited += 7_000;
                  connection.sendNumber(Http2Backend.WINDOW_UPDATE, stream, 7_000);
                  connection.sendNumber(Http2Backend.WINDOW_UPDATE, 0, 7_000);
                }
              }
              connection.answer(stream, String.valueOf(received));
              connection.awaitClose();
            },
            4,
            1_000);
    start(fixture, backend);
    try (var client = fixture.connect()) {
      assertThat(client.get("/").text()).isEqualTo("ready");
      client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n");
      client.send(new byte[300_000]);
      assertThat(client.response().text()).isEqualTo("300000");
    }
  }

  @OnEachTransport
  void letsASlowClientStopItsOwnStreamOnly(TierFixture fixture) throws Exception {
    var flooding = new CountDownLatch(1);
    var backend =
        Http2Backend.running(
            (connection, number) -> {
              int slow = connection.await(Http2Backend.HEADERS).stream();
              connection.send(
                  Http2Backend.HEADERS, Http2Backend.END_HEADERS, slow, Http2Backend.OK);
              int window = 128 * 1024;
              long sent = 0;
              boolean stuck = false;
              byte[] piece = new byte[16 * 1024];
              while (true) {
                while (!stuck && window >= piece.length) {
                  connection.send(Http2Backend.DATA, 0, slow, piece);
                  window -= piece.length;
                  sent += piece.length;
                }
                if (!stuck) {
                  // What the windows of stream and sockets hold; then no credit comes any more.
                  connection.send(Http2Backend.PING, 0, 0, PING);
                }
                var frame = connection.next();
                if (frame.type() == Http2Backend.WINDOW_UPDATE && frame.stream() == slow) {
                  window += frame.number();
                } else if (frame.type() == Http2Backend.HEADERS) {
                  stuck = true;
                  connection.answer(frame.stream(), "quick after " + (sent < (64 << 20)));
                }
                if (sent > 0) {
                  flooding.countDown();
                }
              }
            });
    start(fixture, backend);
    try (var slow = fixture.connect();
        var quick = fixture.connect()) {
      slow.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(flooding.await(10, SECONDS)).isTrue();
      assertThat(quick.get("/quick").text()).isEqualTo("quick after true");
      assertThat(quick.get("/quick").text()).isEqualTo("quick after true");
    }
    assertThat(backend.accepted()).isEqualTo(1);
  }

  @OnEachTransport
  void givesUpOnABackendThatAnswersNoPing(TierFixture fixture) throws Exception {
    var backend =
        Http2Backend.running(
            (connection, number) -> {
              while (true) {
                connection.read();
              }
            });
    start(fixture, backend, new Http2(100, MILLISECONDS.toNanos(200), MILLISECONDS.toNanos(300)));
    try (var client = fixture.connect()) {
      assertThat(client.get("/").status()).isEqualTo(504);
    }
    assertThat(fixture.recordings.next().reason()).isEqualTo("upstream_ping_timeout");
    fixture.awaitCount(L7Counter.UPSTREAM_CONNECTIONS_OPEN, 0);
  }

  private static void assertEndsConnection(TierFixture fixture, Http2Backend.Script script)
      throws Exception {
    start(fixture, Http2Backend.running(script));
    try (var client = fixture.connect()) {
      assertThat(client.get("/").status()).isEqualTo(502);
    }
    assertThat(fixture.recordings.next().flags()).isEqualTo("UPE");
    fixture.awaitCount(L7Counter.UPSTREAM_CONNECTIONS_OPEN, 0);
  }

  @OnEachTransport
  void endsAConnectionThatFloodsWithPings(TierFixture fixture) throws Exception {
    assertEndsConnection(
        fixture,
        (connection, number) -> {
          connection.await(Http2Backend.HEADERS);
          connection.flood(20_000, Http2Backend.PING, 0, 0, PING);
          connection.awaitClose();
        });
    assertThat(fixture.count(L7Counter.UPSTREAM_FLOOD)).isEqualTo(1);
  }

  @OnEachTransport
  void endsAConnectionThatFloodsWithSettings(TierFixture fixture) throws Exception {
    assertEndsConnection(
        fixture,
        (connection, number) -> {
          connection.await(Http2Backend.HEADERS);
          connection.flood(20_000, Http2Backend.SETTINGS, 0, 0, new byte[] {0, 4, 0, 1, 0, 0});
          connection.awaitClose();
        });
    assertThat(fixture.count(L7Counter.UPSTREAM_FLOOD)).isEqualTo(1);
  }

  @OnEachTransport
  void endsAConnectionThatFloodsWithEmptyData(TierFixture fixture) throws Exception {
    start(
        fixture,
        Http2Backend.running(
            (connection, number) -> {
              int stream = connection.await(Http2Backend.HEADERS).stream();
              connection.send(
                  Http2Backend.HEADERS, Http2Backend.END_HEADERS, stream, Http2Backend.OK);
              connection.flood(20_000, Http2Backend.DATA, 0, stream);
              connection.awaitClose();
            }));
    try (var client = fixture.connect()) {
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      HttpMessage.readHead(client.in());
      assertThat(client.isClosedByPeer()).isTrue();
    }
    assertThat(fixture.recordings.next().flags()).isEqualTo("UPE");
    assertThat(fixture.count(L7Counter.UPSTREAM_FLOOD)).isEqualTo(1);
  }

  @OnEachTransport
  void endsAConnectionThatNeverEndsAHead(TierFixture fixture) throws Exception {
    assertEndsConnection(
        fixture,
        (connection, number) -> {
          int stream = connection.await(Http2Backend.HEADERS).stream();
          connection.send(Http2Backend.HEADERS, 0, stream, Http2Backend.OK);
          connection.flood(10_000, Http2Backend.CONTINUATION, 0, stream);
          connection.awaitClose();
        });
    assertThat(fixture.count(L7Counter.UPSTREAM_FLOOD)).isEqualTo(1);
  }

  @OnEachTransport
  void endsAConnectionWithAnotherProtocol(TierFixture fixture) throws Exception {
    start(
        fixture,
        new RawBackend(
            connection -> {
              connection.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
              connection.awaitClose();
            }));
    try (var client = fixture.connect()) {
      assertThat(client.get("/").status()).isEqualTo(502);
    }
    assertThat(fixture.recordings.next().flags()).isEqualTo("UPE");
  }

  @OnEachTransport
  void endsAConnectionThatOpensStreamsOfItsOwn(TierFixture fixture) throws Exception {
    assertEndsConnection(
        fixture,
        (connection, number) -> {
          connection.await(Http2Backend.HEADERS);
          connection.send(Http2Backend.HEADERS, Http2Backend.END_HEADERS, 2, Http2Backend.OK);
          connection.awaitClose();
        });
  }

  @OnEachTransport
  void endsAStreamThatSendsMoreThanItsWindow(TierFixture fixture) throws Exception {
    start(
        fixture,
        Http2Backend.running(
            (connection, number) -> {
              int stream = connection.await(Http2Backend.HEADERS).stream();
              connection.send(
                  Http2Backend.HEADERS, Http2Backend.END_HEADERS, stream, Http2Backend.OK);
              connection.flood(2_000, Http2Backend.DATA, 0, stream, new byte[16_384]);
              connection.awaitClose();
            }));
    try (var client = fixture.connect()) {
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(fixture.recordings.next().flags()).isEqualTo("UPE");
    }
  }

  @OnEachTransport
  void refusesAHeadThatHttp1CouldNotCarry(TierFixture fixture) throws Exception {
    // "a: x\r\ny: z": a field that would be two
    byte[] split = "\0\001a\007x\r\ny: z".getBytes(StandardCharsets.ISO_8859_1);
    byte[] head = new byte[split.length + 1];
    head[0] = Http2Backend.OK[0];
    System.arraycopy(split, 0, head, 1, split.length);
    start(
        fixture,
        Http2Backend.running(
            (connection, number) -> {
              int stream = connection.await(Http2Backend.HEADERS).stream();
              connection.send(
                  Http2Backend.HEADERS,
                  Http2Backend.END_HEADERS | Http2Backend.END_STREAM,
                  stream,
                  head);
              connection.awaitClose();
            }));
    try (var client = fixture.connect()) {
      assertThat(client.get("/").status()).isEqualTo(502);
    }
    assertThat(fixture.recordings.next().flags()).isEqualTo("UPE");
  }

  @OnEachTransport
  void cutsAnAnswerThatIsShorterThanItSays(TierFixture fixture) throws Exception {
    byte[] head = {(byte) 0x88, 0x0f, 0x0d, 1, '9'}; // content-length: 9
    start(
        fixture,
        Http2Backend.running(
            (connection, number) -> {
              int stream = connection.await(Http2Backend.HEADERS).stream();
              connection.send(Http2Backend.HEADERS, Http2Backend.END_HEADERS, stream, head);
              connection.send(
                  Http2Backend.DATA, Http2Backend.END_STREAM, stream, new byte[] {'a', 'b'});
              connection.awaitClose();
            }));
    try (var client = fixture.connect()) {
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      HttpMessage.readHead(client.in());
      assertThat(client.in().readAllBytes()).asString().isEqualTo("ab");
    }
    assertThat(fixture.recordings.next().flags()).isEqualTo("UPE");
  }

  @OnEachTransport
  void replacesConnectionsThatHaveGrownOld(TierFixture fixture) throws Exception {
    var backend = Http2Backend.running(Http2UpstreamTest::serve);
    fixture.connections =
        new PoolConfig.Connections(
            Protocol.H2C, null, Http2.DEFAULT, new Lifetime(SECONDS.toNanos(900), 3));
    fixture.backend(backend);
    fixture.start();
    var answers = new ArrayList<String>();
    try (var client = fixture.connect()) {
      for (int i = 0; i < 7; i++) {
        answers.add(client.get("/").text());
      }
    }
    assertThat(answers).containsExactly("0", "0", "0", "1", "1", "1", "2");
    fixture.awaitCount(L7Counter.UPSTREAM_CONNECTIONS_OPEN, 1);
  }
}
