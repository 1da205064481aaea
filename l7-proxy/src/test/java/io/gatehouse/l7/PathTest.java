package io.gatehouse.l7;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.l7.PathPolicy.DotSegments;
import io.gatehouse.l7.PathPolicy.EscapedSlashes;
import io.gatehouse.l7.PathPolicy.RepeatedSlashes;

/** A path is normalised once, and routes, backends and the log see the same form. */
class PathTest {

  private static TierFixture guarding(TierFixture fixture, PathPolicy policy) throws Exception {
    fixture.paths = policy;
    fixture.pathPrefix = "/app";
    fixture.backend(RawBackend.answering(request -> RawBackend.ok(request.startLine())));
    return fixture.start();
  }

  @OnEachTransport
  void routesOnTheFormThatTheBackendGets(TierFixture fixture) throws Exception {
    guarding(fixture, PathPolicy.DEFAULT);
    try (var client = fixture.connect()) {
      assertThat(client.get("/x/../%61pp/%7Eb?c/../d").text())
          .isEqualTo("GET /app/~b?c/../d HTTP/1.1");
      assertThat(fixture.recordings.next().path()).isEqualTo("/app/~b");
      assertThat(client.get("/app/../x").status()).isEqualTo(404);
      assertThat(client.get("//app").status()).isEqualTo(404);
      assertThat(client.get("/app/a%2Fb").status()).isEqualTo(400);
    }
  }

  @OnEachTransport
  void mergesAndDecodesWhereItIsToldTo(TierFixture fixture) throws Exception {
    guarding(
        fixture,
        new PathPolicy(DotSegments.NORMALISE, RepeatedSlashes.MERGE, EscapedSlashes.DECODE));
    try (var client = fixture.connect()) {
      assertThat(client.get("//x%2f..///app%2Fb//").text()).isEqualTo("GET /app/b/ HTTP/1.1");
      assertThat(client.get("/app%2f..%2fx").status()).isEqualTo(404);
    }
  }

  @OnEachTransport
  void rejectsWhereItIsToldTo(TierFixture fixture) throws Exception {
    guarding(
        fixture, new PathPolicy(DotSegments.REJECT, RepeatedSlashes.REJECT, EscapedSlashes.KEEP));
    try (var client = fixture.connect()) {
      assertThat(client.get("/app/a%2fb").text()).isEqualTo("GET /app/a%2Fb HTTP/1.1");
      fixture.recordings.next();
      for (String path : new String[] {"/app/./b", "/app//b", "/app/a%2f..", "/app/..%5Cb"}) {
        assertThat(client.get(path).status()).as(path).isEqualTo(400);
      }
      assertThat(fixture.recordings.next().reason()).isEqualTo("dot_segment");
      assertThat(fixture.recordings.next().reason()).isEqualTo("empty_segment");
      assertThat(fixture.recordings.next().reason()).isEqualTo("encoded_separator");
      assertThat(client.get("/app").status()).as("the connection stays").isEqualTo(200);
    }
    assertThat(fixture.count(L7Counter.REFUSED_BAD_REQUEST)).isEqualTo(4);
  }
}
