package io.gatehouse.l7;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.testkit.h2.Frame;
import io.gatehouse.testkit.h2.FrameClient;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What breaks a rule of RFC 9113 ends a stream or the connection with the right error. */
class Http2RulesTest {
  private static final int PROTOCOL_ERROR = 1;
  private static final int FLOW_CONTROL_ERROR = 3;
  private static final int STREAM_CLOSED = 5;
  private static final int FRAME_SIZE_ERROR = 6;
  private static final int COMPRESSION_ERROR = 9;

  /** Frames that a client sends on a connection that has begun. */
  @FunctionalInterface
  private interface Sends {
    void to(FrameClient client) throws IOException;
  }

  private record Case(String what, int error, Sends sends) {}

  private static final List<Case> CONNECTION_ERRORS =
      List.of(
          new Case("DATA on stream 0", PROTOCOL_ERROR, c -> c.data(0, true, "x")),
          new Case("DATA on an idle stream", PROTOCOL_ERROR, c -> c.data(1, true, "x")),
          new Case("DATA on an even stream", PROTOCOL_ERROR, c -> c.data(2, true, "x")),
          new Case("HEADERS on stream 0", PROTOCOL_ERROR, c -> c.get(0, "/")),
          new Case("HEADERS on an even stream", PROTOCOL_ERROR, c -> c.get(2, "/")),
          new Case("a lower stream", STREAM_CLOSED, c -> c.get(5, "/").get(3, "/")),
          new Case("RST_STREAM on an idle stream", PROTOCOL_ERROR, c -> c.reset(1, 8)),
          new Case("RST_STREAM on stream 0", PROTOCOL_ERROR, c -> c.reset(0, 8)),
          new Case(
              "RST_STREAM of 3 bytes",
              FRAME_SIZE_ERROR,
              c -> c.get(1, "/").frame(Frame.RST_STREAM, 0, 1, new byte[3])),
          new Case("WINDOW_UPDATE on an idle stream", PROTOCOL_ERROR, c -> c.windowUpdate(1, 1)),
          new Case("WINDOW_UPDATE by 0", PROTOCOL_ERROR, c -> c.windowUpdate(0, 0)),
          new Case(
              "WINDOW_UPDATE of 3 bytes",
              FRAME_SIZE_ERROR,
              c -> c.frame(Frame.WINDOW_UPDATE, 0, 0, new byte[3])),
          new Case(
              "too wide a window", FLOW_CONTROL_ERROR, c -> c.windowUpdate(0, Integer.MAX_VALUE)),
          new Case("SETTINGS on a stream", PROTOCOL_ERROR, c -> c.frame(Frame.SETTINGS, 0, 1)),
          new Case(
              "SETTINGS of 5 bytes",
              FRAME_SIZE_ERROR,
              c -> c.frame(Frame.SETTINGS, 0, 0, new byte[5])),
          new Case(
              "SETTINGS ACK with a payload",
              FRAME_SIZE_ERROR,
              c -> c.frame(Frame.SETTINGS, Frame.ACK, 0, new byte[6])),
          new Case("ENABLE_PUSH 2", PROTOCOL_ERROR, c -> c.settings(2, 2)),
          new Case("INITIAL_WINDOW_SIZE 2^31", FLOW_CONTROL_ERROR, c -> c.settings(4, 1 << 31)),
          new Case("MAX_FRAME_SIZE 16383", PROTOCOL_ERROR, c -> c.settings(5, 16_383)),
          new Case("MAX_FRAME_SIZE 2^24", PROTOCOL_ERROR, c -> c.settings(5, 1 << 24)),
          new Case(
              "PING of 7 bytes", FRAME_SIZE_ERROR, c -> c.frame(Frame.PING, 0, 0, new byte[7])),
          new Case("PING on a stream", PROTOCOL_ERROR, c -> c.frame(Frame.PING, 0, 1, new byte[8])),
          new Case(
              "GOAWAY on a stream", PROTOCOL_ERROR, c -> c.frame(Frame.GOAWAY, 0, 1, new byte[8])),
          new Case(
              "GOAWAY of 7 bytes", FRAME_SIZE_ERROR, c -> c.frame(Frame.GOAWAY, 0, 0, new byte[7])),
          new Case(
              "PUSH_PROMISE", PROTOCOL_ERROR, c -> c.frame(Frame.PUSH_PROMISE, 4, 1, new byte[4])),
          new Case("CONTINUATION alone", PROTOCOL_ERROR, c -> c.frame(Frame.CONTINUATION, 4, 1)),
          new Case(
              "another frame within a head",
              PROTOCOL_ERROR,
              c -> c.frame(Frame.HEADERS, 0, 1).frame(Frame.PING, 0, 0, new byte[8])),
          new Case(
              "CONTINUATION of another stream",
              PROTOCOL_ERROR,
              c -> c.frame(Frame.HEADERS, 0, 1).frame(Frame.CONTINUATION, 4, 3)),
          new Case(
              "PRIORITY on stream 0",
              PROTOCOL_ERROR,
              c -> c.frame(Frame.PRIORITY, 0, 0, new byte[5])),
          new Case(
              "too large a frame",
              FRAME_SIZE_ERROR,
              c -> c.frame(Frame.DATA, 0, 1, new byte[16_385])),
          new Case(
              "more padding than DATA",
              PROTOCOL_ERROR,
              c -> c.post(1, "/").frame(Frame.DATA, Frame.PADDED, 1, (byte) 9, (byte) 0)),
          new Case(
              "more padding than HEADERS",
              PROTOCOL_ERROR,
              c -> c.frame(Frame.HEADERS, Frame.PADDED | 4, 1, (byte) 9, (byte) 0)),
          new Case(
              "no room for the priority",
              FRAME_SIZE_ERROR,
              c -> c.frame(Frame.HEADERS, Frame.WITH_PRIORITY | 4, 1, new byte[4])),
          new Case(
              "an index of no table",
              COMPRESSION_ERROR,
              c -> c.frame(Frame.HEADERS, 5, 1, (byte) 0xFE)),
          new Case(
              "a field section cut short",
              COMPRESSION_ERROR,
              c -> c.frame(Frame.HEADERS, 5, 1, (byte) 0x00, (byte) 5, (byte) 'a')));

  private static final List<Case> STREAM_ERRORS =
      List.of(
          new Case(
              "WINDOW_UPDATE by 0", PROTOCOL_ERROR, c -> c.post(1, "/slow").windowUpdate(1, 0)),
          new Case(
              "too wide a window",
              FLOW_CONTROL_ERROR,
              c -> c.post(1, "/slow").windowUpdate(1, Integer.MAX_VALUE)),
          new Case("DATA behind the end", STREAM_CLOSED, c -> c.get(1, "/slow").data(1, true, "x")),
          new Case("HEADERS behind the end", STREAM_CLOSED, c -> c.get(1, "/slow").get(1, "/slow")),
          new Case(
              "a second head that doesn't end the stream",
              PROTOCOL_ERROR,
              c -> c.post(1, "/slow").post(1, "/slow")),
          new Case(
              "PRIORITY of 4 bytes",
              FRAME_SIZE_ERROR,
              c -> c.post(1, "/slow").frame(Frame.PRIORITY, 0, 1, new byte[4])),
          new Case(
              "a stream that depends on itself",
              PROTOCOL_ERROR,
              c ->
                  c.post(1, "/slow")
                      .frame(
                          Frame.PRIORITY, 0, 1, (byte) 0, (byte) 0, (byte) 0, (byte) 1, (byte) 0)),
          new Case(
              "a trailer section with a pseudo-header field",
              PROTOCOL_ERROR,
              c -> c.post(1, "/slow").headers(1, true, ":path", "/")),
          new Case(
              "more body than declared",
              PROTOCOL_ERROR,
              c -> c.post(1, "/slow", "content-length", "1").data(1, false, "xy")),
          new Case(
              "less body than declared",
              PROTOCOL_ERROR,
              c -> c.post(1, "/slow", "content-length", "3").data(1, true, "xy")),
          new Case(
              "no body where one is declared",
              PROTOCOL_ERROR,
              c -> c.headers(1, true, FrameClient.request("POST", "/", "content-length", "3"))),
          new Case(
              "an upper-case name",
              PROTOCOL_ERROR,
              c -> c.headers(1, true, FrameClient.request("GET", "/", "X-A", "1"))),
          new Case(
              "a field of a connection",
              PROTOCOL_ERROR,
              c -> c.headers(1, true, FrameClient.request("GET", "/", "connection", "close"))),
          new Case(
              "no method",
              PROTOCOL_ERROR,
              c -> c.headers(1, true, ":scheme", "http", ":path", "/", ":authority", "a")),
          new Case(
              "a request split by its path",
              PROTOCOL_ERROR,
              c -> c.headers(1, true, FrameClient.request("GET", "/ HTTP/1.1\r\nx: y"))),
          new Case(
              "a request split by a value",
              PROTOCOL_ERROR,
              c -> c.headers(1, true, FrameClient.request("GET", "/", "a", "b\r\n\r\nGET /"))));

  private static FrameClient start(TierFixture fixture) throws IOException {
    fixture.http2 = Http2Config.DEFAULT;
    fixture.backend(
        RawBackend.answering(
            r -> {
              if (r.startLine().contains("slow")) {
                TimeUnit.SECONDS.sleep(20);
              }
              return RawBackend.ok("hi");
            }));
    fixture.start();
    return FrameClient.connect(fixture.address()).begin();
  }

  @OnEachTransport
  void aBrokenConnectionIsClosedWithItsError(TierFixture fixture) throws Exception {
    start(fixture).close();
    for (Case c : CONNECTION_ERRORS) {
      try (var client = FrameClient.connect(fixture.address()).begin()) {
        c.sends.to(client);
        assertThat(client.awaitGoAway()).as(c.what).isEqualTo(c.error);
        assertThat(client.isClosedByPeer()).as(c.what).isTrue();
      }
    }
    assertThat(fixture.count(L7Counter.HTTP2_CONNECTION_FAULTS))
        .isEqualTo(CONNECTION_ERRORS.size());
    assertThat(fixture.count(L7Counter.INTERNAL_ERRORS)).isZero();
    fixture.awaitCount(L7Counter.REQUESTS_ACTIVE, 0);
  }

  @OnEachTransport
  void aBrokenStreamIsResetAndTheConnectionGoesOn(TierFixture fixture) throws Exception {
    start(fixture).close();
    for (Case c : STREAM_ERRORS) {
      try (var client = FrameClient.connect(fixture.address()).begin()) {
        c.sends.to(client);
        assertThat(client.awaitReset(1)).as(c.what).isEqualTo(c.error);
        assertThat(client.get(3, "/").answer(3).text()).as(c.what).isEqualTo("hi");
      }
    }
    assertThat(fixture.count(L7Counter.HTTP2_CONNECTION_FAULTS)).isZero();
    assertThat(fixture.count(L7Counter.INTERNAL_ERRORS)).isZero();
    fixture.awaitCount(L7Counter.REQUESTS_ACTIVE, 0);
  }

  @OnEachTransport
  void aMalformedRequestIsAnsweredBeforeItIsReset(TierFixture fixture) throws Exception {
    try (var client = start(fixture)) {
      client.headers(1, true, FrameClient.request("GET", "/", "transfer-encoding", "chunked"));
      assertThat(client.answer(1).status()).isEqualTo(400);
      assertThat(client.awaitReset(1)).isEqualTo(PROTOCOL_ERROR);
    }
    var record = fixture.recordings.next();
    assertThat(record.reason()).isEqualTo("connection_field");
    assertThat(record.flags()).isEqualTo("DPE");
  }

  @OnEachTransport
  void whatIsNotHttp2IsToldSo(TierFixture fixture) throws Exception {
    start(fixture).close();
    try (var client = FrameClient.connect(fixture.address())) {
      client.raw(
          "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
      assertThat(client.awaitGoAway()).isEqualTo(PROTOCOL_ERROR);
      assertThat(client.isClosedByPeer()).isTrue();
    }
    try (var client = FrameClient.connect(fixture.address())) {
      client.preface().ping(1);
      assertThat(client.awaitGoAway()).isEqualTo(PROTOCOL_ERROR);
    }
    assertThat(fixture.recordings.nextRejection().reason())
        .isEqualTo(RejectedConnection.Reason.HTTP2_FAULT);
  }

  @OnEachTransport
  void ignoresWhatItDoesNotKnow(TierFixture fixture) throws Exception {
    try (var client = start(fixture)) {
      client.settings(0x99, 5).frame(0x42, 0xFF, 0, new byte[10]).frame(0x42, 0xFF, 7);
      client.frame(Frame.PRIORITY, 0, 99, (byte) 0, (byte) 0, (byte) 0, (byte) 1, (byte) 0);
      // Reserved bits and unknown flags are ignored, too.
      client.frame(Frame.PING, 0xFE, 1 << 31, new byte[8]);
      assertThat(client.await(Frame.PING).isAck()).isTrue();
      byte[] section = FrameClient.section(FrameClient.request("GET", "/"));
      client.frame(Frame.HEADERS, 0xC5 & ~Frame.PADDED, 1 | 1 << 31, section);
      assertThat(client.answer(1).text()).isEqualTo("hi");
    }
  }

  @OnEachTransport
  void readsPaddingAndPriorityAndPieces(TierFixture fixture) throws Exception {
    try (var client = start(fixture)) {
      byte[] section = FrameClient.section(FrameClient.request("POST", "/"));
      byte[] framed = new byte[section.length + 9];
      framed[0] = 3;
      System.arraycopy(section, 0, framed, 6, section.length);
      client.frame(Frame.HEADERS, Frame.PADDED | Frame.WITH_PRIORITY | 4, 1, framed);
      client.frame(Frame.DATA, Frame.PADDED | 1, 1, (byte) 2, (byte) 'x', (byte) 0, (byte) 0);
      assertThat(client.answer(1).text()).isEqualTo("hi");
      client.frame(Frame.HEADERS, Frame.END_STREAM, 3);
      for (int i = 0; i < section.length; i += 10) {
        int end = Math.min(section.length, i + 10);
        client.frame(
            Frame.CONTINUATION,
            end == section.length ? Frame.END_HEADERS : 0,
            3,
            java.util.Arrays.copyOfRange(section, i, end));
      }
      assertThat(client.answer(3).text()).isEqualTo("hi");
    }
  }

  @OnEachTransport
  void followsAWindowThatBecomesNegative(TierFixture fixture) throws Exception {
    try (var client = start(fixture)) {
      client.settings(4, 2).get(1, "/");
      assertThat(client.await(Frame.DATA).text()).isEqualTo("hi");
      client.settings(4, 1).get(3, "/");
      assertThat(client.await(Frame.DATA).text()).isEqualTo("h");
      client.settings(4, 0).windowUpdate(3, 1).ping(9);
      // 1 - 1 sent - 1 taken away + 1 = 0.
      assertThat(client.await(f -> f.type() != Frame.SETTINGS).type()).isEqualTo(Frame.PING);
      client.windowUpdate(3, 1);
      assertThat(client.await(Frame.DATA).text()).isEqualTo("i");
    }
  }
}
