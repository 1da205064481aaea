package io.gatehouse.l7.http;

import static io.gatehouse.l7.http.HeadResult.Progress.DONE;
import static io.gatehouse.l7.http.HeadResult.Progress.NEED_MORE;
import static io.gatehouse.l7.http.HttpViolation.*;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.l7.http.RequestVectors.Vector;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ResponseParserTest {
  private static final String NEXT = "body";

  private final ResponseParser parser = new ResponseParser(Heads.LIMITS);
  private final HeaderBlock head = Heads.block();

  private static Vector line(String name, String statusLine, HeadResult expected) {
    return new Vector(name, statusLine + "\r\nA: b\r\n\r\n", expected);
  }

  private static Vector fields(String name, String fields, HeadResult expected) {
    return new Vector(name, "HTTP/1.1 200 OK\r\n" + fields + "\r\n\r\n", expected);
  }

  static List<Vector> vectors() {
    return List.of(
        line("a common line", "HTTP/1.1 200 OK", DONE),
        line("HTTP/1.0", "HTTP/1.0 200 OK", DONE),
        line("an empty reason", "HTTP/1.1 200 ", DONE),
        line("no reason and no space", "HTTP/1.1 200", DONE),
        line("a reason of several words and obs-text", "HTTP/1.1 404 Not \tF\u00fcnd", DONE),
        line("an unassigned status", "HTTP/1.1 599 x", DONE),
        line("status 600", "HTTP/1.1 600 x", STATUS_LINE_INVALID),
        line("status 099", "HTTP/1.1 099 x", STATUS_LINE_INVALID),
        line("a status of two digits", "HTTP/1.1 20 OK", STATUS_LINE_INVALID),
        line("a status of four digits", "HTTP/1.1 2000 OK", STATUS_LINE_INVALID),
        line("a negative status", "HTTP/1.1 -20 OK", STATUS_LINE_INVALID),
        line("two spaces before the status", "HTTP/1.1  200 OK", STATUS_LINE_INVALID),
        line("a tab after the status", "HTTP/1.1 200\tOK", STATUS_LINE_INVALID),
        line("HTTP/2.0", "HTTP/2.0 200 OK", STATUS_LINE_INVALID),
        line("HTTP/1.2", "HTTP/1.2 200 OK", STATUS_LINE_INVALID),
        line("a lower-case protocol", "http/1.1 200 OK", STATUS_LINE_INVALID),
        line("another protocol", "ICY 200 OK", STATUS_LINE_INVALID),
        line("an empty line before", "\r\nHTTP/1.1 200 OK", STATUS_LINE_INVALID),
        line("HTML", "<html>", STATUS_LINE_INVALID),
        line("a NUL in the reason", "HTTP/1.1 200 O\0K", STATUS_LINE_INVALID),
        line("a bare LF in the reason", "HTTP/1.1 200 O\nK", BARE_LF),
        line("a bare CR in the reason", "HTTP/1.1 200 O\rK", BARE_CR),
        fields("no length", "A: b", DONE),
        fields("a length", "Content-Length: 5", DONE),
        fields("chunked", "Transfer-Encoding: chunked", DONE),
        fields("a folded value", "A: b\r\n c", OBS_FOLD),
        fields("two lengths", "Content-Length: 5\r\nContent-Length: 6", CONTENT_LENGTH_REPEATED),
        fields("a negative length", "Content-Length: -1", CONTENT_LENGTH_INVALID),
        fields(
            "both",
            "Content-Length: 5\r\nTransfer-Encoding: chunked",
            LENGTH_WITH_TRANSFER_ENCODING),
        fields("an unknown coding", "Transfer-Encoding: x", TRANSFER_ENCODING_UNSUPPORTED),
        new Vector(
            "chunked in 1.0",
            "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            TRANSFER_ENCODING_IN_HTTP_1_0));
  }

  @ParameterizedTest
  @MethodSource("vectors")
  void givesTheVerdictOfTheTable(Vector vector) {
    ByteBuf in = Heads.buffer(vector.head() + NEXT);
    assertThat(parser.parse(in, head)).isEqualTo(vector.expected());
    if (vector.expected() == DONE) {
      assertThat(in.toString(StandardCharsets.ISO_8859_1)).isEqualTo(NEXT);
    }
  }

  @ParameterizedTest
  @MethodSource("vectors")
  void givesTheSameVerdictWhereverTheBufferIsSplit(Vector vector) {
    for (int split = 1; split < vector.head().length(); split++) {
      parser.reset();
      ByteBuf in = Unpooled.buffer();
      in.writeBytes(Heads.buffer(vector.head().substring(0, split)));
      HeadResult first = parser.parse(in, head);
      in.writeBytes(Heads.buffer(vector.head().substring(split)));
      HeadResult result = first == NEED_MORE ? parser.parse(in, head) : first;
      assertThat(result).as("split at %d", split).isEqualTo(vector.expected());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "GET, 200, A: b, UNTIL_CLOSE",
    "GET, 200, Content-Length: 5, LENGTH(5)",
    "GET, 200, Content-Length: 0, NONE",
    "GET, 200, Transfer-Encoding: chunked, CHUNKED",
    "POST, 404, A: b, UNTIL_CLOSE",
    "HEAD, 200, Content-Length: 5, NONE",
    "HEAD, 200, Transfer-Encoding: chunked, NONE",
    "HEAD, 200, A: b, NONE",
    "GET, 100, A: b, NONE",
    "GET, 101, Content-Length: 5, NONE",
    "GET, 103, A: b, NONE",
    "GET, 204, Content-Length: 5, NONE",
    "GET, 204, A: b, NONE",
    "GET, 304, Content-Length: 5, NONE",
    "GET, 205, Content-Length: 0, NONE",
  })
  void theFramingDependsOnRequestAndStatus(
      HttpMethod method, int status, String field, String framing) {
    parser.expect(method);
    ByteBuf in = Heads.buffer("HTTP/1.1 " + status + " x\r\n" + field + "\r\n\r\n");
    assertThat(parser.parse(in, head)).isEqualTo(DONE);
    assertThat(parser.framing()).hasToString(framing);
  }

  @Test
  void anInterimResponseComesBeforeTheFinalOne() {
    ByteBuf in = Heads.buffer("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n");
    assertThat(parser.parse(in, head)).isEqualTo(DONE);
    assertThat(head.status()).isEqualTo(100);
    assertThat(parser.parse(in, head)).isEqualTo(DONE);
    assertThat(head.status()).isEqualTo(204);
    assertThat(in.isReadable()).isFalse();
  }

  @Test
  void theReasonOfTheUpstreamGoesOnAndOneIsFoundWhereItGaveNone() {
    assertThat(Heads.writtenResponse(Heads.response("HTTP/1.0 200 Fine\r\nA: b\r\n\r\n")))
        .isEqualTo("HTTP/1.1 200 Fine\r\na: b\r\n\r\n");
    assertThat(Heads.writtenResponse(Heads.response("HTTP/1.1 404\r\n\r\n")))
        .isEqualTo("HTTP/1.1 404 Not Found\r\n\r\n");
    assertThat(Heads.writtenResponse(Heads.response("HTTP/1.1 299 \r\n\r\n")))
        .isEqualTo("HTTP/1.1 299 \r\n\r\n");
  }
}
