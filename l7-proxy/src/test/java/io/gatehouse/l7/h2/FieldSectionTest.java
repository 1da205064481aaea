package io.gatehouse.l7.h2;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.l7.http.HeadResult;
import io.gatehouse.l7.http.HeaderBlock;
import io.gatehouse.l7.http.HttpVersion;
import io.gatehouse.l7.http.HttpViolation;
import io.gatehouse.testkit.SeededCases;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Field sections, with Netty's HPACK at the other end. */
class FieldSectionTest {
  private static final int MAX_BYTES = 64 * 1024;
  private static final String[] NAMES = {
    "accept", "server", "date", "content-type", "content-length", "set-cookie", "x-request-id",
    "x-a", "x-b", "etag", "authorization", "cache-control", "x-long-name-of-no-table", "vary"
  };

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static void append(HeaderBlock head, String name, String value) {
    byte[] n = ascii(name);
    byte[] v = ascii(value);
    assertThat(head.appendChecked(n, 0, n.length, v, 0, v.length)).isNull();
  }

  private static String value(SplittableRandom random) {
    int kind = random.nextInt(10);
    int length = kind == 0 ? random.nextInt(6000) : kind < 3 ? 0 : random.nextInt(60);
    // Few letters, so that values come again.
    var text = new StringBuilder();
    int letters = kind < 7 ? 1 : 26;
    for (int i = 0; i < length; i++) {
      text.append((char) ('a' + random.nextInt(letters)));
    }
    return text.toString();
  }

  private static List<String> fields(Http2Headers headers) {
    var list = new ArrayList<String>();
    for (Map.Entry<CharSequence, CharSequence> field : headers) {
      list.add(field.getKey() + ": " + field.getValue());
    }
    return list;
  }

  private static List<String> fields(HeaderBlock head) {
    return head.toString().lines().toList();
  }

  @Test
  void encodesWhatAnotherDecoderReadsWhateverTheTable() {
    SeededCases.check(
        300,
        random -> {
          var encoder = new FieldSectionEncoder();
          var decoder = new DefaultHttp2HeadersDecoder(false, 1 << 20);
          var head = new HeaderBlock(MAX_BYTES);
          for (int message = 0; message < 60; message++) {
            if (random.nextInt(8) == 0) {
              resize(encoder, decoder, random);
            }
            head.reset();
            int status = 200 + random.nextInt(300);
            head.startResponse(HttpVersion.HTTP_1_1, status);
            var expected = new ArrayList<String>();
            expected.add(":status: " + status);
            for (int i = random.nextInt(12); i > 0; i--) {
              String name = NAMES[random.nextInt(NAMES.length)];
              String value = value(random);
              append(head, name, value);
              expected.add(name + ": " + value);
            }
            ByteBuf out = Unpooled.buffer();
            encoder.response(head, out);
            assertThat(fields(decoder.decodeHeaders(1, out))).isEqualTo(expected);
          }
        });
  }

  /** SETTINGS_HEADER_TABLE_SIZE, perhaps more than once between two sections. */
  private static void resize(
      FieldSectionEncoder encoder, DefaultHttp2HeadersDecoder decoder, SplittableRandom random)
      throws Http2Exception {
    for (int i = random.nextInt(3); i >= 0; i--) {
      int bytes = random.nextInt(5) == 0 ? 0 : random.nextInt(9000);
      decoder.configuration().maxHeaderTableSize(bytes);
      encoder.allowTable(bytes);
    }
  }

  @Test
  void encodesRequestsWithTheirPseudoFieldsFirst() throws Http2Exception {
    var head = new HeaderBlock(MAX_BYTES);
    head.startRequest(HttpVersion.HTTP_1_1, ascii("PURGE"), ascii("/a?b"));
    append(head, "x-a", "1");
    append(head, "host", "a.test:8080");
    ByteBuf out = Unpooled.buffer();
    new FieldSectionEncoder().request(head, true, out);
    assertThat(fields(new DefaultHttp2HeadersDecoder().decodeHeaders(1, out)))
        .containsExactly(
            ":method: PURGE", ":scheme: https", ":authority: a.test:8080", ":path: /a?b", "x-a: 1");
  }

  @Test
  void sendsARepeatedHeadInOneOctetPerField() {
    var encoder = new FieldSectionEncoder();
    var head = new HeaderBlock(MAX_BYTES);
    head.startResponse(HttpVersion.HTTP_1_1, 200);
    append(head, "server", "gatehouse");
    append(head, "x-frame-options", "DENY");
    ByteBuf out = Unpooled.buffer();
    encoder.response(head, out);
    int first = out.readableBytes();
    encoder.response(head, out);
    assertThat(out.readableBytes() - first).isEqualTo(3);
  }

  @Test
  void neverPutsCredentialsIntoATable() {
    var encoder = new FieldSectionEncoder();
    for (String name : new String[] {"authorization", "cookie", "set-cookie"}) {
      var head = new HeaderBlock(MAX_BYTES);
      append(head, name, "secret");
      ByteBuf out = Unpooled.buffer();
      encoder.trailers(head, out);
      int first = out.readableBytes();
      assertThat(out.getByte(0) & 0xF0).as(name).isEqualTo(0x10);
      encoder.trailers(head, out);
      assertThat(out.readableBytes()).as(name).isEqualTo(2 * first);
    }
  }

  @Test
  void decodesWhatAnotherEncoderWrites() {
    SeededCases.check(
        300,
        random -> {
          var encoder = new DefaultHttp2HeadersEncoder();
          var decoder = new FieldSectionDecoder(MAX_BYTES, 100);
          var head = new HeaderBlock(MAX_BYTES);
          for (int message = 0; message < 40; message++) {
            var headers = new DefaultHttp2Headers(false);
            headers.path("/" + value(random)).method("GET").scheme("http");
            var expected = new ArrayList<String>();
            for (int i = random.nextInt(12); i > 0; i--) {
              String name = NAMES[random.nextInt(NAMES.length)];
              String value = value(random);
              headers.add(name, value);
            }
            for (String field : fields(headers)) {
              if (!field.startsWith(":")) {
                expected.add(field);
              }
            }
            ByteBuf section = Unpooled.buffer();
            encoder.encodeHeaders(1, headers, section);
            assertThat(decoder.decode(1, section, head)).isEqualTo(HeadResult.Progress.DONE);
            assertThat(fields(head)).isEqualTo(expected);
            assertThat(String.valueOf(decoder.path())).isEqualTo(headers.path().toString());
            assertThat((Object) decoder.authority()).isNull();
          }
        });
  }

  @Test
  void decodesAnyOctetsOrRefusesThem() {
    SeededCases.check(
        20_000,
        random -> {
          var decoder = new FieldSectionDecoder(4096, 20);
          var head = new HeaderBlock(4096);
          for (int i = 0; i < 3; i++) {
            byte[] octets = new byte[random.nextInt(80)];
            random.nextBytes(octets);
            HeadResult result = decoder.decode(1, Unpooled.wrappedBuffer(octets), head);
            if (result == HeadResult.Progress.NEED_MORE) {
              return;
            }
          }
        });
  }

  @Test
  void boundsAListThatAShortSectionStandsFor() {
    // One entry of 4,000 octets, and then 200 references to it (CVE-2016-6581).
    ByteBuf section = Unpooled.buffer();
    section.writeByte(0x40).writeByte(1).writeByte('a').writeByte(0x7F).writeByte(0xA1);
    section.writeByte(0x1E).writeZero(0);
    section.writeBytes("b".repeat(0x7F + 0x21 + (0x1E << 7)).getBytes(StandardCharsets.US_ASCII));
    for (int i = 0; i < 200; i++) {
      section.writeByte(0x80 | 62);
    }
    var head = new HeaderBlock(MAX_BYTES);
    assertThat(new FieldSectionDecoder(MAX_BYTES, 1000).decode(1, section, head))
        .isEqualTo(HttpViolation.HEAD_TOO_LARGE);
  }

  @Test
  void refusesFieldsThatHttp1WouldNotCarry() throws Http2Exception {
    Object[][] cases = {
      {"X-A", "1", HttpViolation.FIELD_NAME_INVALID},
      {"x a", "1", HttpViolation.FIELD_NAME_INVALID},
      {"x\r\na", "1", HttpViolation.FIELD_NAME_INVALID},
      {"", "1", HttpViolation.FIELD_NAME_EMPTY},
      {"a", "1\r\nb: 2", HttpViolation.FIELD_VALUE_INVALID},
      {"a", "1\n", HttpViolation.FIELD_VALUE_INVALID},
      {"a", "\0", HttpViolation.FIELD_VALUE_INVALID},
      {"a", " 1", HttpViolation.FIELD_VALUE_INVALID},
      {"a", "1\t", HttpViolation.FIELD_VALUE_INVALID},
      {":unknown", "1", HttpViolation.PSEUDO_FIELD_UNKNOWN},
      {":path", "/2", HttpViolation.PSEUDO_FIELD_REPEATED},
    };
    for (Object[] c : cases) {
      var headers = new DefaultHttp2Headers(false);
      headers.path("/").add((String) c[0], (String) c[1]);
      ByteBuf section = Unpooled.buffer();
      new DefaultHttp2HeadersEncoder().encodeHeaders(1, headers, section);
      var result =
          new FieldSectionDecoder(MAX_BYTES, 100).decode(1, section, new HeaderBlock(MAX_BYTES));
      assertThat(result).as(c[0] + ": " + c[1]).isEqualTo(c[2]);
    }
  }

  @Test
  void refusesAPseudoFieldBehindAnother() {
    // x-a: 1, :path: /
    ByteBuf section = Unpooled.buffer();
    section.writeBytes(new byte[] {0, 3, 'x', '-', 'a', 1, '1', (byte) 0x84});
    assertThat(
            new FieldSectionDecoder(MAX_BYTES, 100).decode(1, section, new HeaderBlock(MAX_BYTES)))
        .isEqualTo(HttpViolation.PSEUDO_FIELD_MISPLACED);
  }
}
