package io.gatehouse.l7;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;

/** The corners of HTTP/1.1: forms of the target, expectations, answers that come early. */
class Http11Test {

  @OnEachTransport
  void believesTheHostOfAnAbsoluteTarget(TierFixture fixture) throws Exception {
    fixture.backend(RawBackend.answering(request -> RawBackend.ok(request.head())));
    fixture.start();
    try (var client = fixture.connect()) {
      client.send("GET http://Shop.test:8080/a?b=c HTTP/1.1\r\nHost: other.test\r\n\r\n");
      assertThat(client.response().text())
          .startsWith("GET /a?b=c HTTP/1.1\r\n")
          .contains("host: shop.test:8080\r\n", "x-forwarded-host: shop.test:8080\r\n")
          .doesNotContain("other.test");
      assertThat(fixture.recordings.next().host()).isEqualTo("shop.test");
      client.send("GET http://shop.test?b HTTP/1.1\r\nHost: other.test\r\n\r\n");
      assertThat(client.response().text()).startsWith("GET /?b HTTP/1.1\r\n");
    }
  }

  @OnEachTransport
  void takesAnAsteriskWithOptionsOnly(TierFixture fixture) throws Exception {
    fixture.backend(RawBackend.answering(request -> RawBackend.ok(request.startLine())));
    fixture.start();
    try (var client = fixture.connect()) {
      client.send("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(client.response().text()).isEqualTo("OPTIONS * HTTP/1.1");
      client.send("OPTIONS http://a HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(client.response().text()).isEqualTo("OPTIONS * HTTP/1.1");
      client.send("GET * HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(client.response().status()).isEqualTo(400);
    }
  }

  @OnEachTransport
  void passesARefusedExpectation(TierFixture fixture) throws Exception {
    fixture.backend(
        new RawBackend(
            connection -> {
              connection.requestHead();
              connection.send("HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n");
              connection.awaitClose();
            }));
    fixture.start();
    try (var client = fixture.connect()) {
      client.send("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
      var answer = client.response();
      assertThat(answer.status()).isEqualTo(417);
      // Whether the body follows can't be known, so nothing else can come on this connection.
      assertThat(answer.field("connection")).hasValue("close");
      assertThat(client.in().read()).isEqualTo(-1);
    }
  }

  @OnEachTransport
  void answersAnExpectationItRefusesItself(TierFixture fixture) throws Exception {
    fixture.backend(RawBackend.saying("hi"));
    fixture.pathPrefix = "/app";
    fixture.start();
    try (var client = fixture.connect()) {
      client.send("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
      var answer = client.response();
      assertThat(answer.status()).isEqualTo(404);
      assertThat(answer.field("connection")).hasValue("close");
    }
  }

  @OnEachTransport
  void sendsTheBodyThoughNoContinueComes(TierFixture fixture) throws Exception {
    fixture.backend(RawBackend.answering(request -> RawBackend.ok(request.text())));
    fixture.start();
    try (var client = fixture.connect()) {
      client.send(
          "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\nbody");
      assertThat(client.response().text()).isEqualTo("body");
      assertThat(client.get("/").text()).isEmpty();
    }
  }

  @OnEachTransport
  void passesSeveralInterimResponses(TierFixture fixture) throws Exception {
    fixture.backend(
        RawBackend.answering(
            request ->
                ("HTTP/1.1 102 Processing\r\n\r\n".repeat(3)
                        + "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
                        + "HTTP/1.1 204 No Content\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII)));
    fixture.start();
    try (var client = fixture.connect()) {
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      for (int status : new int[] {102, 102, 102, 103, 204}) {
        assertThat(client.responseTo("GET").status()).isEqualTo(status);
      }
    }
  }

  @OnEachTransport
  void givesUpOnABackendThatSendsInterimResponsesOnly(TierFixture fixture) throws Exception {
    var backend =
        fixture.backend(
            new RawBackend(
                connection -> {
                  connection.request();
                  while (true) {
                    connection.send("HTTP/1.1 102 Processing\r\n\r\n");
                  }
                }));
    fixture.start();
    try (var client = fixture.connect()) {
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      int interim = 0;
      var answer = client.response();
      for (; answer.status() == 102; answer = client.response()) {
        interim++;
      }
      assertThat(interim).isEqualTo(32);
      assertThat(answer.status()).isEqualTo(502);
    }
    TierFixture.await("the upstream connection is closed", () -> backend.openConnections() == 0);
  }

  @OnEachTransport
  void passesAnEarlyAnswerAtOnceAndClosesInOrder(TierFixture fixture) throws Exception {
    var answered = new CountDownLatch(1);
    var backend =
        fixture.backend(
            new RawBackend(
                connection -> {
                  connection.requestHead();
                  connection.send("HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno");
                  answered.countDown();
                  connection.awaitClose();
                }));
    fixture.start();
    try (var client = fixture.connect()) {
      client.send(
          "POST / HTTP/1.1\r\nHost: a\r\n" + "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n");
      var answer = client.response();
      assertThat(answer.status()).isEqualTo(401);
      assertThat(answer.text()).isEqualTo("no");
      assertThat(answer.field("connection")).hasValue("close");
      // The end of output comes at once; what the client still sends is read and thrown away.
      assertThat(client.in().read()).isEqualTo(-1);
      client.send("1\r\ny\r\n0\r\n\r\n");
    }
    assertThat(answered.await(10, SECONDS)).isTrue();
    TierFixture.await("the half-used one is closed", () -> backend.openConnections() == 0);
    fixture.awaitCount(L7Counter.CONNECTIONS_OPEN, 0);
  }

  @OnEachTransport
  void servesABackendOfHttp10(TierFixture fixture) throws Exception {
    var backend =
        fixture.backend(
            new RawBackend(
                connection -> {
                  if (connection.request().startLine().contains("/kept")) {
                    connection.send(
                        "HTTP/1.0 200 OK\r\n"
                            + "Connection: keep-alive\r\n"
                            + "Content-Length: 4\r\n\r\n"
                            + "kept");
                    connection.request();
                  }
                  connection.send("HTTP/1.0 200 OK\r\n\r\nuntil close");
                }));
    fixture.start();
    try (var client = fixture.connect()) {
      assertThat(client.get("/kept").text()).isEqualTo("kept");
      var answer = client.get("/");
      assertThat(answer.startLine()).startsWith("HTTP/1.1 200");
      assertThat(answer.text()).isEqualTo("until close");
      assertThat(client.get("/").text()).isEqualTo("until close");
    }
    assertThat(backend.accepted()).isEqualTo(2);
  }

  @OnEachTransport
  void keepsPipelinedBodiesApart(TierFixture fixture) throws Exception {
    fixture.backend(
        RawBackend.answering(
            request -> RawBackend.ok(request.text().isEmpty() ? "none" : request.text())));
    fixture.start();
    var pipelined = new StringBuilder();
    for (int i = 0; i < 50; i++) {
      pipelined.append("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n%03d".formatted(i));
      pipelined.append("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      pipelined.append("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
      pipelined.append("2\r\nGE\r\n1\r\nT\r\n0\r\nX-T: GET / HTTP/1.1\r\n\r\n");
    }
    try (var client = fixture.connect()) {
      client.send(pipelined.toString());
      for (int i = 0; i < 50; i++) {
        assertThat(client.response().text()).isEqualTo("%03d".formatted(i));
        assertThat(client.response().text()).isEqualTo("none");
        assertThat(client.response().text()).isEqualTo("GET");
      }
    }
  }
}
