package io.gatehouse.l7;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;

/** Trailers go both ways, unless they would deceive whoever reads them. */
class TrailersTest {
  private static final String CHUNKED = "Transfer-Encoding: chunked\r\n";

  private static RawBackend answering(String fields, String body) throws Exception {
    return RawBackend.answering(
        request ->
            ("HTTP/1.1 200 OK\r\n" + CHUNKED + fields + "\r\n" + body)
                .getBytes(StandardCharsets.US_ASCII));
  }

  @OnEachTransport
  void passesTheTrailersOfARequest(TierFixture fixture) throws Exception {
    fixture.backend(RawBackend.answering(r -> RawBackend.ok(r.head() + r.text() + r.trailers())));
    fixture.start();
    try (var client = fixture.connect()) {
      for (int i = 0; i < 3; i++) {
        client.send(
            "POST / HTTP/1.1\r\nHost: a\r\nTrailer: X-Sum\r\n"
                + CHUNKED
                + "\r\n3\r\nabc\r\n0\r\nX-Sum:  900150983cd2 \r\nX-Empty:\r\n\r\n");
        assertThat(client.response().text())
            .contains("trailer: X-Sum\r\n")
            .endsWith("abcx-sum: 900150983cd2\r\nx-empty: \r\n");
      }
      client.send("POST / HTTP/1.1\r\nHost: a\r\n" + CHUNKED + "\r\n0\r\n\r\n");
      assertThat(client.response().text()).as("none is left over").doesNotContain("x-sum");
    }
  }

  @OnEachTransport
  void passesTheTrailersOfAnAnswer(TierFixture fixture) throws Exception {
    fixture.backend(answering("Trailer: X-Sum\r\n", "3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n"));
    fixture.start();
    try (var client = fixture.connect()) {
      for (int i = 0; i < 3; i++) {
        var answer = client.get("/");
        assertThat(answer.field("trailer")).hasValue("X-Sum");
        assertThat(answer.text()).isEqualTo("abc");
        assertThat(answer.trailers()).isEqualTo("x-sum: 1\r\n");
      }
    }
  }

  @OnEachTransport
  void dropsTheTrailersForAClientThatKnowsNone(TierFixture fixture) throws Exception {
    fixture.backend(answering("Trailer: X-Sum\r\n", "3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n"));
    fixture.start();
    try (var client = fixture.connect()) {
      var answer = client.send("GET / HTTP/1.0\r\n\r\n").response();
      assertThat(answer.field("trailer")).isEmpty();
      assertThat(answer.text()).isEqualTo("abc");
    }
  }

  @OnEachTransport
  void dropsWhatMayStandInAHeadOnly(TierFixture fixture) throws Exception {
    String[] refused = {
      "Content-Length: 5",
      "Transfer-Encoding: chunked",
      "Host: evil",
      "Authorization: Basic eDp5",
      "Cookie: a=b",
      "Set-Cookie: a=b",
      "X-Forwarded-For: 198.51.100.1",
      "X_Forwarded_For: 198.51.100.1",
      "Forwarded: for=198.51.100.1",
      "X-Request-ID: forged",
      "Connection: close",
      "Content-Type: text/html",
      "Content-Encoding: gzip",
      "Expect: 100-continue",
    };
    String trailers = String.join("\r\n", refused) + "\r\nX-Sum: 1\r\n";
    fixture.backend(
        RawBackend.answering(
            r ->
                ("HTTP/1.1 200 OK\r\nX-Got: "
                        + r.trailers().strip()
                        + "\r\n"
                        + CHUNKED
                        + "\r\n0\r\n"
                        + trailers
                        + "\r\n")
                    .getBytes(StandardCharsets.US_ASCII)));
    fixture.start();
    try (var client = fixture.connect()) {
      client.send("POST / HTTP/1.1\r\nHost: a\r\n" + CHUNKED + "\r\n0\r\n" + trailers + "\r\n");
      var answer = client.response();
      assertThat(answer.field("x-got")).hasValue("x-sum: 1");
      assertThat(answer.trailers()).isEqualTo("x-sum: 1\r\n");
    }
    assertThat(fixture.count(L7Counter.TRAILERS_REFUSED)).isEqualTo(2 * refused.length);
  }

  @OnEachTransport
  void refusesABrokenTrailer(TierFixture fixture) throws Exception {
    var backend = fixture.backend(RawBackend.saying("hi"));
    fixture.start();
    try (var client = fixture.connect()) {
      client.send("POST / HTTP/1.1\r\nHost: a\r\n" + CHUNKED + "\r\n0\r\nX-A : b\r\n\r\n");
      assertThat(client.response().status()).isEqualTo(400);
      assertThat(client.isClosedByPeer()).isTrue();
    }
    TierFixture.await("the upstream connection is closed", () -> backend.openConnections() == 0);
    assertThat(backend.requests()).isZero();
  }

  @OnEachTransport
  void cutsAnAnswerWithABrokenTrailer(TierFixture fixture) throws Exception {
    fixture.backend(answering("", "3\r\nabc\r\n0\r\nX-A\0: b\r\n\r\n"));
    fixture.start();
    try (var client = fixture.connect()) {
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      HttpMessage.readHead(client.in());
      assertThat(client.in().readAllBytes()).asString().isEqualTo("3\r\nabc\r\n");
    }
    assertThat(fixture.recordings.next().reason()).isEqualTo("upstream_bad_response");
  }

  @OnEachTransport
  void saysUpstreamThatTheClientTakesTrailers(TierFixture fixture) throws Exception {
    fixture.backend(RawBackend.answering(request -> RawBackend.ok(request.head())));
    fixture.start();
    try (var client = fixture.connect()) {
      client.send(
          "GET / HTTP/1.1\r\nHost: a\r\nTE: gzip, trailers\r\nConnection: TE, keep-alive\r\n\r\n");
      assertThat(client.response().text()).contains("te: trailers\r\n", "connection: te\r\n");
      assertThat(client.get("/").text()).doesNotContain("te: ", "connection: ");
    }
  }
}
