package io.gatehouse.tests.l7;

import static io.gatehouse.tests.l7.Http2Wire.*;

import java.io.IOException;
import java.util.List;

/** What an endpoint must take: section "generic" of h2spec, but for HPACK. */
final class Http2GenericCases {
  private static final String TAKEN = "is taken";
  private static final String ANSWERED = "is answered";
  private static final int WINDOW = 4;

  private Http2GenericCases() {}

  private static Http2Case of(String section, String sends, String required, Http2Case.Script s) {
    return Http2Case.of("generic/" + section, sends, required, s);
  }

  static final List<Http2Case> ALL =
      List.of(
          of("1", "a connection preface", TAKEN, Http2Wire::expectPong),
          of(
              "2",
              "PRIORITY on an idle stream",
              TAKEN,
              wire -> {
                wire.priority(1, 0, 256);
                wire.expectPong();
              }),
          of(
                  "2",
                  "WINDOW_UPDATE on a half-closed (remote) stream",
                  TAKEN,
                  wire -> {
                    wire.get(1, "/");
                    wire.windowUpdate(1, 1);
                    wire.expectData(1, 1);
                  })
              .with(WINDOW, 0),
          of(
                  "2",
                  "PRIORITY on a half-closed (remote) stream",
                  TAKEN,
                  wire -> {
                    wire.get(1, "/");
                    wire.priority(1, 0, 256);
                    wire.windowUpdate(1, 1);
                    wire.expectData(1, 1);
                  })
              .with(WINDOW, 0),
          of(
              "2",
              "RST_STREAM on a half-closed (remote) stream",
              TAKEN,
              wire -> {
                wire.get(1, "/held");
                wire.reset(1);
                wire.expectPong();
              }),
          of(
              "2",
              "PRIORITY on a closed stream",
              TAKEN,
              wire -> {
                wire.get(1, "/");
                wire.expectWholeAnswer(1);
                wire.priority(1, 0, 256);
                wire.expectPong();
              }),
          of(
              "3.1",
              "DATA",
              TAKEN,
              wire -> {
                wire.post(1, "/");
                wire.frame(DATA, END_STREAM, 1, string("test"));
                wire.expectAnswer(1);
              }),
          of(
              "3.1",
              "several DATA",
              TAKEN,
              wire -> {
                wire.post(1, "/");
                wire.frame(DATA, 0, 1, string("test"));
                wire.frame(DATA, END_STREAM, 1, string("test"));
                wire.expectAnswer(1);
              }),
          of(
              "3.1",
              "DATA with padding",
              TAKEN,
              wire -> {
                wire.post(1, "/");
                wire.frame(DATA, PADDED | END_STREAM, 1, octets(5), new byte[9]);
                wire.expectAnswer(1);
              }),
          of(
              "3.2",
              "HEADERS",
              TAKEN,
              wire -> {
                wire.get(1, "/");
                wire.expectAnswer(1);
              }),
          of(
              "3.2",
              "HEADERS with padding",
              TAKEN,
              wire -> {
                int flags = PADDED | END_HEADERS | END_STREAM;
                wire.frame(HEADERS, flags, 1, octets(7), request("GET", "/"), new byte[7]);
                wire.expectAnswer(1);
              }),
          of(
              "3.2",
              "HEADERS with a priority",
              TAKEN,
              wire -> {
                int flags = WITH_PRIORITY | END_HEADERS | END_STREAM;
                wire.frame(HEADERS, flags, 1, int4(0), octets(255), request("GET", "/"));
                wire.expectAnswer(1);
              }),
          of("3.3", "PRIORITY with weight 1", TAKEN, wire -> priority(wire, 0, 1)),
          of("3.3", "PRIORITY with weight 256", TAKEN, wire -> priority(wire, 0, 256)),
          of("3.3", "PRIORITY with a dependency", TAKEN, wire -> priority(wire, 3, 256)),
          of("3.3", "PRIORITY, exclusive", TAKEN, wire -> priority(wire, 0x80000003, 256)),
          of(
              "3.3",
              "PRIORITY for an idle stream, then HEADERS for a lower one",
              ANSWERED,
              wire -> {
                wire.priority(5, 0, 256);
                wire.get(3, "/");
                wire.expectAnswer(3);
              }),
          of(
              "3.4",
              "RST_STREAM",
              TAKEN,
              wire -> {
                wire.post(1, "/");
                wire.reset(1);
                wire.expectPong();
              }),
          of(
              "3.5",
              "SETTINGS",
              TAKEN,
              wire -> {
                wire.settings(3, 100);
                wire.awaitFrame(f -> f.is(SETTINGS, 0) && f.flags() == ACK, "SETTINGS ACK");
              }),
          of("3.7", "PING", TAKEN, Http2Wire::expectPong),
          of(
              "3.8",
              "GOAWAY",
              TAKEN,
              wire -> {
                wire.frame(GOAWAY, 0, 0, int4(0), int4(0));
                wire.expectClosedOrPong();
              }),
          of(
                  "3.9",
                  "WINDOW_UPDATE on stream 0",
                  TAKEN,
                  wire -> {
                    wire.windowUpdate(0, 1);
                    wire.get(1, "/");
                    wire.windowUpdate(1, 1);
                    wire.expectData(1, 1);
                  })
              .with(WINDOW, 0),
          of(
                  "3.9",
                  "WINDOW_UPDATE on stream 1",
                  TAKEN,
                  wire -> {
                    wire.get(1, "/");
                    wire.windowUpdate(1, 1);
                    wire.expectData(1, 1);
                  })
              .with(WINDOW, 0),
          of(
              "3.10",
              "CONTINUATION",
              TAKEN,
              wire -> {
                wire.frame(HEADERS, END_STREAM, 1, request("GET", "/"));
                wire.frame(CONTINUATION, END_HEADERS, 1, field("x-a", "b"));
                wire.expectAnswer(1);
              }),
          of(
              "3.10",
              "several CONTINUATION",
              TAKEN,
              wire -> {
                wire.frame(HEADERS, END_STREAM, 1, request("GET", "/"));
                wire.frame(CONTINUATION, 0, 1, field("x-a", "b"));
                wire.frame(CONTINUATION, END_HEADERS, 1, field("x-b", "c"));
                wire.expectAnswer(1);
              }),
          of(
              "4",
              "a GET request",
              ANSWERED,
              wire -> {
                wire.get(1, "/");
                wire.expectWholeAnswer(1);
              }),
          of(
              "4",
              "a HEAD request",
              ANSWERED,
              wire -> {
                wire.frame(HEADERS, END_HEADERS | END_STREAM, 1, request("HEAD", "/"));
                wire.expectAnswer(1);
              }),
          of(
              "4",
              "a POST request",
              ANSWERED,
              wire -> {
                wire.post(1, "/");
                wire.frame(DATA, END_STREAM, 1, string("test"));
                wire.expectWholeAnswer(1);
              }),
          of(
              "4",
              "a POST request with trailers",
              ANSWERED,
              wire -> {
                wire.post(1, "/", field("trailer", "x-test"));
                wire.frame(DATA, 0, 1, string("test"));
                wire.frame(HEADERS, END_HEADERS | END_STREAM, 1, field("x-test", "ok"));
                wire.expectWholeAnswer(1);
              }));

  private static void priority(Http2Wire wire, int dependency, int weight) throws IOException {
    wire.priority(1, dependency, weight);
    wire.get(1, "/");
    wire.expectAnswer(1);
  }
}
