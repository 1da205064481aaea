package io.gatehouse.l7;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.testkit.h2.Frame;
import io.gatehouse.testkit.h2.FrameClient;
import java.io.ByteArrayOutputStream;
import java.io.IOException;

/**
 * The attacks on HTTP/2 that have a name, sent over a socket: each costs a bounded amount, is
 * counted by itself, and leaves other connections as they are.
 */
class Http2AttackTest {
  private static final int ENHANCE_YOUR_CALM = 11;

  /** What an attacker does on a connection that has begun. */
  @FunctionalInterface
  private interface Attack {
    void send(FrameClient client) throws IOException;
  }

  private static void start(TierFixture fixture) throws IOException {
    fixture.http2 = Http2Config.DEFAULT;
    fixture.backend(RawBackend.saying("hi"));
    fixture.start();
  }

  private static FrameClient begin(TierFixture fixture) throws IOException {
    return FrameClient.connect(fixture.address()).begin();
  }

  /** The attack ends its connection with ENHANCE_YOUR_CALM and is counted; a bystander goes on. */
  private static void assertCalmed(TierFixture fixture, L7Counter counter, Attack attack)
      throws Exception {
    try (var bystander = begin(fixture);
        var client = begin(fixture)) {
      Thread.startVirtualThread(
          () -> {
            try {
              attack.send(client);
            } catch (IOException e) {
              // The connection has been closed meanwhile, as it should be.
            }
          });
      assertThat(client.awaitGoAway()).isEqualTo(ENHANCE_YOUR_CALM);
      assertThat(client.isClosedByPeer()).isTrue();
      assertThat(bystander.get(1, "/").answer(1).text()).isEqualTo("hi");
      assertThat(fixture.count(counter)).isEqualTo(1);
    }
    fixture.awaitCount(L7Counter.CONNECTIONS_OPEN, 0);
    fixture.awaitCount(L7Counter.REQUESTS_ACTIVE, 0);
  }

  @OnEachTransport
  void rapidReset(TierFixture fixture) throws Exception {
    start(fixture);
    assertCalmed(
        fixture,
        L7Counter.HTTP2_RAPID_RESET,
        client -> {
          for (int id = 1; id < 4_000; id += 2) {
            client.get(id, "/").reset(id, 8);
          }
        });
    assertThat(fixture.count(L7Counter.REQUESTS)).isLessThan(220);
  }

  @OnEachTransport
  void madeYouReset(TierFixture fixture) throws Exception {
    start(fixture);
    assertCalmed(
        fixture,
        L7Counter.HTTP2_PROVOKED_RESET,
        client -> {
          for (int id = 1; id < 4_000; id += 2) {
            // The request is whole and under way; then the server is made to reset it.
            client.get(id, "/").windowUpdate(id, 0);
          }
        });
    assertThat(fixture.count(L7Counter.REQUESTS)).isLessThan(220);
  }

  @OnEachTransport
  void malformedRequests(TierFixture fixture) throws Exception {
    start(fixture);
    assertCalmed(
        fixture,
        L7Counter.HTTP2_PROVOKED_RESET,
        client -> {
          for (int id = 1; id < 4_000; id += 2) {
            client.headers(id, true, FrameClient.request("GET", "/", "Upper", "1"));
          }
        });
  }

  @OnEachTransport
  void continuationFlood(TierFixture fixture) throws Exception {
    start(fixture);
    assertCalmed(
        fixture,
        L7Counter.HTTP2_CONTINUATION_FLOOD,
        client -> {
          client.frame(Frame.HEADERS, 0, 1, FrameClient.section(FrameClient.request("GET", "/")));
          byte[] more = FrameClient.section("x-a", "b".repeat(8_000));
          for (int i = 0; i < 1_000; i++) {
            client.frame(Frame.CONTINUATION, 0, 1, more);
          }
        });
    assertThat(fixture.count(L7Counter.REQUESTS)).isEqualTo(1);
  }

  @OnEachTransport
  void emptyContinuations(TierFixture fixture) throws Exception {
    start(fixture);
    assertCalmed(
        fixture,
        L7Counter.HTTP2_CONTINUATION_FLOOD,
        client -> {
          client.frame(Frame.HEADERS, 0, 1, FrameClient.section(FrameClient.request("GET", "/")));
          client.frames(10_000, Frame.CONTINUATION, 0, 1);
        });
  }

  @OnEachTransport
  void pingFlood(TierFixture fixture) throws Exception {
    start(fixture);
    assertCalmed(
        fixture,
        L7Counter.HTTP2_PING_FLOOD,
        client -> client.frames(10_000, Frame.PING, 0, 0, new byte[8]));
  }

  @OnEachTransport
  void settingsFlood(TierFixture fixture) throws Exception {
    start(fixture);
    assertCalmed(
        fixture,
        L7Counter.HTTP2_SETTINGS_FLOOD,
        client -> client.frames(10_000, Frame.SETTINGS, 0, 0));
  }

  @OnEachTransport
  void emptyFrames(TierFixture fixture) throws Exception {
    start(fixture);
    assertCalmed(
        fixture,
        L7Counter.HTTP2_EMPTY_FRAMES,
        client -> client.post(1, "/").frames(10_000, Frame.DATA, 0, 1));
  }

  @OnEachTransport
  void framesOfPadding(TierFixture fixture) throws Exception {
    start(fixture);
    byte[] padding = new byte[256];
    padding[0] = (byte) 255;
    assertCalmed(
        fixture,
        L7Counter.HTTP2_EMPTY_FRAMES,
        client -> client.post(1, "/").frames(1_000, Frame.DATA, Frame.PADDED, 1, padding));
  }

  @OnEachTransport
  void priorityChurn(TierFixture fixture) throws Exception {
    start(fixture);
    assertCalmed(
        fixture,
        L7Counter.HTTP2_PRIORITY_FLOOD,
        client ->
            client.frames(
                10_000, Frame.PRIORITY, 0, 3, (byte) 0, (byte) 0, (byte) 0, (byte) 1, (byte) 7));
  }

  @OnEachTransport
  void unknownFrames(TierFixture fixture) throws Exception {
    start(fixture);
    assertCalmed(
        fixture,
        L7Counter.HTTP2_UNKNOWN_FRAMES,
        client -> client.frames(10_000, 0xEE, 0xFF, 1, new byte[100]));
  }

  @OnEachTransport
  void windowUpdateFlood(TierFixture fixture) throws Exception {
    start(fixture);
    assertCalmed(
        fixture,
        L7Counter.HTTP2_WINDOW_FLOOD,
        client -> client.frames(10_000, Frame.WINDOW_UPDATE, 0, 0, FrameClient.number(1)));
  }

  @OnEachTransport
  void dataDribble(TierFixture fixture) throws Exception {
    fixture.http2 = Http2Config.DEFAULT;
    fixture.backend(RawBackend.saying("x".repeat(100_000)));
    fixture.start();
    try (var client = begin(fixture)) {
      client.settings(4, 1).get(1, "/");
      int frames = 0;
      while (client.await(f -> f.type() != Frame.SETTINGS).type() != Frame.GOAWAY) {
        client.windowUpdate(1, 1);
        frames++;
      }
      assertThat(frames).isLessThan(600);
    }
    assertThat(fixture.count(L7Counter.HTTP2_DATA_DRIBBLE)).isEqualTo(1);
  }

  @OnEachTransport
  void windowThatStaysShut(TierFixture fixture) throws Exception {
    var d = ListenerConfig.Timeouts.DEFAULT;
    fixture.clientTimeouts =
        new ListenerConfig.Timeouts(
            d.headNanos(),
            d.bodyIdleNanos(),
            d.keepAliveNanos(),
            MILLISECONDS.toNanos(400),
            d.drainNanos());
    fixture.http2 = Http2Config.DEFAULT;
    var backend = fixture.backend(RawBackend.saying("x".repeat(1_000_000)));
    fixture.start();
    try (var client = begin(fixture)) {
      client.settings(4, 0);
      for (int id = 1; id < 21; id += 2) {
        client.get(id, "/");
      }
      for (int id = 1; id < 21; id += 2) {
        assertThat(client.awaitReset(id)).isEqualTo(8);
      }
      TierFixture.await("the backend is let go", () -> backend.openConnections() == 0);
      // The connection itself goes on.
      client.ping(1);
      assertThat(client.await(Frame.PING).isAck()).isTrue();
    }
    assertThat(fixture.count(L7Counter.CLIENT_WRITE_TIMEOUT)).isEqualTo(10);
    assertThat(fixture.recordings.next().flags()).isEqualTo("SI");
  }

  @OnEachTransport
  void aClientThatReadsNoAnswers(TierFixture fixture) throws Exception {
    // Large answers to a client whose windows are wide and who takes no byte (CVE-2019-9517).
    var d = ListenerConfig.Timeouts.DEFAULT;
    fixture.clientTimeouts =
        new ListenerConfig.Timeouts(
            d.headNanos(),
            d.bodyIdleNanos(),
            d.keepAliveNanos(),
            MILLISECONDS.toNanos(500),
            d.drainNanos());
    fixture.http2 = Http2Config.DEFAULT;
    fixture.backend(RawBackend.saying("x".repeat(8_000_000)));
    fixture.start();
    try (var client = begin(fixture)) {
      client.settings(4, Integer.MAX_VALUE).windowUpdate(0, 2_000_000_000);
      for (int id = 1; id < 21; id += 2) {
        client.get(id, "/");
      }
      fixture.awaitCount(L7Counter.CONNECTIONS_OPEN, 0);
    }
    assertThat(fixture.count(L7Counter.RESPONSE_BODY_BYTES)).isLessThan(40_000_000);
    fixture.awaitCount(L7Counter.REQUESTS_ACTIVE, 0);
  }

  @OnEachTransport
  void hpackBomb(TierFixture fixture) throws Exception {
    start(fixture);
    try (var client = begin(fixture)) {
      // An entry of 4,000 octets, and as many references to it as fit into a frame.
      var section = new ByteArrayOutputStream();
      section.writeBytes(FrameClient.section(FrameClient.request("GET", "/")));
      section.writeBytes(new byte[] {0x40, 1, 'a', 0x7F, (byte) 0xA1, 0x1E});
      section.writeBytes(
          "b"
              .repeat(0x7F + 0x21 + (0x1E << 7))
              .getBytes(java.nio.charset.StandardCharsets.US_ASCII));
      for (int i = 0; i < 12_000; i++) {
        section.write(0x80 | 62);
      }
      client.frame(Frame.HEADERS, 5, 1, section.toByteArray());
      assertThat(client.answer(1).status()).isEqualTo(431);
      // The table is still in step.
      client.frame(Frame.HEADERS, 5, 3, FrameClient.section(FrameClient.request("GET", "/")));
      assertThat(client.answer(3).text()).isEqualTo("hi");
    }
    assertThat(fixture.count(L7Counter.REFUSED_HEAD_TOO_LARGE)).isEqualTo(1);
    assertThat(fixture.recordings.next().reason()).isEqualTo("head_too_large");
  }

  @OnEachTransport
  void headerListTooLarge(TierFixture fixture) throws Exception {
    start(fixture);
    try (var client = begin(fixture)) {
      var fields = new String[2_000];
      for (int i = 0; i < fields.length; i += 2) {
        fields[i] = "x-" + i;
        fields[i + 1] = "y";
      }
      client.frame(
          Frame.HEADERS,
          Frame.END_HEADERS | Frame.END_STREAM,
          1,
          FrameClient.section(FrameClient.request("GET", "/", fields)));
      assertThat(client.answer(1).status()).isEqualTo(431);
      assertThat(client.get(3, "/").answer(3).text()).isEqualTo("hi");
    }
  }

  @OnEachTransport
  void emptyFieldNames(TierFixture fixture) throws Exception {
    start(fixture);
    try (var client = begin(fixture)) {
      client.headers(1, true, FrameClient.request("GET", "/", "", "", "", "", "", ""));
      assertThat(client.answer(1).status()).isEqualTo(400);
      assertThat(client.awaitReset(1)).isEqualTo(1);
    }
    assertThat(fixture.tier().violations().sum(io.gatehouse.l7.http.HttpViolation.FIELD_NAME_EMPTY))
        .isEqualTo(1);
  }

  @OnEachTransport
  void moreStreamsThanMayBe(TierFixture fixture) throws Exception {
    fixture.http2 = new Http2Config(true, 5, 65_535, 65_535, 0, 0, 200);
    fixture.backend(new RawBackend(connection -> connection.awaitClose()));
    fixture.start();
    try (var client = FrameClient.connect(fixture.address())) {
      client.preface().settings();
      var settings = client.await(Frame.SETTINGS);
      assertThat(settings.intAt(2)).isEqualTo(5);
      for (int id = 1; id < 21; id += 2) {
        client.get(id, "/");
      }
      for (int id = 11; id < 21; id += 2) {
        assertThat(client.awaitReset(id)).isEqualTo(7);
      }
      assertThat(fixture.count(L7Counter.REQUESTS_ACTIVE)).isEqualTo(5);
      assertThat(fixture.count(L7Counter.HTTP2_REFUSED_STREAMS)).isEqualTo(5);
    }
  }

  @OnEachTransport
  void halfOpenStreams(TierFixture fixture) throws Exception {
    var d = ListenerConfig.Timeouts.DEFAULT;
    fixture.clientTimeouts =
        new ListenerConfig.Timeouts(
            d.headNanos(),
            MILLISECONDS.toNanos(300),
            d.keepAliveNanos(),
            d.writeIdleNanos(),
            d.drainNanos());
    fixture.http2 = Http2Config.DEFAULT;
    fixture.backend(new RawBackend(connection -> connection.awaitClose()));
    fixture.start();
    try (var client = begin(fixture)) {
      for (int id = 1; id < 21; id += 2) {
        client.post(id, "/").data(id, false, "x");
      }
      for (int id = 1; id < 21; id += 2) {
        int stream = id;
        assertThat(client.await(f -> f.streamId() == stream && f.status() > 0).status())
            .isEqualTo(408);
      }
    }
    assertThat(fixture.count(L7Counter.REFUSED_BODY_TIMEOUT)).isEqualTo(10);
  }

  @OnEachTransport
  void aHeadInPiecesThatNeverEnds(TierFixture fixture) throws Exception {
    var d = ListenerConfig.Timeouts.DEFAULT;
    fixture.clientTimeouts =
        new ListenerConfig.Timeouts(
            MILLISECONDS.toNanos(300),
            d.bodyIdleNanos(),
            d.keepAliveNanos(),
            d.writeIdleNanos(),
            d.drainNanos());
    start(fixture);
    try (var client = begin(fixture)) {
      client.frame(Frame.HEADERS, 0, 1, FrameClient.section(":method", "GET"));
      assertThat(client.awaitGoAway()).isEqualTo(ENHANCE_YOUR_CALM);
      assertThat(client.isClosedByPeer()).isTrue();
    }
    assertThat(fixture.count(L7Counter.HTTP2_SLOW_FRAMES)).isEqualTo(1);
  }

  @OnEachTransport
  void aConnectionThatNeverBegins(TierFixture fixture) throws Exception {
    var d = ListenerConfig.Timeouts.DEFAULT;
    fixture.clientTimeouts =
        new ListenerConfig.Timeouts(
            MILLISECONDS.toNanos(300),
            d.bodyIdleNanos(),
            d.keepAliveNanos(),
            d.writeIdleNanos(),
            d.drainNanos());
    start(fixture);
    for (String sent :
        new String[] {"", "PR", "PRI * HTTP/2.0\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"}) {
      try (var client = FrameClient.connect(fixture.address())) {
        client.raw(sent.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        assertThat(client.isClosedByPeer()).as(sent).isTrue();
      }
    }
    for (int i = 0; i < 4; i++) {
      assertThat(fixture.recordings.nextRejection().listener()).isEqualTo("web");
    }
  }

  @OnEachTransport
  void pingsOfAClientThatDoesNotRead(TierFixture fixture) throws Exception {
    start(fixture);
    // More answers than the kernel's buffers hold would be needed to fill anything: the budget ends
    // it long before.
    try (var client = begin(fixture)) {
      long deadline = System.nanoTime() + SECONDS.toNanos(10);
      try {
        while (System.nanoTime() < deadline) {
          client.frames(1_000, Frame.PING, 0, 0, new byte[8]);
        }
      } catch (IOException e) {
        // Closed.
      }
      fixture.awaitCount(L7Counter.CONNECTIONS_OPEN, 0);
    }
    assertThat(fixture.count(L7Counter.HTTP2_PING_FLOOD)).isEqualTo(1);
  }
}
