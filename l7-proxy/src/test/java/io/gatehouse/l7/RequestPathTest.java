package io.gatehouse.l7;

import static org.assertj.core.api.Assertions.assertThat;

/** The plain path of requests, over real sockets on both transports. */
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
      assertThat(record.path()).isEqualTo("/a/b");
      assertThat(record.host()).isEqualTo("example.test");
      assertThat(record.endpoint()).isEqualTo("b1");
      assertThat(record.attempts()).isEqualTo(1);
      assertThat(record.flags()).isEqualTo("-");
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
  }
}
