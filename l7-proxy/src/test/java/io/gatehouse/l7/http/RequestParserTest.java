package io.gatehouse.l7.http;

import static io.gatehouse.l7.http.HeadResult.Progress.DONE;
import static io.gatehouse.l7.http.HeadResult.Progress.NEED_MORE;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.buffer.UnpooledHeapByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RequestParserTest {
  private static final String NEXT = "GET /next";

  private final RequestParser parser = new RequestParser(Heads.LIMITS);
  private final HeaderBlock head = Heads.block();

  static List<RequestVectors.Vector> vectors() {
    return RequestVectors.ALL;
  }

  @ParameterizedTest
  @MethodSource("vectors")
  void givesTheVerdictOfTheTable(RequestVectors.Vector vector) {
    ByteBuf in = Heads.buffer(vector.head() + NEXT);
    assertThat(parser.parse(in, head)).isEqualTo(vector.expected());
    if (vector.expected() == DONE) {
      assertThat(in.toString(StandardCharsets.ISO_8859_1)).isEqualTo(NEXT);
    }
  }

  @ParameterizedTest
  @MethodSource("vectors")
  void givesTheSameVerdictWhereverTheBufferIsSplit(RequestVectors.Vector vector) {
    String all = vector.head() + NEXT;
    for (int split = 1; split < all.length(); split++) {
      parser.reset();
      ByteBuf in = Unpooled.buffer();
      in.writeBytes(Heads.buffer(all.substring(0, split)));
      HeadResult first = parser.parse(in, head);
      in.writeBytes(Heads.buffer(all.substring(split)));
      HeadResult result = first == NEED_MORE ? parser.parse(in, head) : first;
      assertThat(result).as("split at %d", split).isEqualTo(vector.expected());
      if (result == DONE) {
        assertThat(in.toString(StandardCharsets.ISO_8859_1)).isEqualTo(NEXT);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("vectors")
  void givesTheSameVerdictOctetByOctet(RequestVectors.Vector vector) {
    ByteBuf in = Unpooled.buffer();
    HeadResult result = NEED_MORE;
    for (int i = 0; i < vector.head().length() && result == NEED_MORE; i++) {
      in.writeByte(vector.head().charAt(i));
      result = parser.parse(in, head);
    }
    assertThat(result).isEqualTo(vector.expected());
    if (result == DONE) {
      assertThat(in.isReadable()).isFalse();
    }
  }

  @Test
  void theTableHasEveryReasonThatARequestHeadCanGive() {
    var seen = EnumSet.noneOf(HttpViolation.class);
    for (RequestVectors.Vector vector : RequestVectors.ALL) {
      if (vector.expected() instanceof HttpViolation violation) {
        seen.add(violation);
      }
    }
    var missing = EnumSet.complementOf(seen);
    // These have tests of their own: limits here, the rest with responses, bodies, paths, HTTP/2.
    missing.removeAll(
        EnumSet.of(
            HttpViolation.TARGET_TOO_LONG,
            HttpViolation.HEAD_TOO_LARGE,
            HttpViolation.TOO_MANY_HEADERS,
            HttpViolation.STATUS_LINE_INVALID));
    missing.removeIf(
        violation ->
            violation.name().startsWith("CHUNK") || violation.name().startsWith("TRAILER_"));
    missing.removeAll(
        EnumSet.range(HttpViolation.PSEUDO_FIELD_MISPLACED, HttpViolation.BODY_LENGTH_MISMATCH));
    missing.removeIf(violation -> RequestTargetTest.REASONS.contains(violation));
    assertThat(missing).isEmpty();
  }

  @Test
  void readsTheParts() {
    HeaderBlock read =
        Heads.request(
            "PATCH /a?b=c HTTP/1.1\r\nHost: Example.COM:81\r\nX-Two: 1\r\nx-TWO:2\r\n\r\n");
    assertThat(read.method()).isEqualTo(HttpMethod.PATCH);
    assertThat(read.methodString()).isEqualTo("PATCH");
    assertThat(read.targetString()).isEqualTo("/a?b=c");
    assertThat(read.version()).isEqualTo(HttpVersion.HTTP_1_1);
    assertThat(read.hostName()).isEqualTo("example.com");
    assertThat(read.toString()).isEqualTo("host: example.com:81\nx-two: 1\nx-two: 2\n");
    assertThat(read.find(HeaderName.of("X-Two"), 2)).isEqualTo(2);
    assertThat(read.find(HeaderName.COOKIE)).isEqualTo(-1);
  }

  @Test
  void keepsTheNameOfAMethodThatItDoesNotKnow() {
    HeaderBlock read = Heads.request("get / HTTP/1.1\r\nHost: a\r\n\r\n");
    assertThat(read.method()).isEqualTo(HttpMethod.OTHER);
    assertThat(read.methodString()).isEqualTo("get");
  }

  @Test
  void absoluteFormBecomesOriginFormAndItsAuthorityTheHost() {
    assertThat(rewritten("GET http://B.example:81/c/d?e HTTP/1.1"))
        .isEqualTo("GET /c/d?e HTTP/1.1\r\nhost: b.example:81\r\n\r\n");
    assertThat(rewritten("GET http://b HTTP/1.1")).isEqualTo("GET / HTTP/1.1\r\nhost: b\r\n\r\n");
    assertThat(rewritten("GET http://b?q HTTP/1.1"))
        .isEqualTo("GET /?q HTTP/1.1\r\nhost: b\r\n\r\n");
    assertThat(rewritten("OPTIONS http://b HTTP/1.1"))
        .isEqualTo("OPTIONS * HTTP/1.1\r\nhost: b\r\n\r\n");
    assertThat(rewritten("GET http://[2001:DB8::1]/ HTTP/1.0"))
        .isEqualTo("GET / HTTP/1.1\r\nhost: [2001:db8::1]\r\n\r\n");
  }

  private static String rewritten(String requestLine) {
    return Heads.written(Heads.request(requestLine + "\r\nHost: a\r\n\r\n"));
  }

  @Test
  void aHostNameIsComparedWithoutPortAndTrailingDot() {
    assertThat(Heads.request("GET / HTTP/1.1\r\nHost: a.b.:80\r\n\r\n").hostName())
        .isEqualTo("a.b");
    assertThat(Heads.request("GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n").hostName())
        .isEqualTo("[::1]");
    assertThat(Heads.request("GET / HTTP/1.0\r\n\r\n").hostName()).isEmpty();
  }

  @Test
  void readsTheFraming() {
    assertThat(framing("A: b")).isEqualTo("NONE");
    assertThat(framing("Content-Length: 0")).isEqualTo("NONE");
    assertThat(framing("Content-Length: 42")).isEqualTo("LENGTH(42)");
    assertThat(framing("Transfer-Encoding: Chunked")).isEqualTo("CHUNKED");
  }

  private String framing(String field) {
    ByteBuf in = Heads.buffer("POST / HTTP/1.1\r\nHost: a\r\n" + field + "\r\n\r\n");
    assertThat(parser.parse(in, head)).isEqualTo(DONE);
    return parser.framing().toString();
  }

  @Test
  void aLengthWithLeadingZerosGoesOnWithoutThem() {
    HeaderBlock read = Heads.request("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0010\r\n\r\n");
    assertThat(Heads.written(read)).contains("content-length: 10\r\n").doesNotContain("0010");
  }

  @Test
  void readsPipelinedHeadsOneByOne() {
    ByteBuf in =
        Heads.buffer(
            "GET /1 HTTP/1.1\r\n"
                + "Host: a\r\n\r\n\r\n"
                + "GET /2 HTTP/1.1\r\n"
                + "Host: b\r\n"
                + "C: d\r\n\r\n"
                + "GET /3 ");
    assertThat(parser.parse(in, head)).isEqualTo(DONE);
    assertThat(head.targetString()).isEqualTo("/1");
    assertThat(parser.parse(in, head)).isEqualTo(DONE);
    assertThat(head.targetString()).isEqualTo("/2");
    assertThat(head.count()).isEqualTo(2);
    assertThat(parser.hasBegun()).isFalse();
    assertThat(parser.parse(in, head)).isEqualTo(NEED_MORE);
    assertThat(parser.hasBegun()).isTrue();
    in.writeBytes(Heads.buffer("HTTP/1.1\r\nHost: a\r\n\r\n"));
    assertThat(parser.parse(in, head)).isEqualTo(DONE);
    assertThat(in.isReadable()).isFalse();
  }

  @Test
  void theCallerMayCompactTheBufferBetweenCalls() {
    ByteBuf in = Heads.buffer("xxxxGET /1 HTTP/1.1\r\nHo");
    in.skipBytes(4);
    assertThat(parser.parse(in, head)).isEqualTo(NEED_MORE);
    in.discardReadBytes();
    in.writeBytes(Heads.buffer("st: a\r\n\r\n"));
    assertThat(parser.parse(in, head)).isEqualTo(DONE);
    assertThat(head.targetString()).isEqualTo("/1");
  }

  @Test
  void aViolationIsFinalUntilReset() {
    assertThat(parser.parse(Heads.buffer("\0"), head)).isEqualTo(HttpViolation.METHOD_INVALID);
    ByteBuf good = Heads.buffer("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assertThat(parser.parse(good, head)).isEqualTo(HttpViolation.METHOD_INVALID);
    parser.reset();
    assertThat(parser.parse(good, head)).isEqualTo(DONE);
  }

  @Test
  void aHeadOfExactlyTheLimitPassesAndOneOctetMoreDoesNot() {
    int limit = 1000;
    var limits = new HeadLimits(limit, 100, 10);
    String frame = "GET / HTTP/1.1\r\nHost: a\r\nP: \r\n\r\n";
    String fits = frame.replace("P: ", "P: " + "x".repeat(limit - frame.length()));
    String exceeds = fits.replace("P: ", "P: x");
    assertThat(new RequestParser(limits).parse(Heads.buffer(fits), head)).isEqualTo(DONE);
    assertThat(new RequestParser(limits).parse(Heads.buffer(exceeds), head))
        .isEqualTo(HttpViolation.HEAD_TOO_LARGE);
  }

  @Test
  void aHeadWithoutEndIsRefusedAtTheLimit() {
    var small = new RequestParser(new HeadLimits(1000, 100, 10));
    ByteBuf in = Heads.buffer("GET / HTTP/1.1\r\nA: ");
    HeadResult result = NEED_MORE;
    while (result == NEED_MORE) {
      in.writeByte('x');
      result = small.parse(in, head);
    }
    assertThat(result).isEqualTo(HttpViolation.HEAD_TOO_LARGE);
    assertThat(in.readableBytes()).isEqualTo(1000);
  }

  @Test
  void aTargetOfExactlyTheLimitPassesAndOneOctetMoreDoesNot() {
    String fits = "GET /" + "x".repeat(Heads.LIMITS.maxTargetBytes() - 1);
    String rest = " HTTP/1.1\r\nHost: a\r\n\r\n";
    assertThat(parser.parse(Heads.buffer(fits + rest), head)).isEqualTo(DONE);
    assertThat(parser.parse(Heads.buffer(fits + "x" + rest), head))
        .isEqualTo(HttpViolation.TARGET_TOO_LONG);
    assertThat(HttpViolation.TARGET_TOO_LONG.status()).isEqualTo(414);
  }

  @Test
  void asManyFieldsAsTheLimitPassAndOneMoreDoesNot() {
    String fits =
        "GET / HTTP/1.1\r\nHost: a\r\n" + "A: b\r\n".repeat(Heads.LIMITS.maxHeaders() - 1);
    assertThat(parser.parse(Heads.buffer(fits + "\r\n"), head)).isEqualTo(DONE);
    assertThat(parser.parse(Heads.buffer(fits + "A: b\r\n\r\n"), head))
        .isEqualTo(HttpViolation.TOO_MANY_HEADERS);
    assertThat(HttpViolation.TOO_MANY_HEADERS.status()).isEqualTo(431);
  }

  @Test
  void fetchesEveryOctetOnceWhenAHeadArrivesOctetByOctet() {
    byte[] octets =
        ("GET / HTTP/1.1\r\nHost: a\r\nCookie: " + "c".repeat(4000) + "\r\n\r\n")
            .getBytes(StandardCharsets.ISO_8859_1);
    var in = new CountingBuffer();
    for (byte octet : octets) {
      in.writeByte(octet);
      parser.parse(in, head);
    }
    assertThat(head.valueLength(1)).isEqualTo(4000);
    assertThat(in.fetched).isEqualTo(octets.length);
  }

  /** Counts the octets that are copied out. */
  private static final class CountingBuffer extends UnpooledHeapByteBuf {
    private int fetched;

    CountingBuffer() {
      super(UnpooledByteBufAllocator.DEFAULT, 64, Integer.MAX_VALUE);
    }

    @Override
    public byte getByte(int index) {
      fetched++;
      return super.getByte(index);
    }

    @Override
    public long getLong(int index) {
      fetched += Long.BYTES;
      return super.getLong(index);
    }
  }
}
