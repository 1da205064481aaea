package io.gatehouse.l7.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.l7.Upgrade;
import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** RFC 9113 sections 8.1 to 8.3. */
class Http2HeadsTest {
  private static final HeadLimits LIMITS = new HeadLimits(8192, 1024, 100);

  private final BodyFraming framing = new BodyFraming();

  private static @Nullable AsciiString string(@Nullable String text) {
    return text == null ? null : new AsciiString(text);
  }

  private static HeaderBlock fields(String... namesAndValues) {
    var head = new HeaderBlock(LIMITS.maxHeadBytes());
    for (int i = 0; i < namesAndValues.length; i += 2) {
      byte[] name = namesAndValues[i].getBytes(StandardCharsets.ISO_8859_1);
      byte[] value = namesAndValues[i + 1].getBytes(StandardCharsets.ISO_8859_1);
      assertThat(head.appendChecked(name, 0, name.length, value, 0, value.length)).isNull();
    }
    return head;
  }

  private HeadResult request(
      HeaderBlock head,
      @Nullable String method,
      @Nullable String scheme,
      @Nullable String authority,
      @Nullable String path,
      @Nullable String protocol,
      boolean endStream) {
    return Http2Heads.request(
        head,
        string(method),
        string(scheme),
        string(authority),
        string(path),
        string(protocol),
        endStream,
        LIMITS,
        framing);
  }

  private HeadResult get(HeaderBlock head) {
    return request(head, "GET", "https", "a.test", "/", null, true);
  }

  @Test
  void isWrittenAsTheSameRequestInHttp1() {
    var head = fields("x-a", "1", "cookie", "a=1", "x-b", "2", "cookie", "b=2", "cookie", "c");
    assertThat(request(head, "GET", "https", "A.test:443", "/p?q", null, true))
        .isEqualTo(HeadResult.Progress.DONE);
    assertThat(framing.kind()).isEqualTo(BodyFraming.Kind.NONE);
    assertThat(head.hostName()).isEqualTo("a.test");
    assertThat(Heads.written(head))
        .isEqualTo(
            "GET /p?q HTTP/1.1\r\nx-a: 1\r\nx-b: 2\r\nhost: a.test:443\r\ncookie: a=1; b=2; c\r\n"
                + "\r\n");
  }

  @Test
  void refusesWhatHttp1WouldRefuse() {
    Object[][] cases = {
      {null, "https", "a", "/", HttpViolation.PSEUDO_FIELD_MISSING},
      {"GET", null, "a", "/", HttpViolation.PSEUDO_FIELD_MISSING},
      {"GET", "https", "a", null, HttpViolation.PSEUDO_FIELD_MISSING},
      {"GET", "https", null, "/", HttpViolation.HOST_MISSING},
      {"GET", "ftp", "a", "/", HttpViolation.SCHEME_INVALID},
      {"", "https", "a", "/", HttpViolation.METHOD_INVALID},
      {"G T", "https", "a", "/", HttpViolation.METHOD_INVALID},
      {"GET / HTTP/1.1\r\nX", "https", "a", "/", HttpViolation.METHOD_INVALID},
      {"X".repeat(33), "https", "a", "/", HttpViolation.METHOD_TOO_LONG},
      {"CONNECT", "https", "a", "/", HttpViolation.CONNECT_REFUSED},
      {"GET", "https", "a", "", HttpViolation.TARGET_FORM},
      {"GET", "https", "a", "a", HttpViolation.TARGET_FORM},
      {"GET", "https", "a", "*", HttpViolation.TARGET_FORM},
      {"GET", "https", "a", "http://b/", HttpViolation.TARGET_FORM},
      {"GET", "https", "a", "/ HTTP/1.1\r\nx: y", HttpViolation.TARGET_INVALID},
      {"GET", "https", "a", "/#", HttpViolation.TARGET_INVALID},
      {"GET", "https", "a", "/" + "x".repeat(1024), HttpViolation.TARGET_TOO_LONG},
      {"GET", "https", "", "/", HttpViolation.HOST_INVALID},
      {"GET", "https", "u@a", "/", HttpViolation.HOST_INVALID},
      {"GET", "https", "a/b", "/", HttpViolation.HOST_INVALID},
    };
    for (Object[] c : cases) {
      assertThat(
              request(
                  fields(), (String) c[0], (String) c[1], (String) c[2], (String) c[3], null, true))
          .isEqualTo(c[4]);
    }
  }

  @Test
  void refusesFieldsOfAnHttp1Connection() {
    for (String name : new String[] {"connection", "keep-alive", "proxy-connection", "upgrade"}) {
      assertThat(get(fields(name, "x"))).as(name).isEqualTo(HttpViolation.CONNECTION_FIELD);
    }
    assertThat(get(fields("transfer-encoding", "chunked")))
        .isEqualTo(HttpViolation.CONNECTION_FIELD);
    assertThat(get(fields("te", "gzip"))).isEqualTo(HttpViolation.CONNECTION_FIELD);
    assertThat(get(fields("te", "trailers"))).isEqualTo(HeadResult.Progress.DONE);
  }

  @Test
  void takesAHostThatSaysTheSame() {
    assertThat(get(fields("host", "A.test"))).isEqualTo(HeadResult.Progress.DONE);
    assertThat(get(fields("host", "b.test"))).isEqualTo(HttpViolation.HOST_MISMATCH);
    assertThat(get(fields("host", "a.test", "host", "a.test")))
        .isEqualTo(HttpViolation.HOST_REPEATED);
    assertThat(request(fields("host", "B.test"), "GET", "https", null, "/", null, true))
        .isEqualTo(HeadResult.Progress.DONE);
    assertThat(request(fields("host", "b/c"), "GET", "https", null, "/", null, true))
        .isEqualTo(HttpViolation.HOST_INVALID);
  }

  @Test
  void framesTheBody() {
    assertThat(request(fields(), "POST", "https", "a", "/", null, false))
        .isEqualTo(HeadResult.Progress.DONE);
    assertThat(framing).hasToString("CHUNKED");
    assertThat(request(fields("content-length", "5"), "POST", "https", "a", "/", null, false))
        .isEqualTo(HeadResult.Progress.DONE);
    assertThat(framing).hasToString("LENGTH(5)");
    assertThat(request(fields("content-length", "5"), "POST", "https", "a", "/", null, true))
        .isEqualTo(HttpViolation.BODY_LENGTH_MISMATCH);
    assertThat(
            request(
                fields("content-length", "5", "content-length", "5"),
                "POST",
                "https",
                "a",
                "/",
                null,
                false))
        .isEqualTo(HttpViolation.CONTENT_LENGTH_REPEATED);
    assertThat(request(fields("content-length", "+5"), "POST", "https", "a", "/", null, false))
        .isEqualTo(HttpViolation.CONTENT_LENGTH_INVALID);
  }

  @Test
  void takesAnExtendedConnect() {
    var head = fields();
    assertThat(request(head, "CONNECT", "https", "a", "/chat", "websocket", false))
        .isEqualTo(HeadResult.Progress.DONE);
    assertThat(head.method()).isEqualTo(HttpMethod.GET);
    assertThat(head.upgrade()).isEqualTo(Upgrade.WEBSOCKET);
    assertThat(head.targetString()).isEqualTo("/chat");
    assertThat(framing).hasToString("NONE");
    assertThat(request(fields(), "CONNECT", "https", "a", "/chat", "chat", false))
        .isEqualTo(HttpViolation.CONNECT_REFUSED);
    assertThat(request(fields(), "GET", "https", "a", "/chat", "websocket", false))
        .isEqualTo(HttpViolation.PSEUDO_FIELD_MISPLACED);
  }

  @Test
  void readsResponses() {
    assertThat(response("200", HttpMethod.GET, false)).isEqualTo(HeadResult.Progress.DONE);
    assertThat(framing).hasToString("CHUNKED");
    assertThat(response("200", HttpMethod.GET, true)).isEqualTo(HeadResult.Progress.DONE);
    assertThat(framing).hasToString("NONE");
    assertThat(response("200", HttpMethod.GET, false, "content-length", "3"))
        .isEqualTo(HeadResult.Progress.DONE);
    assertThat(framing).hasToString("LENGTH(3)");
    assertThat(response("200", HttpMethod.HEAD, true, "content-length", "3"))
        .isEqualTo(HeadResult.Progress.DONE);
    assertThat(response("200", HttpMethod.GET, true, "content-length", "3"))
        .isEqualTo(HttpViolation.BODY_LENGTH_MISMATCH);
    assertThat(response("103", HttpMethod.GET, false)).isEqualTo(HeadResult.Progress.DONE);
    assertThat(response("103", HttpMethod.GET, true)).isEqualTo(HttpViolation.BODY_LENGTH_MISMATCH);
    for (String status : new String[] {"", "20", "2000", "2x0", "099", "600", "101"}) {
      assertThat(response(status, HttpMethod.GET, false))
          .as(status)
          .isEqualTo(HttpViolation.STATUS_LINE_INVALID);
    }
  }

  private HeadResult response(String status, HttpMethod method, boolean end, String... fields) {
    return Http2Heads.response(fields(fields), string(status), method, end, framing);
  }

  @Test
  void refusesTrailersThatAreMoreThanTrailers() {
    assertThat(Http2Heads.trailers(fields("grpc-status", "0"), false))
        .isEqualTo(HeadResult.Progress.DONE);
    assertThat(Http2Heads.trailers(fields("grpc-status", "0"), true))
        .isEqualTo(HttpViolation.TRAILER_INVALID);
    for (String name : new String[] {"connection", "transfer-encoding", "content-length", "host"}) {
      assertThat(Http2Heads.trailers(fields(name, "1"), false))
          .as(name)
          .isEqualTo(HttpViolation.TRAILER_INVALID);
    }
  }
}
