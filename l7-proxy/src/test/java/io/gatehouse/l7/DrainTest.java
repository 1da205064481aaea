package io.gatehouse.l7;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.util.concurrent.CountDownLatch;

/** How the tier ends, in order and at once. */
class DrainTest {

  private static ListenerConfig.Timeouts drainingFor(long nanos) {
    var d = ListenerConfig.Timeouts.DEFAULT;
    return new ListenerConfig.Timeouts(
        d.headNanos(), d.bodyIdleNanos(), d.keepAliveNanos(), d.writeIdleNanos(), nanos);
  }

  @OnEachTransport
  void letsRequestsUnderWayEndAndClosesIdleConnections(TierFixture fixture) throws Exception {
    fixture.loops = 2;
    var arrived = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    fixture.backend(
        RawBackend.answering(
            request -> {
              if (request.startLine().contains("/slow")) {
                arrived.countDown();
                goOn.await(10, SECONDS);
              }
              return RawBackend.ok("done");
            }));
    fixture.start();
    var address = fixture.address();
    try (var idle = fixture.connect();
        var busy = fixture.connect()) {
      idle.get("/");
      busy.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(arrived.await(10, SECONDS)).isTrue();
      var drained = fixture.tier().drain().toCompletableFuture();
      assertThat(idle.isClosedByPeer()).isTrue();
      assertThat(fixture.tier().listening().get("web")).isEmpty();
      assertThat(fixture.tier().status().draining()).isTrue();
      assertThatThrownBy(() -> RawClient.connect(address)).isInstanceOf(ConnectException.class);
      assertThat(drained).isNotDone();
      goOn.countDown();
      var answer = busy.response();
      assertThat(answer.text()).isEqualTo("done");
      assertThat(answer.field("connection")).hasValue("close");
      drained.get(10, SECONDS);
    }
    assertThat(fixture.count(L7Counter.DRAIN_CUT)).isZero();
  }

  @OnEachTransport
  void cutsWhatIsLeftAtTheDeadline(TierFixture fixture) throws Exception {
    fixture.clientTimeouts = drainingFor(MILLISECONDS.toNanos(400));
    var arrived = new CountDownLatch(1);
    fixture.backend(
        new RawBackend(
            connection -> {
              connection.request();
              arrived.countDown();
              connection.awaitClose();
            }));
    fixture.start();
    try (var client = fixture.connect()) {
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(arrived.await(10, SECONDS)).isTrue();
      fixture.tier().drain().toCompletableFuture().get(10, SECONDS);
      assertThat(client.isClosedByPeer()).isTrue();
    }
    assertThat(fixture.recordings.next().flags()).isEqualTo("LR");
    assertThat(fixture.count(L7Counter.DRAIN_CUT)).isEqualTo(1);
  }

  @OnEachTransport
  void windsDownWithoutTurningAnyoneAwayAndResumes(TierFixture fixture) throws Exception {
    fixture.backend(RawBackend.answering(request -> RawBackend.ok("done")));
    fixture.start();
    try (var idle = fixture.connect()) {
      idle.get("/");
      fixture.tier().windDown();
      assertThat(idle.isClosedByPeer()).isTrue();
    }
    assertThat(fixture.tier().status().draining()).isTrue();
    try (var late = fixture.connect()) {
      var answer = late.get("/");
      assertThat(answer.text()).isEqualTo("done");
      assertThat(answer.field("connection")).hasValue("close");
      assertThat(late.isClosedByPeer()).isTrue();
    }
    fixture.tier().resume();
    assertThat(fixture.tier().status().draining()).isFalse();
    try (var kept = fixture.connect()) {
      assertThat(kept.get("/").field("connection")).isEmpty();
      assertThat(kept.get("/").text()).isEqualTo("done");
    }
    assertThat(fixture.count(L7Counter.DRAIN_CUT)).isZero();
  }

  @OnEachTransport
  void givesWhoComesDuringItAsMuchTimeAsThoseBefore(TierFixture fixture) throws Exception {
    fixture.clientTimeouts = drainingFor(MILLISECONDS.toNanos(1_500));
    var never = new CountDownLatch(1);
    fixture.backend(
        RawBackend.answering(
            request -> {
              never.await(1, SECONDS);
              return RawBackend.ok("done");
            }));
    fixture.start();
    fixture.tier().windDown();
    try (var first = fixture.connect()) {
      assertThat(first.get("/").text()).isEqualTo("done");
    }
    try (var late = fixture.connect()) { // ends half a second after the deadline of the first
      assertThat(late.get("/").text()).isEqualTo("done");
    }
    assertThat(fixture.count(L7Counter.DRAIN_CUT)).isZero();
  }

  @OnEachTransport
  void closesEverythingAtOnce(TierFixture fixture) throws Exception {
    fixture.loops = 2;
    var arrived = new CountDownLatch(1);
    var never = new CountDownLatch(1);
    var backend =
        fixture.backend(
            RawBackend.answering(
                request -> {
                  if (request.startLine().contains("/slow")) {
                    arrived.countDown();
                    never.await(10, SECONDS);
                  }
                  return RawBackend.ok("hi");
                }));
    fixture.start();
    try (var idle = fixture.connect();
        var busy = fixture.connect()) {
      idle.get("/");
      busy.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(arrived.await(10, SECONDS)).isTrue();
      fixture.tier().close();
      assertThat(idle.isClosedByPeer()).isTrue();
      assertThat(busy.isClosedByPeer()).isTrue();
      assertThat(fixture.count(L7Counter.CONNECTIONS_OPEN)).isZero();
      fixture.awaitCount(L7Counter.UPSTREAM_CONNECTIONS_OPEN, 0);
      assertThat(fixture.tier().drain().toCompletableFuture()).isDone();
      assertThat(backend.accepted()).isPositive();
    }
  }

  @OnEachTransport
  void saysWhichAddressItCannotHave(TierFixture fixture) throws Exception {
    try (var taken = new java.net.ServerSocket(0, 1, java.net.InetAddress.getByName("127.0.0.1"))) {
      fixture.listen = (java.net.InetSocketAddress) taken.getLocalSocketAddress();
      assertThatThrownBy(fixture::start)
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContaining("listener web: can't listen on /127.0.0.1:" + taken.getLocalPort());
    }
  }
}
