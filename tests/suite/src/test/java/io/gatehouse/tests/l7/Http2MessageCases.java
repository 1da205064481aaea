package io.gatehouse.tests.l7;

import static io.gatehouse.tests.l7.Http2Wire.*;
import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.List;

/** Messages: section 8 of h2spec's "http2". Each malformed one is a stream error. */
final class Http2MessageCases {
  private static final String MALFORMED = "PROTOCOL_ERROR, stream";
  private static final byte[] TEST = "test".getBytes(US_ASCII);

  private Http2MessageCases() {}

  private static Http2Case malformed(String section, String sends, Http2Case.Script script) {
    return Http2Case.of(
        "http2/" + section,
        sends,
        MALFORMED,
        wire -> {
          script.run(wire);
          wire.expectStreamError(1, PROTOCOL_ERROR);
        });
  }

  /** HEADERS alone. */
  private static Http2Case head(String section, String sends, byte[]... fields) {
    return malformed(
        section, sends, w -> w.frame(HEADERS, END_HEADERS | END_STREAM, 1, join(fields)));
  }

  private static byte[] get() {
    return request("GET", "/");
  }

  private static final byte[] METHOD = field(":method", "GET");
  private static final byte[] SCHEME = field(":scheme", "http");
  private static final byte[] PATH = field(":path", "/");
  private static final byte[] AUTHORITY = field(":authority", "a.test");

  static final List<Http2Case> ALL =
      List.of(
          malformed(
              "8.1",
              "a second HEADERS without END_STREAM",
              wire -> {
                wire.post(1, "/held");
                wire.frame(DATA, 0, 1, TEST);
                wire.frame(HEADERS, END_HEADERS, 1, field("x-a", "b"));
              }),
          head("8.1.2", "a field name in capitals", get(), field("X-TEST", "ok")),
          head("8.1.2.1", "an unknown pseudo-header field", join(field(":test", "ok"), get())),
          head(
              "8.1.2.1",
              "a pseudo-header field of responses",
              join(field(":status", "200"), get())),
          malformed(
              "8.1.2.1",
              "a pseudo-header field in trailers",
              wire -> {
                wire.post(1, "/held");
                wire.frame(DATA, 0, 1, TEST);
                wire.frame(HEADERS, END_HEADERS | END_STREAM, 1, METHOD);
              }),
          head(
              "8.1.2.1",
              "a pseudo-header field behind others",
              METHOD,
              SCHEME,
              PATH,
              field("x", "y"),
              AUTHORITY),
          head("8.1.2.2", "Connection", get(), field("connection", "keep-alive")),
          head("8.1.2.2", "TE with more than trailers", get(), field("te", "trailers, deflate")),
          head("8.1.2.3", "an empty :path", METHOD, SCHEME, field(":path", ""), AUTHORITY),
          head("8.1.2.3", "no :method", SCHEME, PATH, AUTHORITY),
          head("8.1.2.3", "no :scheme", METHOD, PATH, AUTHORITY),
          head("8.1.2.3", "no :path", METHOD, SCHEME, AUTHORITY),
          head("8.1.2.3", "two :method", METHOD, METHOD, SCHEME, PATH, AUTHORITY),
          head("8.1.2.3", "two :scheme", METHOD, SCHEME, SCHEME, PATH, AUTHORITY),
          head("8.1.2.3", "two :path", METHOD, SCHEME, PATH, PATH, AUTHORITY),
          malformed(
              "8.1.2.6",
              "a content-length that is not DATA's",
              wire -> {
                wire.post(1, "/held", field("content-length", "1"));
                wire.frame(DATA, END_STREAM, 1, TEST);
              }),
          malformed(
              "8.1.2.6",
              "a content-length that is not the sum of DATA",
              wire -> {
                wire.post(1, "/held", field("content-length", "1"));
                wire.frame(DATA, 0, 1, TEST);
                wire.frame(DATA, END_STREAM, 1, TEST);
              }),
          Http2Case.of(
              "http2/8.2",
              "PUSH_PROMISE",
              "PROTOCOL_ERROR, connection",
              wire -> {
                wire.frame(PUSH_PROMISE, END_HEADERS, 1, int4(2), get());
                wire.expectConnectionError(PROTOCOL_ERROR);
              }));
}
