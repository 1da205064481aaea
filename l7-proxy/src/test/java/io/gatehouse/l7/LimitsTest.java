package io.gatehouse.l7;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.l7.RejectedConnection.Reason;
import java.util.concurrent.CountDownLatch;

/** Every limit and timeout bites, with its status, its counter and its record. */
class LimitsTest {
  private static final long SHORT = MILLISECONDS.toNanos(300);
  private static final long LONG = SECONDS.toNanos(30);

  private static ListenerConfig.Timeouts clientTimeouts(
      long head, long bodyIdle, long keepAlive, long writeIdle) {
    return new ListenerConfig.Timeouts(head, bodyIdle, keepAlive, writeIdle, LONG);
  }

  private static ListenerConfig.Limits limits(
      int connections, int requests, int head, int target, int headers, long body) {
    return new ListenerConfig.Limits(connections, requests, head, target, headers, body);
  }

  @OnEachTransport
  void refusesTooLongATarget(TierFixture fixture) throws Exception {
    fixture.limits = limits(10, 100, 4096, 50, 10, 1000);
    fixture.backend(RawBackend.saying("hi"));
    fixture.start();
    assertRefused(
        fixture,
        "GET /" + "x".repeat(50) + " HTTP/1.1\r\nHost: a\r\n\r\n",
        414,
        L7Counter.REFUSED_TARGET_TOO_LONG,
        "target_too_long");
  }

  @OnEachTransport
  void refusesTooLargeAHead(TierFixture fixture) throws Exception {
    fixture.limits = limits(10, 100, 1024, 500, 10, 1000);
    fixture.backend(RawBackend.saying("hi"));
    fixture.start();
    assertRefused(
        fixture,
        "GET / HTTP/1.1\r\nHost: a\r\nX: " + "x".repeat(1024) + "\r\n\r\n",
        431,
        L7Counter.REFUSED_HEAD_TOO_LARGE,
        "head_too_large");
  }

  @OnEachTransport
  void refusesTooManyHeaders(TierFixture fixture) throws Exception {
    fixture.limits = limits(10, 100, 4096, 500, 10, 1000);
    fixture.backend(RawBackend.saying("hi"));
    fixture.start();
    assertRefused(
        fixture,
        "GET / HTTP/1.1\r\nHost: a\r\n" + "X: y\r\n".repeat(10) + "\r\n",
        431,
        L7Counter.REFUSED_HEAD_TOO_LARGE,
        "too_many_headers");
  }

  @OnEachTransport
  void refusesABodyWhoseLengthIsTooLarge(TierFixture fixture) throws Exception {
    fixture.limits = limits(10, 100, 4096, 500, 10, 1000);
    var backend = fixture.backend(RawBackend.saying("hi"));
    fixture.start();
    assertRefused(
        fixture,
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n",
        413,
        L7Counter.REFUSED_BODY_TOO_LARGE,
        "request_body_too_large");
    assertThat(backend.accepted()).isZero();
  }

  @OnEachTransport
  void refusesAChunkedBodyThatGrowsTooLarge(TierFixture fixture) throws Exception {
    fixture.limits = limits(10, 100, 4096, 500, 10, 1000);
    var backend = fixture.backend(RawBackend.saying("hi"));
    fixture.start();
    assertRefused(
        fixture,
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n"
            + "x".repeat(1001)
            + "\r\n0\r\n\r\n",
        413,
        L7Counter.REFUSED_BODY_TOO_LARGE,
        "request_body_too_large");
    TierFixture.await("the upstream connection is closed", () -> backend.openConnections() == 0);
    assertThat(backend.requests()).isZero();
  }

  @OnEachTransport
  void lingersSoThatARefusalReachesAClientThatStillSends(TierFixture fixture) throws Exception {
    fixture.limits = limits(10, 100, 4096, 500, 10, 1000);
    fixture.backend(RawBackend.saying("hi"));
    fixture.start();
    try (var client = fixture.connect()) {
      client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n");
      client.send(new byte[3_000_000]);
      assertThat(client.response().status()).isEqualTo(413);
      assertThat(client.isClosedByPeer()).isTrue();
    }
  }

  @OnEachTransport
  void givesUpOnASlowHead(TierFixture fixture) throws Exception {
    fixture.clientTimeouts = clientTimeouts(SHORT, LONG, LONG, LONG);
    fixture.backend(RawBackend.saying("hi"));
    fixture.start();
    assertRefused(
        fixture,
        "GET / HTTP/1.1\r\nHos",
        408,
        L7Counter.REFUSED_HEAD_TIMEOUT,
        "request_head_timeout");
  }

  @OnEachTransport
  void givesUpOnASlowHeadOfALaterRequest(TierFixture fixture) throws Exception {
    fixture.clientTimeouts = clientTimeouts(SHORT, LONG, LONG, LONG);
    fixture.backend(RawBackend.saying("hi"));
    fixture.start();
    try (var client = fixture.connect()) {
      client.get("/");
      assertThat(client.send("G").response().status()).isEqualTo(408);
    }
  }

  @OnEachTransport
  void closesAConnectionThatNeverSends(TierFixture fixture) throws Exception {
    fixture.clientTimeouts = clientTimeouts(SHORT, LONG, LONG, LONG);
    fixture.start();
    try (var client = fixture.connect()) {
      assertThat(client.isClosedByPeer()).isTrue();
    }
    assertThat(fixture.recordings.nextRejection().reason()).isEqualTo(Reason.NO_REQUEST_TIMEOUT);
    assertThat(fixture.count(L7Counter.REJECTED_NO_REQUEST)).isEqualTo(1);
  }

  @OnEachTransport
  void countsAnUnusedConnectionWithoutARecord(TierFixture fixture) throws Exception {
    fixture.start();
    fixture.connect().close();
    fixture.awaitCount(L7Counter.CONNECTIONS_UNUSED, 1);
    assertThat(fixture.recordings.isEmpty()).isTrue();
  }

  @OnEachTransport
  void closesAnIdleConnectionAfterItsTime(TierFixture fixture) throws Exception {
    fixture.clientTimeouts = clientTimeouts(LONG, LONG, SHORT, LONG);
    fixture.backend(RawBackend.saying("hi"));
    fixture.start();
    try (var client = fixture.connect()) {
      client.get("/");
      assertThat(client.isClosedByPeer()).isTrue();
    }
    assertThat(fixture.count(L7Counter.KEEP_ALIVE_EXPIRED)).isEqualTo(1);
  }

  @OnEachTransport
  void givesUpOnABodyThatStopsComing(TierFixture fixture) throws Exception {
    fixture.clientTimeouts = clientTimeouts(LONG, SHORT, LONG, LONG);
    var backend = fixture.backend(RawBackend.saying("hi"));
    fixture.start();
    assertRefused(
        fixture,
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc",
        408,
        L7Counter.REFUSED_BODY_TIMEOUT,
        "request_body_timeout");
    TierFixture.await("the upstream connection is closed", () -> backend.openConnections() == 0);
  }

  @OnEachTransport
  void closesOnAClientThatTakesNoByteOfItsAnswer(TierFixture fixture) throws Exception {
    fixture.clientTimeouts = clientTimeouts(LONG, LONG, LONG, SECONDS.toNanos(1));
    fixture.backend(RawBackend.answering(request -> RawBackend.ok("x".repeat(20_000_000))));
    fixture.start();
    try (var client = fixture.connect()) {
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      var record = fixture.recordings.next();
      assertThat(record.reason()).isEqualTo("downstream_write_timeout");
      assertThat(record.flags()).isEqualTo("SI");
    }
    assertThat(fixture.count(L7Counter.CLIENT_WRITE_TIMEOUT)).isEqualTo(1);
    fixture.awaitCount(L7Counter.CONNECTIONS_OPEN, 0);
  }

  @OnEachTransport
  void closesAfterTheLastAllowedRequest(TierFixture fixture) throws Exception {
    fixture.limits = limits(10, 3, 4096, 500, 10, 1000);
    fixture.backend(RawBackend.saying("hi"));
    fixture.start();
    try (var client = fixture.connect()) {
      assertThat(client.get("/").field("connection")).isEmpty();
      assertThat(client.get("/").field("connection")).isEmpty();
      assertThat(client.get("/").field("connection")).hasValue("close");
      assertThat(client.isClosedByPeer()).isTrue();
    }
    assertThat(fixture.count(L7Counter.MAX_REQUESTS_REACHED)).isEqualTo(1);
  }

  @OnEachTransport
  void closesConnectionsBeyondTheCap(TierFixture fixture) throws Exception {
    fixture.limits = limits(2, 100, 4096, 500, 10, 1000);
    fixture.backend(RawBackend.saying("hi"));
    fixture.start();
    try (var one = fixture.connect();
        var two = fixture.connect()) {
      one.get("/");
      two.get("/");
      try (var three = fixture.connect()) {
        assertThat(three.isClosedByPeer()).isTrue();
      }
      assertThat(fixture.recordings.nextRejection().reason()).isEqualTo(Reason.CONNECTION_LIMIT);
      assertThat(fixture.count(L7Counter.REJECTED_CONNECTION_LIMIT)).isEqualTo(1);
      assertThat(one.get("/").status()).isEqualTo(200);
    }
    fixture.awaitCount(L7Counter.CONNECTIONS_OPEN, 0);
    try (var four = fixture.connect()) {
      assertThat(four.get("/").status()).isEqualTo(200);
    }
  }

  @OnEachTransport
  void answers503WhenThePoolHasAsManyConnectionsAsItMay(TierFixture fixture) throws Exception {
    fixture.poolLimits = new PoolConfig.Limits(1, 1, 4096);
    var goOn = new CountDownLatch(1);
    var arrived = new CountDownLatch(1);
    fixture.backend(
        RawBackend.answering(
            request -> {
              arrived.countDown();
              goOn.await(10, SECONDS);
              return RawBackend.ok("hi");
            }));
    fixture.start();
    try (var one = fixture.connect();
        var two = fixture.connect()) {
      one.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(arrived.await(10, SECONDS)).isTrue();
      assertThat(two.get("/").status()).isEqualTo(503);
      assertThat(fixture.recordings.next().flags()).isEqualTo("UO");
      goOn.countDown();
      assertThat(one.response().text()).isEqualTo("hi");
      assertThat(two.get("/").text()).isEqualTo("hi");
    }
    assertThat(fixture.count(L7Counter.UPSTREAM_OVERFLOW)).isEqualTo(1);
  }

  @OnEachTransport
  void keepsNoMoreIdleUpstreamConnectionsThanItMay(TierFixture fixture) throws Exception {
    fixture.poolLimits = new PoolConfig.Limits(10, 1, 4096);
    var both = new CountDownLatch(2);
    var backend =
        fixture.backend(
            RawBackend.answering(
                request -> {
                  both.countDown();
                  both.await(10, SECONDS);
                  return RawBackend.ok("hi");
                }));
    fixture.start();
    try (var one = fixture.connect();
        var two = fixture.connect()) {
      one.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      two.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      one.response();
      two.response();
      TierFixture.await("one is closed", () -> backend.openConnections() == 1);
    }
    assertThat(fixture.count(L7Counter.UPSTREAM_IDLE_OVERFLOW)).isEqualTo(1);
  }

  @OnEachTransport
  void closesAnIdleUpstreamConnectionAfterItsTime(TierFixture fixture) throws Exception {
    fixture.poolTimeouts = new PoolConfig.Timeouts(LONG, SHORT);
    var backend = fixture.backend(RawBackend.saying("hi"));
    fixture.start();
    try (var client = fixture.connect()) {
      client.get("/");
      TierFixture.await("it is closed", () -> backend.openConnections() == 0);
      assertThat(client.get("/").text()).isEqualTo("hi");
    }
    assertThat(fixture.count(L7Counter.UPSTREAM_IDLE_EXPIRED)).isEqualTo(1);
    assertThat(backend.accepted()).isEqualTo(2);
  }

  @OnEachTransport
  void answers502ToTooLargeAResponseHead(TierFixture fixture) throws Exception {
    fixture.poolLimits = new PoolConfig.Limits(10, 10, 1024);
    fixture.backend(
        RawBackend.answering(
            request ->
                ("HTTP/1.1 200 OK\r\nX: " + "x".repeat(1024) + "\r\n\r\n")
                    .getBytes(java.nio.charset.StandardCharsets.US_ASCII)));
    fixture.start();
    try (var client = fixture.connect()) {
      assertThat(client.get("/").status()).isEqualTo(502);
    }
    assertThat(fixture.count(L7Counter.UPSTREAM_BAD_RESPONSE)).isEqualTo(1);
  }

  @OnEachTransport
  void answers504WhenTheResponseDoesNotComeInTime(TierFixture fixture) throws Exception {
    fixture.routeTimeouts = new RouteConfig.Timeouts(SHORT, LONG, LONG, LONG);
    var backend = fixture.backend(new RawBackend(RawBackend.Connection::awaitClose));
    fixture.start();
    try (var client = fixture.connect()) {
      var answer = client.get("/");
      assertThat(answer.status()).isEqualTo(504);
      assertThat(answer.text()).contains(answer.field("x-request-id").get());
      TierFixture.await("the upstream connection is closed", () -> backend.openConnections() == 0);
      assertThat(client.get("/").status()).as("the client's connection stays").isEqualTo(504);
    }
    var record = fixture.recordings.next();
    assertThat(record.flags()).isEqualTo("UT");
    assertThat(record.reason()).isEqualTo("upstream_response_timeout");
    assertThat(fixture.count(L7Counter.UPSTREAM_RESPONSE_TIMEOUT)).isEqualTo(2);
    assertThat(fixture.health.reports()).contains("app/b1: upstream_response_timeout");
  }

  @OnEachTransport
  void cutsAnAnswerWhoseBodyStopsComing(TierFixture fixture) throws Exception {
    fixture.routeTimeouts = new RouteConfig.Timeouts(LONG, SHORT, LONG, LONG);
    fixture.backend(
        new RawBackend(
            connection -> {
              connection.request();
              connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
              connection.awaitClose();
            }));
    fixture.start();
    try (var client = fixture.connect()) {
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      HttpMessage.readHead(client.in());
      assertThat(client.in().readNBytes(3)).asString().isEqualTo("abc");
      assertThat(client.isClosedByPeer()).isTrue();
    }
    var record = fixture.recordings.next();
    assertThat(record.flags()).isEqualTo("UT,SI");
    assertThat(record.status()).isEqualTo(200);
    assertThat(fixture.count(L7Counter.UPSTREAM_BODY_TIMEOUT)).isEqualTo(1);
  }

  @OnEachTransport
  void answers504WhenTheBackendTakesNoByteOfTheRequest(TierFixture fixture) throws Exception {
    fixture.routeTimeouts = new RouteConfig.Timeouts(LONG, SECONDS.toNanos(1), LONG, LONG);
    var done = new CountDownLatch(1);
    fixture.backend(
        new RawBackend(
            connection -> {
              connection.requestHead();
              done.await(20, SECONDS);
            }));
    fixture.start();
    try (var client = fixture.connect()) {
      Thread.ofVirtual()
          .start(
              () -> {
                try {
                  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 30000000\r\n\r\n");
                  client.send(new byte[30_000_000]);
                } catch (java.io.IOException e) {
                  // It was answered before.
                }
              });
      assertThat(client.response().status()).isEqualTo(504);
      assertThat(fixture.recordings.next().flags()).isEqualTo("UT,SI");
    } finally {
      done.countDown();
    }
  }

  private static void assertRefused(
      TierFixture fixture, String request, int status, L7Counter counter, String reason)
      throws Exception {
    try (var client = fixture.connect()) {
      var answer = client.send(request).response();
      assertThat(answer.status()).isEqualTo(status);
      assertThat(answer.field("connection")).hasValue("close");
      assertThat(answer.text()).contains(answer.field("x-request-id").get());
      assertThat(client.isClosedByPeer()).isTrue();
    }
    var record = fixture.recordings.next();
    assertThat(record.status()).isEqualTo(status);
    assertThat(record.reason()).isEqualTo(reason);
    assertThat(fixture.count(counter)).isEqualTo(1);
    fixture.awaitCount(L7Counter.CONNECTIONS_OPEN, 0);
  }
}
