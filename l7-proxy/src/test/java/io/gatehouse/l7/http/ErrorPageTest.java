package io.gatehouse.l7.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ErrorPageTest {
  private static final long SECOND = 784_111_777; // the example of RFC 9110 section 5.6.7

  private final RequestId id = new RequestId();
  private final DateHeader date = new DateHeader();

  ErrorPageTest() {
    id.draw(new SplittableRandom(1));
  }

  private ByteBuf page(int status, boolean close, boolean withBody) {
    ByteBuf out = Unpooled.buffer();
    ErrorPage.write(out, status, id, date.at(SECOND), close, withBody);
    return out;
  }

  @Test
  void isAWholeResponseWithProblemDetails() {
    String body =
        "{\"type\":\"about:blank\",\"title\":\"Service Unavailable\",\"status\":503,"
            + "\"request_id\":\""
            + id
            + "\"}\n";
    assertThat(page(503, true, true).toString(StandardCharsets.US_ASCII))
        .isEqualTo(
            "HTTP/1.1 503 Service Unavailable\r\n"
                + "content-type: application/problem+json\r\n"
                + "cache-control: no-store\r\n"
                + "x-request-id: "
                + id
                + "\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                + "content-length: "
                + body.length()
                + "\r\nconnection: close\r\n\r\n"
                + body);
  }

  @Test
  void everyViolationHasAPageThatOurOwnParserReads() {
    for (HttpViolation violation : HttpViolation.values()) {
      ByteBuf in = page(violation.status(), false, true);
      var parser = new ResponseParser(Heads.LIMITS);
      HeaderBlock head = Heads.block();
      assertThat(parser.parse(in, head)).isEqualTo(HeadResult.Progress.DONE);
      assertThat(head.status()).isEqualTo(violation.status());
      assertThat(ConnectionOptions.keepsAlive(head)).isTrue();
      assertThat(parser.framing().length()).isEqualTo(in.readableBytes());
      assertThat(violation.reason()).matches("[a-z0-9_]+");
    }
  }

  @Test
  void answersHeadWithoutABodyButWithItsLength() {
    HeaderBlock head = Heads.block();
    ByteBuf in = page(404, false, false);
    assertThat(new ResponseParser(Heads.LIMITS).parse(in, head))
        .isEqualTo(HeadResult.Progress.DONE);
    assertThat(in.isReadable()).isFalse();
    assertThat(head.valueString(head.find(HeaderName.CONTENT_LENGTH)))
        .isEqualTo(Integer.toString(ErrorPage.bodyLength(404, id)));
  }

  @Test
  void theDateIsRenderedOnceASecond() {
    byte[] first = date.at(SECOND);
    assertThat(date.at(SECOND)).isSameAs(first);
    assertThat(date.at(SECOND + 1)).asString().isEqualTo("Sun, 06 Nov 1994 08:49:38 GMT");
  }
}
