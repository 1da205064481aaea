package io.gatehouse.tests.l7;

import static io.gatehouse.tests.l7.Http2Wire.*;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** Connections, frames and streams: sections 3 to 7 of h2spec's "http2". */
final class Http2FrameCases {
  private static final String PROTOCOL = "PROTOCOL_ERROR, connection";
  private static final String SIZE = "FRAME_SIZE_ERROR, connection";
  private static final String FLOW = "FLOW_CONTROL_ERROR, connection";
  private static final String CLOSED = "STREAM_CLOSED";
  private static final String IGNORED = "is ignored";
  private static final int TOO_LONG = 0x4000 + 1;
  private static final int MAX_WINDOW = 0x7FFFFFFF;
  private static final int WINDOW = 4;
  private static final byte[] TEST = "test".getBytes(US_ASCII);

  private Http2FrameCases() {}

  private static Http2Case of(String section, String sends, String required, Http2Case.Script s) {
    return Http2Case.of("http2/" + section, sends, required, s);
  }

  /** One frame that ends the connection. */
  private static Http2Case fatal(
      String section, String sends, String required, int code, Http2Case.Script script) {
    return of(
        section,
        sends,
        required,
        wire -> {
          script.run(wire);
          wire.expectConnectionError(code);
        });
  }

  private static Http2Case closed(String section, String sends, Http2Case.Script script) {
    return of(
        section,
        sends,
        CLOSED,
        wire -> {
          script.run(wire);
          wire.expectStreamError(1, STREAM_CLOSED);
        });
  }

  private static Http2Case goesOn(String section, String sends, Http2Case.Script script) {
    return of(
        section,
        sends,
        IGNORED,
        wire -> {
          script.run(wire);
          wire.expectPong();
        });
  }

  private static void answered(Http2Wire wire) throws IOException {
    wire.get(1, "/");
    wire.expectWholeAnswer(1);
  }

  private static final List<Http2Case> CONNECTION =
      List.of(
          of(
              "3.5",
              "a connection preface",
              "SETTINGS come first",
              wire -> {
                try (var bare = wire.bare()) {
                  bare.write(PREFACE);
                  bare.settings();
                  var first = Objects.requireNonNull(bare.next());
                  assertThat(first.type()).isEqualTo(SETTINGS);
                }
              }),
          of(
              "3.5",
              "an invalid preface",
              "the end of the connection",
              wire -> {
                try (var bare = wire.bare()) {
                  bare.write("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n".getBytes(US_ASCII));
                  bare.expectClosed();
                }
              }),
          goesOn("4.1", "a frame of an unknown type", w -> w.frame(0x16, 0, 0, new byte[8])),
          goesOn("4.1", "undefined flags", w -> w.frame(PING, 0x16, 0, new byte[8])),
          goesOn("4.1", "the reserved bit", w -> w.frame(PING, 0, 0x80000000, new byte[8])),
          of(
              "4.2",
              "DATA of 2^14 octets",
              "is taken",
              wire -> {
                wire.post(1, "/");
                wire.frame(DATA, END_STREAM, 1, new byte[1 << 14]);
                wire.expectAnswer(1);
              }),
          of(
              "4.2",
              "DATA beyond SETTINGS_MAX_FRAME_SIZE",
              "FRAME_SIZE_ERROR",
              wire -> {
                wire.post(1, "/");
                wire.frame(DATA, END_STREAM, 1, new byte[TOO_LONG]);
                wire.expectStreamError(1, FRAME_SIZE_ERROR);
              }),
          fatal(
              "4.2",
              "HEADERS beyond SETTINGS_MAX_FRAME_SIZE",
              SIZE,
              FRAME_SIZE_ERROR,
              w -> w.frame(HEADERS, END_HEADERS | END_STREAM, 1, new byte[TOO_LONG])),
          fatal(
              "4.3",
              "a field section that is none",
              "COMPRESSION_ERROR, connection",
              COMPRESSION_ERROR,
              w -> w.frame(HEADERS, END_HEADERS | END_STREAM, 1, octets(0x40))),
          fatal(
              "4.3",
              "PRIORITY within a field section",
              PROTOCOL,
              PROTOCOL_ERROR,
              wire -> {
                wire.frame(HEADERS, END_STREAM, 1, request("GET", "/"));
                wire.priority(1, 0, 256);
                wire.frame(CONTINUATION, END_HEADERS, 1, field("a", "b"));
              }),
          fatal(
              "4.3",
              "HEADERS of another stream within a field section",
              PROTOCOL,
              PROTOCOL_ERROR,
              wire -> {
                wire.frame(HEADERS, END_STREAM, 1, request("GET", "/"));
                wire.get(3, "/");
              }),
          fatal(
              "5.4.1",
              "PING that is too short, for a connection error",
              "GOAWAY, then the end",
              FRAME_SIZE_ERROR,
              w -> w.frame(PING, 0, 0, new byte[6])),
          fatal(
              "5.4.1",
              "the same with a stream under way",
              "GOAWAY",
              FRAME_SIZE_ERROR,
              wire -> {
                wire.get(1, "/held");
                wire.frame(PING, 0, 0, new byte[6]);
              }),
          goesOn("5.5", "an unknown extension frame", w -> w.frame(0xff, 0, 0, TEST)),
          fatal(
              "5.5",
              "an unknown extension frame within a field section",
              PROTOCOL,
              PROTOCOL_ERROR,
              wire -> {
                wire.frame(HEADERS, END_STREAM, 1, request("GET", "/"));
                wire.frame(0xff, 0, 1, TEST);
                wire.frame(CONTINUATION, END_HEADERS, 1, field("a", "b"));
              }));

  private static final List<Http2Case> STREAMS =
      List.of(
          fatal("5.1", "idle: DATA", PROTOCOL, PROTOCOL_ERROR, w -> w.frame(DATA, 1, 1, TEST)),
          fatal("5.1", "idle: RST_STREAM", PROTOCOL, PROTOCOL_ERROR, w -> w.reset(1)),
          fatal("5.1", "idle: WINDOW_UPDATE", PROTOCOL, PROTOCOL_ERROR, w -> w.windowUpdate(1, 9)),
          fatal(
              "5.1",
              "idle: CONTINUATION",
              PROTOCOL,
              PROTOCOL_ERROR,
              w -> w.frame(CONTINUATION, END_HEADERS, 1, request("GET", "/"))),
          closed(
              "5.1",
              "half-closed (remote): DATA",
              wire -> {
                wire.get(1, "/held");
                wire.frame(DATA, END_STREAM, 1, TEST);
              }),
          closed(
              "5.1",
              "half-closed (remote): HEADERS",
              wire -> {
                wire.get(1, "/held");
                wire.get(1, "/held");
              }),
          fatal(
              "5.1",
              "half-closed (remote): CONTINUATION",
              "STREAM_CLOSED or PROTOCOL_ERROR",
              PROTOCOL_ERROR,
              wire -> {
                wire.get(1, "/held");
                wire.frame(CONTINUATION, END_HEADERS, 1, field("a", "b"));
              }),
          closed(
              "5.1",
              "closed: DATA behind RST_STREAM",
              wire -> {
                wire.post(1, "/");
                wire.reset(1);
                wire.frame(DATA, END_STREAM, 1, TEST);
              }),
          closed(
              "5.1",
              "closed: HEADERS behind RST_STREAM",
              wire -> {
                wire.post(1, "/");
                wire.reset(1);
                wire.get(1, "/");
              }),
          fatal(
              "5.1",
              "closed: CONTINUATION behind RST_STREAM",
              "STREAM_CLOSED or PROTOCOL_ERROR",
              PROTOCOL_ERROR,
              wire -> {
                wire.post(1, "/");
                wire.reset(1);
                wire.frame(CONTINUATION, END_HEADERS, 1, field("a", "b"));
              }),
          closed(
              "5.1",
              "closed: DATA",
              wire -> {
                answered(wire);
                wire.frame(DATA, END_STREAM, 1, TEST);
              }),
          fatal(
              "5.1",
              "closed: HEADERS",
              "STREAM_CLOSED, connection",
              STREAM_CLOSED,
              wire -> {
                answered(wire);
                wire.get(1, "/");
              }),
          fatal(
              "5.1",
              "closed: CONTINUATION",
              "STREAM_CLOSED or PROTOCOL_ERROR, connection",
              PROTOCOL_ERROR,
              wire -> {
                answered(wire);
                wire.frame(CONTINUATION, END_HEADERS, 1, field("a", "b"));
              }),
          fatal("5.1.1", "an even stream", PROTOCOL, PROTOCOL_ERROR, w -> w.get(2, "/")),
          fatal(
                  "5.1.1",
                  "a stream below an earlier one",
                  PROTOCOL,
                  STREAM_CLOSED,
                  wire -> {
                    wire.get(5, "/");
                    wire.expectAnswer(5);
                    wire.get(3, "/");
                  })
              .otherwise(
                  "STREAM_CLOSED, connection: which streams below the last were used and which were"
                      + " passed over is not remembered; section 5.1 has this code for the"
                      + " former."),
          of(
              "5.1.2",
              "more streams than SETTINGS_MAX_CONCURRENT_STREAMS",
              "PROTOCOL_ERROR or REFUSED_STREAM",
              wire -> {
                for (int i = 0; i <= Http2CasesTest.MAX_STREAMS; i++) {
                  wire.get(1 + 2 * i, "/held");
                }
                wire.expectStreamError(
                    1 + 2 * Http2CasesTest.MAX_STREAMS, PROTOCOL_ERROR, REFUSED_STREAM);
              }),
          of(
              "5.3.1",
              "HEADERS that depend on themselves",
              "PROTOCOL_ERROR, stream",
              wire -> {
                int flags = WITH_PRIORITY | END_HEADERS | END_STREAM;
                wire.frame(HEADERS, flags, 1, int4(1), octets(255), request("GET", "/"));
                wire.expectStreamError(1, PROTOCOL_ERROR);
              }),
          of(
              "5.3.1",
              "PRIORITY that depends on itself",
              "PROTOCOL_ERROR, stream",
              wire -> {
                wire.priority(1, 1, 256);
                wire.expectStreamError(1, PROTOCOL_ERROR);
              }));

  private static final List<Http2Case> BODIES_AND_HEADS =
      List.of(
          fatal(
              "6.1", "DATA on stream 0", PROTOCOL, PROTOCOL_ERROR, w -> w.frame(DATA, 0, 0, TEST)),
          closed(
              "6.1",
              "DATA on a half-closed (remote) stream",
              wire -> {
                wire.get(1, "/held");
                wire.frame(DATA, END_STREAM, 1, TEST);
              }),
          fatal(
              "6.1",
              "DATA with more padding than frame",
              PROTOCOL,
              PROTOCOL_ERROR,
              wire -> {
                wire.post(1, "/");
                wire.frame(DATA, PADDED | END_STREAM, 1, octets(0x17), TEST, new byte[5]);
              }),
          fatal(
              "6.2",
              "HEADERS without END_HEADERS, then PRIORITY",
              PROTOCOL,
              PROTOCOL_ERROR,
              wire -> {
                wire.frame(HEADERS, END_STREAM, 1, request("GET", "/"));
                wire.priority(1, 0, 256);
              }),
          fatal(
              "6.2",
              "HEADERS to another stream within a field section",
              PROTOCOL,
              PROTOCOL_ERROR,
              wire -> {
                wire.frame(HEADERS, END_STREAM, 1, request("GET", "/"));
                wire.get(3, "/");
              }),
          fatal("6.2", "HEADERS on stream 0", PROTOCOL, PROTOCOL_ERROR, w -> w.get(0, "/")),
          fatal(
              "6.2",
              "HEADERS with more padding than frame",
              PROTOCOL,
              PROTOCOL_ERROR,
              wire -> {
                int flags = PADDED | END_HEADERS | END_STREAM;
                wire.frame(HEADERS, flags, 1, octets(255), request("GET", "/"));
              }),
          fatal("6.3", "PRIORITY on stream 0", PROTOCOL, PROTOCOL_ERROR, w -> w.priority(0, 0, 1)),
          of(
              "6.3",
              "PRIORITY of 4 octets",
              "FRAME_SIZE_ERROR, stream",
              wire -> {
                wire.frame(PRIORITY, 0, 1, int4(0));
                wire.expectStreamError(1, FRAME_SIZE_ERROR);
              }),
          fatal("6.4", "RST_STREAM on stream 0", PROTOCOL, PROTOCOL_ERROR, w -> w.reset(0)),
          fatal("6.4", "RST_STREAM on an idle stream", PROTOCOL, PROTOCOL_ERROR, w -> w.reset(1)),
          fatal(
              "6.4",
              "RST_STREAM of 3 octets",
              SIZE,
              FRAME_SIZE_ERROR,
              wire -> {
                wire.get(1, "/held");
                wire.frame(RST_STREAM, 0, 1, new byte[3]);
              }),
          of(
              "6.10",
              "several CONTINUATION behind HEADERS",
              "are taken",
              wire -> {
                wire.frame(HEADERS, END_STREAM, 1, request("GET", "/"));
                wire.frame(CONTINUATION, 0, 1, field("x-a", "b"));
                wire.frame(CONTINUATION, END_HEADERS, 1, field("x-b", "c"));
                wire.expectAnswer(1);
              }),
          fatal(
              "6.10",
              "CONTINUATION, then DATA",
              PROTOCOL,
              PROTOCOL_ERROR,
              wire -> {
                wire.frame(HEADERS, 0, 1, request("POST", "/"));
                wire.frame(CONTINUATION, 0, 1, field("x-a", "b"));
                wire.frame(DATA, END_STREAM, 1, TEST);
              }),
          fatal(
              "6.10",
              "CONTINUATION on stream 0",
              PROTOCOL,
              PROTOCOL_ERROR,
              wire -> {
                wire.frame(HEADERS, END_STREAM, 1, request("GET", "/"));
                wire.frame(CONTINUATION, END_HEADERS, 0, field("x-a", "b"));
              }),
          fatal(
              "6.10",
              "CONTINUATION behind HEADERS with END_HEADERS",
              PROTOCOL,
              PROTOCOL_ERROR,
              wire -> {
                wire.post(1, "/held");
                wire.frame(CONTINUATION, END_HEADERS, 1, field("x-a", "b"));
              }),
          fatal(
              "6.10",
              "CONTINUATION behind CONTINUATION with END_HEADERS",
              PROTOCOL,
              PROTOCOL_ERROR,
              wire -> {
                wire.frame(HEADERS, 0, 1, request("POST", "/held"));
                wire.frame(CONTINUATION, END_HEADERS, 1, field("x-a", "b"));
                wire.frame(CONTINUATION, END_HEADERS, 1, field("x-a", "b"));
              }),
          fatal(
              "6.10",
              "CONTINUATION behind DATA",
              PROTOCOL,
              PROTOCOL_ERROR,
              wire -> {
                wire.post(1, "/held");
                wire.frame(DATA, 0, 1, TEST);
                wire.frame(CONTINUATION, END_HEADERS, 1, field("x-a", "b"));
              }));

  private static Http2Case setting(String sends, int id, int value, String required, int code) {
    return fatal("6.5.2", sends, required, code, w -> w.settings(id, value));
  }

  private static final List<Http2Case> CONTROL =
      List.of(
          fatal(
              "6.5",
              "SETTINGS ACK with a payload",
              SIZE,
              FRAME_SIZE_ERROR,
              w -> w.frame(SETTINGS, ACK, 0, new byte[6])),
          fatal(
              "6.5",
              "SETTINGS on stream 1",
              PROTOCOL,
              PROTOCOL_ERROR,
              w -> w.frame(SETTINGS, 0, 1, new byte[6])),
          fatal(
              "6.5",
              "SETTINGS of 3 octets",
              SIZE,
              FRAME_SIZE_ERROR,
              w -> w.frame(SETTINGS, 0, 0, new byte[3])),
          setting("SETTINGS_ENABLE_PUSH of 2", 2, 2, PROTOCOL, PROTOCOL_ERROR),
          setting("SETTINGS_INITIAL_WINDOW_SIZE of 2^31", 4, 0x80000000, FLOW, FLOW_CONTROL_ERROR),
          setting("SETTINGS_MAX_FRAME_SIZE of 2^14-1", 5, 0x3fff, PROTOCOL, PROTOCOL_ERROR),
          setting("SETTINGS_MAX_FRAME_SIZE of 2^24", 5, 0x1000000, PROTOCOL, PROTOCOL_ERROR),
          goesOn("6.5.2", "an unknown setting", w -> w.settings(0xff, 1)),
          of(
                  "6.5.3",
                  "SETTINGS_INITIAL_WINDOW_SIZE twice",
                  "the last one counts",
                  wire -> {
                    wire.settings(WINDOW, 100, WINDOW, 1);
                    wire.get(1, "/");
                    wire.expectData(1, 1);
                  })
              .with(WINDOW, 0),
          of(
              "6.5.3",
              "SETTINGS",
              "ACK at once",
              wire -> {
                wire.settings(1, 4096);
                wire.awaitFrame(f -> f.is(SETTINGS, 0) && f.flags() == ACK, "SETTINGS ACK");
              }),
          of("6.7", "PING", "ACK with the same octets", Http2Wire::expectPong),
          goesOn("6.7", "PING with ACK", w -> w.frame(PING, ACK, 0, new byte[8])),
          fatal(
              "6.7",
              "PING on stream 1",
              PROTOCOL,
              PROTOCOL_ERROR,
              w -> w.frame(PING, 0, 1, TEST, TEST)),
          fatal(
              "6.7",
              "PING of 6 octets",
              SIZE,
              FRAME_SIZE_ERROR,
              w -> w.frame(PING, 0, 0, new byte[6])),
          fatal(
              "6.8",
              "GOAWAY on stream 1",
              PROTOCOL,
              PROTOCOL_ERROR,
              w -> w.frame(GOAWAY, 0, 1, new byte[8])),
          fatal("6.9", "WINDOW_UPDATE by 0", PROTOCOL, PROTOCOL_ERROR, w -> w.windowUpdate(0, 0)),
          of(
              "6.9",
              "WINDOW_UPDATE by 0 on a stream",
              "PROTOCOL_ERROR, stream",
              wire -> {
                wire.get(1, "/held");
                wire.windowUpdate(1, 0);
                wire.expectStreamError(1, PROTOCOL_ERROR);
              }),
          fatal(
              "6.9",
              "WINDOW_UPDATE of 3 octets",
              SIZE,
              FRAME_SIZE_ERROR,
              w -> w.frame(WINDOW_UPDATE, 0, 0, new byte[3])),
          of(
                  "6.9.1",
                  "a window of 1, then a request",
                  "no more DATA than the window",
                  wire -> {
                    wire.get(1, "/");
                    wire.expectData(1, 1);
                  })
              .with(WINDOW, 1),
          fatal(
              "6.9.1",
              "WINDOW_UPDATE beyond 2^31-1",
              FLOW,
              FLOW_CONTROL_ERROR,
              wire -> {
                wire.windowUpdate(0, MAX_WINDOW);
                wire.windowUpdate(0, MAX_WINDOW);
              }),
          of(
              "6.9.1",
              "WINDOW_UPDATE beyond 2^31-1 on a stream",
              "FLOW_CONTROL_ERROR, stream",
              wire -> {
                wire.get(1, "/held");
                wire.windowUpdate(1, MAX_WINDOW);
                wire.windowUpdate(1, MAX_WINDOW);
                wire.expectStreamError(1, FLOW_CONTROL_ERROR);
              }),
          of(
                  "6.9.2",
                  "a wider initial window while a stream waits",
                  "its window is widened",
                  wire -> {
                    wire.get(1, "/");
                    wire.expectAnswer(1);
                    wire.settings(WINDOW, 1);
                    wire.expectData(1, 1);
                  })
              .with(WINDOW, 0),
          of(
                  "6.9.2",
                  "an initial window that makes a stream's negative",
                  "it is kept as such",
                  wire -> {
                    wire.get(1, "/");
                    wire.expectData(1, 3);
                    wire.settings(WINDOW, 2);
                    wire.expectPong();
                    wire.windowUpdate(1, 2);
                    wire.expectData(1, 1);
                  })
              .with(WINDOW, 3),
          setting("an initial window beyond 2^31-1", 4, 0x80000001, FLOW, FLOW_CONTROL_ERROR),
          of(
              "7",
              "GOAWAY with an unknown code",
              IGNORED,
              wire -> {
                wire.frame(GOAWAY, 0, 0, int4(0), int4(0xff));
                wire.expectClosedOrPong();
              }),
          goesOn(
              "7",
              "RST_STREAM with an unknown code",
              wire -> {
                wire.get(1, "/held");
                wire.frame(RST_STREAM, 0, 1, int4(0xff));
              }));

  static final List<Http2Case> ALL =
      Stream.of(CONNECTION, STREAMS, BODIES_AND_HEADS, CONTROL).flatMap(List::stream).toList();
}
