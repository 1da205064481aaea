package io.gatehouse.l7.http;

import static io.gatehouse.l7.http.BodyResult.Progress.END;
import static io.gatehouse.l7.http.BodyResult.Progress.NEED_MORE;
import static io.gatehouse.l7.http.BodyResult.Progress.PAYLOAD;
import static io.gatehouse.l7.http.HttpViolation.*;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatehouse.testkit.SeededCases;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class BodyReaderTest {
  private static final String NEXT = "GET /";

  private final BodyReader reader = new BodyReader();
  private final BodyFraming framing = new BodyFraming();

  /**
   * @param body octets of a chunked body
   * @param payload what it carries, or carried before it broke a rule
   */
  record Chunks(String name, String body, BodyResult expected, String payload) {
    @Override
    public String toString() {
      return name;
    }
  }

  static List<Chunks> chunked() {
    return List.of(
        new Chunks("no data", "0\r\n\r\n", END, ""),
        new Chunks("one chunk", "5\r\nhello\r\n0\r\n\r\n", END, "hello"),
        new Chunks("two chunks", "5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n", END, "hello!"),
        new Chunks(
            "both cases of digits",
            "a\r\n0123456789\r\nB\r\n01234567890\r\n0\r\n\r\n",
            END,
            "012345678901234567890"),
        new Chunks("leading zeros", "0000000000000001\r\nx\r\n000\r\n\r\n", END, "x"),
        new Chunks("CRLF as data", "4\r\n\r\n\r\n\r\n0\r\n\r\n", END, "\r\n\r\n"),
        new Chunks("an extension", "1;a=b;c=\"d e\"\r\nx\r\n0;e\r\n\r\n", END, "x"),
        new Chunks("trailer fields", "0\r\nA: b\r\nC:\r\n\r\n", END, ""),
        new Chunks("framing among the trailers", "0\r\nContent-Length: 9\r\n\r\n", END, ""),
        new Chunks("no size", "\r\nx", CHUNK_SIZE_INVALID, ""),
        new Chunks("an extension without a size", ";a\r\n", CHUNK_SIZE_INVALID, ""),
        new Chunks("a space before the size", " 1\r\n", CHUNK_SIZE_INVALID, ""),
        new Chunks("a space after the size", "1 \r\n", CHUNK_SIZE_INVALID, ""),
        new Chunks("a tab after the size", "1\t\r\n", CHUNK_SIZE_INVALID, ""),
        new Chunks("a space before the extension", "1 ;a\r\n", CHUNK_SIZE_INVALID, ""),
        new Chunks("a prefix", "0x1\r\n", CHUNK_SIZE_INVALID, ""),
        new Chunks("a sign", "+1\r\n", CHUNK_SIZE_INVALID, ""),
        new Chunks("a negative size", "-1\r\n", CHUNK_SIZE_INVALID, ""),
        new Chunks("an underscore", "1_0\r\n", CHUNK_SIZE_INVALID, ""),
        new Chunks("no hexadecimal digit", "g\r\n", CHUNK_SIZE_INVALID, ""),
        new Chunks("a NUL after the size", "1\0\r\n", CHUNK_SIZE_INVALID, ""),
        new Chunks("2^63", "8000000000000000\r\n", CHUNK_SIZE_OVERFLOW, ""),
        new Chunks("2^64 - 1", "ffffffffffffffff\r\n", CHUNK_SIZE_OVERFLOW, ""),
        new Chunks("2^64 + 1", "10000000000000001\r\n", CHUNK_SIZE_OVERFLOW, ""),
        new Chunks("17 digits", "00000000000000001\r\n", CHUNK_SIZE_OVERFLOW, ""),
        new Chunks("a bare LF after the size", "1\nx", BARE_LF, ""),
        new Chunks("a bare CR after the size", "1\rx", BARE_CR, ""),
        new Chunks("CR CR LF after the size", "1\r\r\nx", BARE_CR, ""),
        // CVE-2025-22871 and its kin: an extension that ends at a bare LF for one of two parsers
        new Chunks("a bare LF in an extension", "1;a\nx\r\n0\r\n\r\n", BARE_LF, ""),
        new Chunks("a bare LF in a quoted extension", "1;a=\"\nx\"\r\n", BARE_LF, ""),
        // CVE-2026-33870
        new Chunks(
            "CRLF in a quoted extension",
            "1;a=\"\r\nx\r\n0\r\n\r\n\"\r\n",
            CHUNK_EXTENSION_INVALID,
            ""),
        new Chunks("CRLF behind a backslash", "1;a=\"\\\r\nx", CHUNK_EXTENSION_INVALID, ""),
        new Chunks("an empty extension", "1;\r\nx", CHUNK_EXTENSION_INVALID, ""),
        new Chunks("two semicolons", "1;;a\r\nx", CHUNK_EXTENSION_INVALID, ""),
        new Chunks("an extension without a name", "1;=a\r\nx", CHUNK_EXTENSION_INVALID, ""),
        new Chunks("an extension without its value", "1;a=\r\nx", CHUNK_EXTENSION_INVALID, ""),
        new Chunks(
            "something behind a quoted value", "1;a=\"b\"c\r\n", CHUNK_EXTENSION_INVALID, ""),
        new Chunks("a quoted name", "1;\"a\"\r\n", CHUNK_EXTENSION_INVALID, ""),
        new Chunks("two equals signs", "1;a=b=c\r\n", CHUNK_EXTENSION_INVALID, ""),
        new Chunks("two values", "1;a=b c\r\n", CHUNK_EXTENSION_INVALID, ""),
        new Chunks("white space in extensions", "1; a =\t\"b\" ; c \r\nx\r\n0\r\n\r\n", END, "x"),
        new Chunks("an escaped quote", "1;a=\"\\\";\"\r\nx\r\n0\r\n\r\n", END, "x"),
        new Chunks("separators in quotes", "1;a=\"b;c=\u00ff\"\r\nx\r\n0\r\n\r\n", END, "x"),
        new Chunks("a bare CR in an extension", "1;a\rb\r\n", BARE_CR, ""),
        new Chunks("a NUL in an extension", "1;a\0\r\n", CHUNK_EXTENSION_INVALID, ""),
        new Chunks("a long extension", "1;" + "a".repeat(255) + "\r\nx\r\n0\r\n\r\n", END, "x"),
        new Chunks(
            "too long an extension", "1;" + "a".repeat(256) + "\r\n", CHUNK_EXTENSION_TOO_LONG, ""),
        new Chunks("data longer than its size", "1\r\nxy\r\n", CHUNK_TERMINATOR_INVALID, "x"),
        new Chunks("a bare LF after data", "1\r\nx\n0\r\n\r\n", CHUNK_TERMINATOR_INVALID, "x"),
        new Chunks("a bare CR after data", "1\r\nx\r0\r\n\r\n", CHUNK_TERMINATOR_INVALID, "x"),
        new Chunks("no CRLF after data", "1\r\nx0\r\n\r\n", CHUNK_TERMINATOR_INVALID, "x"),
        new Chunks("a bare LF as the end", "0\r\n\n", BARE_LF, ""),
        new Chunks("a bare CR as the end", "0\r\n\rx", BARE_CR, ""),
        new Chunks("a folded trailer", "0\r\nA: b\r\n c\r\n\r\n", TRAILER_INVALID, ""),
        new Chunks("a trailer without a name", "0\r\n: b\r\n\r\n", TRAILER_INVALID, ""),
        new Chunks("a trailer without a colon", "0\r\nabc\r\n\r\n", TRAILER_INVALID, ""),
        new Chunks("a space before a trailer's colon", "0\r\nA : b\r\n\r\n", TRAILER_INVALID, ""),
        new Chunks(
            "a second request as a trailer", "0\r\nGET / HTTP/1.1\r\n\r\n", TRAILER_INVALID, ""),
        new Chunks("a NUL in a trailer", "0\r\nA: \0\r\n\r\n", TRAILER_INVALID, ""),
        new Chunks("a bare LF in a trailer", "0\r\nA: b\nC: d\r\n\r\n", BARE_LF, ""),
        new Chunks("a bare CR in a trailer", "0\r\nA: b\rC: d\r\n\r\n", BARE_CR, ""),
        new Chunks("too many trailers", "0\r\n" + "A:\r\n".repeat(65), TRAILER_TOO_LARGE, ""),
        new Chunks("trailers without end", "0\r\nA: " + "b".repeat(9_000), TRAILER_TOO_LARGE, ""));
  }

  @ParameterizedTest
  @MethodSource("chunked")
  void readsChunksStrictly(Chunks chunks) {
    framing.setChunked();
    var payload = new StringBuilder();
    ByteBuf in = Heads.buffer(chunks.body() + NEXT);
    reader.begin(framing);
    assertThat(readAll(in, payload)).isEqualTo(chunks.expected());
    assertThat(payload).hasToString(chunks.payload());
    if (chunks.expected() instanceof HttpViolation) {
      assertThat(reader.next(Heads.buffer("0\r\n\r\n"))).isEqualTo(chunks.expected());
    }
    if (chunks.expected() == END && !chunks.name().startsWith("CRLF in a quoted")) {
      assertThat(in.toString(StandardCharsets.ISO_8859_1)).isEqualTo(NEXT);
      assertThat(reader.hasEnded()).isTrue();
    }
  }

  @ParameterizedTest
  @MethodSource("chunked")
  void givesTheSameVerdictOctetByOctet(Chunks chunks) {
    framing.setChunked();
    reader.begin(framing);
    var payload = new StringBuilder();
    BodyResult result = NEED_MORE;
    for (int i = 0; i < chunks.body().length() && result == NEED_MORE; i++) {
      result = readAll(Heads.buffer(chunks.body().substring(i, i + 1)), payload);
    }
    assertThat(result).isEqualTo(chunks.expected());
    assertThat(payload).hasToString(chunks.payload());
  }

  private BodyResult readAll(ByteBuf in, StringBuilder payload) {
    while (true) {
      BodyResult result = reader.next(in);
      if (result != PAYLOAD) {
        return result;
      }
      assertThat(reader.payloadBytes()).isPositive();
      payload.append(in.readCharSequence(reader.payloadBytes(), StandardCharsets.ISO_8859_1));
    }
  }

  @Test
  void countsALengthDownAndLeavesTheNextMessageAlone() {
    framing.setLength(7);
    reader.begin(framing);
    var payload = new StringBuilder();
    assertThat(reader.mayEndWithConnection()).isFalse();
    assertThat(readAll(Heads.buffer("abc"), payload)).isEqualTo(NEED_MORE);
    ByteBuf in = Heads.buffer("defg" + NEXT);
    assertThat(readAll(in, payload)).isEqualTo(END);
    assertThat(payload).hasToString("abcdefg");
    assertThat(in.toString(StandardCharsets.ISO_8859_1)).isEqualTo(NEXT);
    assertThat(reader.mayEndWithConnection()).isTrue();
  }

  @Test
  void aBodyUntilCloseTakesEverythingAndMayEndAnywhere() {
    framing.setUntilClose();
    reader.begin(framing);
    var payload = new StringBuilder();
    assertThat(readAll(Heads.buffer("abc"), payload)).isEqualTo(NEED_MORE);
    assertThat(readAll(Heads.buffer(NEXT), payload)).isEqualTo(NEED_MORE);
    assertThat(payload).hasToString("abc" + NEXT);
    assertThat(reader.hasEnded()).isFalse();
    assertThat(reader.mayEndWithConnection()).isTrue();
  }

  @Test
  void noBodyIsOverAtOnce() {
    framing.setNone();
    reader.begin(framing);
    assertThat(reader.next(Heads.buffer(NEXT))).isEqualTo(END);
    assertThat(reader.next(Unpooled.EMPTY_BUFFER)).isEqualTo(END);
  }

  @Test
  void aChunkedBodyMayNotEndWithTheConnection() {
    framing.setChunked();
    reader.begin(framing);
    assertThat(readAll(Heads.buffer("1\r\nx\r\n0\r\n"), new StringBuilder())).isEqualTo(NEED_MORE);
    assertThat(reader.mayEndWithConnection()).isFalse();
  }

  @Test
  void manyExtensionsWithLittleDataAreRefused() {
    framing.setChunked();
    reader.begin(framing);
    String chunk = "1;" + "a".repeat(250) + "\r\nx\r\n";
    assertThat(readAll(Heads.buffer(chunk.repeat(60)), new StringBuilder())).isEqualTo(NEED_MORE);
    assertThat(readAll(Heads.buffer(chunk.repeat(60)), new StringBuilder()))
        .isEqualTo(CHUNK_OVERHEAD);
  }

  @Test
  void manySmallChunksWithoutExtensionsAreNot() {
    framing.setChunked();
    reader.begin(framing);
    var payload = new StringBuilder();
    assertThat(readAll(Heads.buffer("1\r\nx\r\n".repeat(100_000) + "0\r\n\r\n"), payload))
        .isEqualTo(END);
    assertThat(payload).hasSize(100_000);
  }

  @Test
  void readsWhatTheChunkWriterWroteHoweverItIsCut() {
    SeededCases.check(
        500,
        random -> {
          var expected = new StringBuilder();
          ByteBuf wire = randomChunks(random, expected);
          framing.setChunked();
          reader.begin(framing);
          var payload = new StringBuilder();
          BodyResult result = NEED_MORE;
          while (wire.isReadable()) {
            int piece = Math.min(wire.readableBytes(), 1 + random.nextInt(40));
            result = readAll(wire.readSlice(piece), payload);
          }
          assertThat(result).isEqualTo(END);
          assertThat(payload.toString()).isEqualTo(expected.toString());
        });
  }

  @Test
  void readsTheTrailersThatTheChunkWriterWroteHoweverTheyAreCut() {
    SeededCases.check(
        500,
        random -> {
          HeaderBlock trailers = Heads.block();
          int fields = 1 + random.nextInt(TrailerReader.MAX_FIELDS);
          for (int i = 0; i < fields; i++) {
            byte[] value = "x\t: \u00e9;".repeat(random.nextInt(8)).getBytes(ISO_8859_1);
            trailers.append(HeaderName.of("x-" + i), value);
          }
          ByteBuf wire = Unpooled.buffer();
          ChunkWriter.writeLastChunk(wire, trailers);
          framing.setChunked();
          reader.begin(framing);
          BodyResult result = NEED_MORE;
          while (wire.isReadable()) {
            int piece = Math.min(wire.readableBytes(), 1 + random.nextInt(40));
            result = readAll(wire.readSlice(piece), new StringBuilder());
          }
          assertThat(result).isEqualTo(END);
          assertThat(reader.trailers()).hasToString(trailers.toString());
        });
  }

  @Test
  void aBodyWithoutTrailersHasNoneOfTheOneBefore() {
    framing.setChunked();
    reader.begin(framing);
    assertThat(readAll(Heads.buffer("0\r\nX-A:  b \r\n\r\n"), new StringBuilder())).isEqualTo(END);
    assertThat(reader.trailers()).hasToString("x-a: b\n");
    reader.begin(framing);
    assertThat(reader.trailers()).isNull();
    assertThat(readAll(Heads.buffer("0\r\n\r\n"), new StringBuilder())).isEqualTo(END);
    assertThat(reader.trailers()).isNull();
  }

  private static ByteBuf randomChunks(SplittableRandom random, StringBuilder payload) {
    ByteBuf wire = Unpooled.buffer();
    int chunks = random.nextInt(10);
    for (int i = 0; i < chunks; i++) {
      String data = "\r\n0;ab".repeat(1 + random.nextInt(60));
      ChunkWriter.writeHeader(wire, data.length());
      wire.writeCharSequence(data, StandardCharsets.ISO_8859_1);
      ChunkWriter.writeEnd(wire);
      payload.append(data);
    }
    ChunkWriter.writeLastChunk(wire);
    return wire;
  }

  @Test
  void theChunkHeaderIsHexadecimalWithoutLeadingZeros() {
    for (int size : new int[] {1, 9, 10, 15, 16, 255, 256, 4095, 65_536, Integer.MAX_VALUE}) {
      ByteBuf out = Unpooled.buffer();
      ChunkWriter.writeHeader(out, size);
      assertThat(out.toString(StandardCharsets.US_ASCII))
          .isEqualTo(Integer.toHexString(size) + "\r\n");
      assertThat(out.readableBytes()).isLessThanOrEqualTo(ChunkWriter.MAX_HEADER_BYTES);
    }
  }

  @Test
  void anEmptyChunkCannotBeWrittenByAccident() {
    assertThatThrownBy(() -> ChunkWriter.writeHeader(Unpooled.buffer(), 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("payloadBytes: 0 (expected: > 0)");
  }
}
