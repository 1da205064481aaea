package io.gatehouse.l7;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;

/** The plain path of requests. */
class RequestPathTest {

  @OnEachTransport
  void passesARequestAndItsAnswer(TierFixture fixture) throws Exception {
    fixture.backend(RawBackend.answering(request -> RawBackend.ok(request.head())));
    fixture.start();
    try (var client = fixture.connect()) {
      var answer = client.get("/a/b?c=d");
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.field("x-request-id")).hasValueSatisfying(id -> assertThat(id).hasSize(32));
      assertThat(answer.text())
          .startsWith("GET /a/b?c=d HTTP/1.1\r\n")
          .contains("host: example.test\r\n")
          .contains("x-forwarded-for: 127.0.0.1\r\n")
          .contains("x-forwarded-proto: http\r\n")
          .contains("x-request-id: " + answer.field("x-request-id").get());
      var record = fixture.recordings.next();
      assertThat(record.id()).isEqualTo(answer.field("x-request-id").get());
      assertThat(record.status()).isEqualTo(200);
      assertThat(record.method()).isEqualTo("GET");
      assertThat(record.path()).isEqualTo("/a/b");
      assertThat(record.host()).isEqualTo("example.test");
      assertThat(record.protocol()).isEqualTo("HTTP/1.1");
      assertThat(record.client()).isEqualTo("127.0.0.1");
      assertThat(record.route()).isEqualTo("all");
      assertThat(record.endpoint()).isEqualTo("b1");
      assertThat(record.attempts()).isEqualTo(1);
      assertThat(record.responseBodyBytes()).isEqualTo(answer.body().length);
      assertThat(record.flags()).isEqualTo("-");
      assertThat(record.reason()).isEqualTo("via_upstream");
    }
  }

  @OnEachTransport
  void timesThePhasesInTheirOrder(TierFixture fixture) throws Exception {
    fixture.backend(RawBackend.saying("hi"));
    fixture.start();
    long beforeMillis = System.currentTimeMillis();
    try (var client = fixture.connect()) {
      client.get("/");
      client.get("/");
    }
    var first = fixture.recordings.next();
    var second = fixture.recordings.next();
    assertThat(first.startEpochNanos() / 1_000_000)
        .isBetween(beforeMillis - 50, beforeMillis + 10_000);
    assertThat(first.handshakeNanos()).isEqualTo(RequestRecord.NOT_REACHED);
    assertThat(first.connectNanos()).isPositive();
    assertThat(second.connectNanos()).isZero();
    for (var record : new Recordings.Request[] {first, second}) {
      assertThat(record.readHeadNanos()).isNotNegative();
      assertThat(record.upstreamHeadNanos()).isPositive();
      assertThat(record.totalNanos())
          .isGreaterThanOrEqualTo(record.upstreamHeadNanos() + record.connectNanos());
    }
  }

  @OnEachTransport
  void keepsBothConnectionsBetweenRequests(TierFixture fixture) throws Exception {
    var backend = fixture.backend(RawBackend.saying("hi"));
    fixture.start();
    try (var client = fixture.connect()) {
      for (int i = 0; i < 50; i++) {
        assertThat(client.get("/").text()).isEqualTo("hi");
      }
    }
    assertThat(backend.accepted()).isEqualTo(1);
    assertThat(backend.requests()).isEqualTo(50);
    assertThat(fixture.count(L7Counter.UPSTREAM_REUSED)).isEqualTo(49);
    fixture.awaitCount(L7Counter.CONNECTIONS_OPEN, 0);
    assertThat(fixture.count(L7Counter.REQUESTS)).isEqualTo(50);
    assertThat(fixture.count(L7Counter.REQUESTS_ACTIVE)).isZero();
    var endpoint = fixture.tier().status().pools().getFirst().endpoints().getFirst();
    assertThat(endpoint.idleConnections()).isEqualTo(1);
    assertThat(endpoint.openConnections()).isEqualTo(1);
    assertThat(endpoint.activeRequests()).isZero();
  }

  @OnEachTransport
  void replacesWhatAClientClaimsAboutItself(TierFixture fixture) throws Exception {
    fixture.backend(RawBackend.answering(request -> RawBackend.ok(request.head())));
    fixture.start();
    try (var client = fixture.connect()) {
      var answer =
          client
              .send(
                  "GET / HTTP/1.1\r\nHost: example.test\r\nX-Forwarded-For: 6.6.6.6\r\n"
                      + "Forwarded: for=6.6.6.6\r\nX-Request-ID: forged\r\n"
                      + "Connection: x-secret\r\nX-Secret: 1\r\nUpgrade: websocket\r\n\r\n")
              .response();
      assertThat(answer.text())
          .doesNotContain("6.6.6.6")
          .doesNotContain("forged")
          .doesNotContainIgnoringCase("x-secret")
          .doesNotContainIgnoringCase("upgrade")
          .contains("x-forwarded-for: 127.0.0.1\r\n")
          .contains("forwarded: for=127.0.0.1;host=example.test;proto=http\r\n");
    }
  }

  @OnEachTransport
  void stripsWhatHoldsForOneConnectionFromTheAnswer(TierFixture fixture) throws Exception {
    fixture.backend(
        RawBackend.answering(
            request ->
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nKeep-Alive: timeout=5\r\nConnection: x-hop\r\nX-Hop: 1\r\nX-Stays: 1\r\n\r\nhi"
                    .getBytes(StandardCharsets.US_ASCII)));
    fixture.start();
    try (var client = fixture.connect()) {
      var answer = client.get("/");
      assertThat(answer.field("keep-alive")).isEmpty();
      assertThat(answer.field("x-hop")).isEmpty();
      assertThat(answer.field("connection")).isEmpty();
      assertThat(answer.field("x-stays")).hasValue("1");
    }
  }

  @OnEachTransport
  void answersPipelinedRequestsInOrder(TierFixture fixture) throws Exception {
    fixture.backend(
        RawBackend.answering(request -> RawBackend.ok(request.startLine().split(" ")[1])));
    fixture.start();
    var pipelined = new StringBuilder();
    for (int i = 0; i < 200; i++) {
      pipelined.append("GET /").append(i).append(" HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    try (var client = fixture.connect()) {
      client.send(pipelined.toString());
      for (int i = 0; i < 200; i++) {
        assertThat(client.response().text()).isEqualTo("/" + i);
      }
    }
  }

  @OnEachTransport
  void answersPipelinedRequestsItRefusesInOrder(TierFixture fixture) throws Exception {
    fixture.backend(RawBackend.saying("hi"));
    fixture.pathPrefix = "/app";
    fixture.start();
    var pipelined = new StringBuilder();
    for (int i = 0; i < 100; i++) {
      pipelined.append("GET ").append(i % 2 == 0 ? "/app" : "/no");
      pipelined.append(" HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    try (var client = fixture.connect()) {
      client.send(pipelined.toString());
      for (int i = 0; i < 100; i++) {
        assertThat(client.response().status()).isEqualTo(i % 2 == 0 ? 200 : 404);
      }
    }
  }

  @OnEachTransport
  void readsAHeadThatComesByteByByte(TierFixture fixture) throws Exception {
    fixture.backend(RawBackend.saying("hi"));
    fixture.start();
    try (var client = fixture.connect()) {
      for (byte octet : "GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII)) {
        client.send(new byte[] {octet});
      }
      assertThat(client.response().text()).isEqualTo("hi");
    }
  }

  @OnEachTransport
  void takesAnEmptyLineBehindABodyForNoRequest(TierFixture fixture) throws Exception {
    fixture.backend(RawBackend.saying("hi"));
    fixture.start();
    try (var client = fixture.connect()) {
      for (int i = 0; i < 3; i++) {
        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx\r\n");
        assertThat(client.response().text()).isEqualTo("hi");
      }
      assertThat(fixture.count(L7Counter.REQUESTS_ACTIVE)).isZero();
    }
  }

  @OnEachTransport
  void answersHeadWithTheLengthAndNoBody(TierFixture fixture) throws Exception {
    fixture.backend(
        RawBackend.answering(
            request ->
                "HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n"
                    .getBytes(StandardCharsets.US_ASCII)));
    fixture.start();
    try (var client = fixture.connect()) {
      for (int i = 0; i < 3; i++) {
        client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
        assertThat(client.responseTo("HEAD").field("content-length")).hasValue("1234");
      }
    }
  }

  @OnEachTransport
  void passesAnswersThatHaveNoBody(TierFixture fixture) throws Exception {
    fixture.backend(
        RawBackend.answering(
            request ->
                (request.startLine().contains("/204")
                        ? "HTTP/1.1 204 No Content\r\n\r\n"
                        : "HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\nETag: \"x\"\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII)));
    var backend = fixture;
    backend.start();
    try (var client = fixture.connect()) {
      assertThat(client.get("/204").status()).isEqualTo(204);
      var notModified = client.get("/304");
      assertThat(notModified.status()).isEqualTo(304);
      assertThat(notModified.field("etag")).hasValue("\"x\"");
      assertThat(client.get("/204").status()).isEqualTo(204);
    }
  }

  @OnEachTransport
  void chunksABodyThatEndsWithTheBackendsConnection(TierFixture fixture) throws Exception {
    fixture.backend(
        new RawBackend(
            connection -> {
              connection.request();
              connection.send("HTTP/1.1 200 OK\r\n\r\nuntil close");
            }));
    fixture.start();
    try (var client = fixture.connect()) {
      for (int i = 0; i < 2; i++) {
        var answer = client.get("/");
        assertThat(answer.chunked()).isTrue();
        assertThat(answer.text()).isEqualTo("until close");
      }
    }
  }

  @OnEachTransport
  void servesAnHttp10Client(TierFixture fixture) throws Exception {
    fixture.backend(
        RawBackend.answering(
            request ->
                ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII)));
    fixture.start();
    try (var client = fixture.connect()) {
      var answer = client.send("GET / HTTP/1.0\r\n\r\n").response();
      assertThat(answer.chunked()).isFalse();
      assertThat(answer.field("connection")).hasValue("close");
      assertThat(answer.text()).isEqualTo("abc");
    }
  }

  @OnEachTransport
  void givesABackendAHostWhereAnOldClientSentNone(TierFixture fixture) throws Exception {
    var backend = fixture.backend(RawBackend.answering(r -> RawBackend.ok(r.field("host").get())));
    fixture.start();
    try (var client = fixture.connect()) {
      var answer = client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").response();
      assertThat(answer.text()).isEqualTo("127.0.0.1:" + backend.address().getPort());
      assertThat(answer.field("connection")).hasValue("keep-alive");
      assertThat(client.send("GET / HTTP/1.0\r\n\r\n").response().status()).isEqualTo(200);
      assertThat(client.isClosedByPeer()).isTrue();
    }
  }

  @OnEachTransport
  void passesOnThatABodyMayCome(TierFixture fixture) throws Exception {
    fixture.backend(
        new RawBackend(
            connection -> {
              String head = connection.requestHead();
              assertThat(head).contains("expect: 100-continue\r\n");
              connection.send("HTTP/1.1 100 Continue\r\n\r\n");
              connection.send(
                  RawBackend.ok(
                      new String(connection.in().readNBytes(4), StandardCharsets.US_ASCII)));
              connection.awaitClose();
            }));
    fixture.start();
    try (var client = fixture.connect()) {
      client.send(
          "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
      assertThat(client.response().status()).isEqualTo(100);
      assertThat(client.send("body").response().text()).isEqualTo("body");
    }
    assertThat(fixture.count(L7Counter.ANSWERS_INFORMATIONAL)).isEqualTo(1);
  }

  @OnEachTransport
  void passesEarlyHintsOnButNotToOldClients(TierFixture fixture) throws Exception {
    fixture.backend(
        RawBackend.answering(
            request ->
                "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
                    .getBytes(StandardCharsets.US_ASCII)));
    fixture.start();
    try (var client = fixture.connect()) {
      assertThat(client.get("/").field("link")).hasValue("</a.css>");
      assertThat(client.response().text()).isEqualTo("hi");
      assertThat(client.send("GET / HTTP/1.0\r\n\r\n").response().status()).isEqualTo(200);
    }
  }

  @OnEachTransport
  void closesAfterTheAnswerWhenTheClientAsksForIt(TierFixture fixture) throws Exception {
    fixture.backend(RawBackend.saying("hi"));
    fixture.start();
    try (var client = fixture.connect()) {
      client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
      var answer = client.response();
      assertThat(answer.field("connection")).hasValue("close");
      assertThat(client.isClosedByPeer()).isTrue();
    }
  }

  @OnEachTransport
  void refusesConnect(TierFixture fixture) throws Exception {
    fixture.backend(RawBackend.saying("hi"));
    fixture.start();
    try (var client = fixture.connect()) {
      client.send("CONNECT example.test:443 HTTP/1.1\r\nHost: example.test:443\r\n\r\n");
      assertThat(client.response().status()).isEqualTo(501);
      assertThat(client.isClosedByPeer()).isTrue();
    }
    assertThat(fixture.count(L7Counter.REFUSED_METHOD)).isEqualTo(1);
    assertThat(fixture.recordings.next().flags()).isEqualTo("DPE");
  }

  @OnEachTransport
  void saysWithAPageThatNoRouteMatches(TierFixture fixture) throws Exception {
    fixture.backend(RawBackend.saying("hi"));
    fixture.pathPrefix = "/app";
    fixture.start();
    try (var client = fixture.connect()) {
      var answer = client.get("/elsewhere");
      assertThat(answer.status()).isEqualTo(404);
      assertThat(answer.text()).contains(answer.field("x-request-id").get());
      assertThat(client.get("/app").text()).isEqualTo("hi");
    }
    var record = fixture.recordings.next();
    assertThat(record.flags()).isEqualTo("NR");
    assertThat(record.route()).isNull();
    assertThat(record.attempts()).isZero();
    assertThat(fixture.count(L7Counter.REFUSED_NO_ROUTE)).isEqualTo(1);
  }

  @OnEachTransport
  void countsABrokenRuleByItsName(TierFixture fixture) throws Exception {
    fixture.backend(RawBackend.saying("hi"));
    fixture.start();
    try (var client = fixture.connect()) {
      client.send("GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n");
      var answer = client.response();
      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.field("connection")).hasValue("close");
      assertThat(client.isClosedByPeer()).isTrue();
    }
    var broken = io.gatehouse.l7.http.HttpViolation.WHITESPACE_BEFORE_COLON;
    assertThat(fixture.tier().violations().sum(broken)).isEqualTo(1);
    assertThat(fixture.count(L7Counter.REFUSED_BAD_REQUEST)).isEqualTo(1);
    assertThat(fixture.recordings.next().reason()).isEqualTo(broken.reason());
  }
}
