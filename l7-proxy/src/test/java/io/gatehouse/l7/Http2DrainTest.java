package io.gatehouse.l7;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.testkit.h2.Frame;
import io.gatehouse.testkit.h2.FrameClient;
import java.util.concurrent.CountDownLatch;

/** How an HTTP/2 connection is given up: no request is lost, and none is taken for good. */
class Http2DrainTest {
  private static final int NO_ERROR = 0;

  private static FrameClient begin(TierFixture fixture) throws Exception {
    return FrameClient.connect(fixture.address()).begin();
  }

  /** Two GOAWAYs with a PING between them, which is answered. */
  private static void assertFarewell(FrameClient client, int lastStream) throws Exception {
    var first = client.await(Frame.GOAWAY);
    assertThat(first.intAt(0)).isEqualTo(Integer.MAX_VALUE);
    assertThat(first.errorCode()).isEqualTo(NO_ERROR);
    var ping = client.await(Frame.PING);
    client.frame(Frame.PING, Frame.ACK, 0, ping.payload());
    var second = client.await(Frame.GOAWAY);
    assertThat(second.intAt(0)).isEqualTo(lastStream);
    assertThat(second.errorCode()).isEqualTo(NO_ERROR);
  }

  @OnEachTransport
  void takesRequestsUntilTheClientHasHeard(TierFixture fixture) throws Exception {
    var goOn = new CountDownLatch(1);
    fixture.http2 = Http2Config.DEFAULT;
    fixture.backend(
        RawBackend.answering(
            r -> {
              assertThat(goOn.await(10, SECONDS)).isTrue();
              return RawBackend.ok(r.startLine());
            }));
    fixture.start();
    try (var client = begin(fixture)) {
      client.get(1, "/1");
      fixture.awaitCount(L7Counter.REQUESTS_ACTIVE, 1);
      var drained = fixture.tier().drain().toCompletableFuture();
      var first = client.await(Frame.GOAWAY);
      assertThat(first.intAt(0)).isEqualTo(Integer.MAX_VALUE);
      var ping = client.await(Frame.PING);
      // Sent before the client had heard: it is served.
      client.get(3, "/3").frame(Frame.PING, Frame.ACK, 0, ping.payload());
      assertThat(client.await(Frame.GOAWAY).intAt(0)).isEqualTo(3);
      // Sent afterwards: it is ignored, as the client may know.
      client.get(5, "/5");
      goOn.countDown();
      // In whatever order.
      var bodies = client.await(Frame.DATA).text() + client.await(Frame.DATA).text();
      assertThat(bodies).contains("/1", "/3").doesNotContain("/5");
      assertThat(client.isClosedByPeer()).isTrue();
      drained.get(10, SECONDS);
    }
    assertThat(fixture.count(L7Counter.DRAIN_CUT)).isZero();
    assertThat(fixture.count(L7Counter.REQUESTS)).isEqualTo(2);
  }

  @OnEachTransport
  void closesIdleConnectionsOfADrainEvenIfTheyDoNotAnswer(TierFixture fixture) throws Exception {
    fixture.http2 = Http2Config.DEFAULT;
    fixture.backend(RawBackend.saying("hi"));
    fixture.start();
    try (var client = begin(fixture)) {
      client.get(1, "/").answer(1);
      var drained = fixture.tier().drain().toCompletableFuture();
      assertThat(client.isClosedByPeer()).isTrue();
      drained.get(10, SECONDS);
    }
  }

  @OnEachTransport
  void cutsWhatIsLeftAtTheDeadline(TierFixture fixture) throws Exception {
    var d = ListenerConfig.Timeouts.DEFAULT;
    fixture.clientTimeouts =
        new ListenerConfig.Timeouts(
            d.headNanos(),
            d.bodyIdleNanos(),
            d.keepAliveNanos(),
            d.writeIdleNanos(),
            MILLISECONDS.toNanos(400));
    fixture.http2 = Http2Config.DEFAULT;
    fixture.backend(new RawBackend(connection -> connection.awaitClose()));
    fixture.start();
    try (var client = begin(fixture)) {
      client.get(1, "/").get(3, "/");
      fixture.awaitCount(L7Counter.REQUESTS_ACTIVE, 2);
      fixture.tier().drain().toCompletableFuture().get(10, SECONDS);
      assertThat(client.isClosedByPeer()).isTrue();
    }
    assertThat(fixture.recordings.next().flags()).isEqualTo("LR");
    assertThat(fixture.count(L7Counter.DRAIN_CUT)).isEqualTo(2);
  }

  @OnEachTransport
  void givesAConnectionUpThatIsOld(TierFixture fixture) throws Exception {
    fixture.http2 = new Http2Config(true, 100, 65_535, 65_535, MILLISECONDS.toNanos(300), 0, 200);
    fixture.backend(RawBackend.saying("hi"));
    fixture.start();
    try (var client = begin(fixture)) {
      assertThat(client.get(1, "/").answer(1).text()).isEqualTo("hi");
      assertFarewell(client, 1);
      assertThat(client.isClosedByPeer()).isTrue();
    }
    assertThat(fixture.count(L7Counter.HTTP2_MAX_AGE_REACHED)).isEqualTo(1);
  }

  @OnEachTransport
  void givesAConnectionUpThatHasHadItsRequests(TierFixture fixture) throws Exception {
    var d = ListenerConfig.Limits.DEFAULT;
    fixture.limits =
        new ListenerConfig.Limits(
            d.maxConnections(),
            3,
            d.maxHeadBytes(),
            d.maxTargetBytes(),
            d.maxHeaders(),
            d.maxBodyBytes());
    fixture.http2 = Http2Config.DEFAULT;
    fixture.backend(RawBackend.saying("hi"));
    fixture.start();
    try (var client = begin(fixture)) {
      client.get(1, "/").answer(1);
      client.get(3, "/").answer(3);
      client.get(5, "/");
      assertFarewell(client, 5);
      assertThat(client.isClosedByPeer()).isTrue();
    }
    assertThat(fixture.count(L7Counter.MAX_REQUESTS_REACHED)).isEqualTo(1);
  }

  @OnEachTransport
  void closesAnIdleConnection(TierFixture fixture) throws Exception {
    var d = ListenerConfig.Timeouts.DEFAULT;
    fixture.clientTimeouts =
        new ListenerConfig.Timeouts(
            d.headNanos(),
            d.bodyIdleNanos(),
            MILLISECONDS.toNanos(300),
            d.writeIdleNanos(),
            d.drainNanos());
    fixture.http2 = Http2Config.DEFAULT;
    fixture.backend(RawBackend.saying("hi"));
    fixture.start();
    try (var client = begin(fixture)) {
      client.get(1, "/").answer(1);
      assertThat(client.awaitGoAway()).isEqualTo(NO_ERROR);
      assertThat(client.isClosedByPeer()).isTrue();
    }
    assertThat(fixture.count(L7Counter.KEEP_ALIVE_EXPIRED)).isEqualTo(1);
  }

  @OnEachTransport
  void asksASilentClientWhetherItIsThere(TierFixture fixture) throws Exception {
    fixture.http2 = new Http2Config(true, 100, 65_535, 65_535, 0, MILLISECONDS.toNanos(300), 200);
    fixture.backend(new RawBackend(connection -> connection.awaitClose()));
    fixture.start();
    try (var client = begin(fixture)) {
      client.get(1, "/");
      var ping = client.await(Frame.PING);
      client.frame(Frame.PING, Frame.ACK, 0, ping.payload());
      // Answered once; the next one is not.
      client.await(Frame.PING);
      assertThat(client.isClosedByPeer()).isTrue();
    }
    assertThat(fixture.count(L7Counter.HTTP2_PING_TIMEOUT)).isEqualTo(1);
  }
}
