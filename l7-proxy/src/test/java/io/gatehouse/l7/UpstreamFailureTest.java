package io.gatehouse.l7;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.health.Verdict;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;

/** What becomes of a request whose upstream fails, in every way and at every time. */
class UpstreamFailureTest {

  @OnEachTransport
  void triesAnotherEndpointWhenAConnectIsRefused(TierFixture fixture) throws Exception {
    fixture.endpoint("dead", refusing(), Verdict.UP);
    fixture.backend(RawBackend.saying("hi"));
    fixture.start();
    try (var client = fixture.connect()) {
      for (int i = 0; i < 10; i++) {
        assertThat(client.get("/").text()).isEqualTo("hi");
      }
    }
    int attempts = 0;
    for (int i = 0; i < 10; i++) {
      var record = fixture.recordings.next();
      assertThat(record.endpoint()).isEqualTo("b1");
      assertThat(record.flags()).isEqualTo("-");
      attempts += record.attempts();
    }
    assertThat(attempts).isEqualTo(15);
    assertThat(fixture.count(L7Counter.RETRIES)).isEqualTo(5);
    assertThat(fixture.health.reports())
        .hasSize(5)
        .containsOnly("app/dead: upstream_connect_failed");
  }

  @OnEachTransport
  void carriesABodyToTheEndpointThatTakesIt(TierFixture fixture) throws Exception {
    fixture.endpoint("dead", refusing(), Verdict.UP);
    fixture.backend(RawBackend.answering(request -> RawBackend.ok(request.text())));
    fixture.start();
    try (var client = fixture.connect()) {
      for (int i = 0; i < 4; i++) {
        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody");
        assertThat(client.response().text()).isEqualTo("body");
      }
    }
  }

  @OnEachTransport
  void answers502WhenNoEndpointCanBeConnected(TierFixture fixture) throws Exception {
    for (String name : new String[] {"d1", "d2", "d3", "d4"}) {
      fixture.endpoint(name, refusing(), Verdict.UP);
    }
    fixture.start();
    try (var client = fixture.connect()) {
      assertThat(client.get("/").status()).isEqualTo(502);
      assertThat(client.get("/").status()).as("the client's connection stays").isEqualTo(502);
    }
    var record = fixture.recordings.next();
    assertThat(record.attempts()).isEqualTo(3);
    assertThat(record.flags()).isEqualTo("UF,URX");
    assertThat(fixture.count(L7Counter.UPSTREAM_CONNECT_FAILED)).isEqualTo(6);
  }

  @OnEachTransport
  void answers503WhenNoEndpointTakesWork(TierFixture fixture) throws Exception {
    fixture.endpoint("down", refusing(), Verdict.DOWN);
    fixture.endpoint("draining", refusing(), Verdict.DRAINING);
    fixture.health.set(TierFixture.POOL, "weightless", refusing(), 0, Verdict.UP);
    fixture.start();
    try (var client = fixture.connect()) {
      assertThat(client.get("/").status()).isEqualTo(503);
    }
    var record = fixture.recordings.next();
    assertThat(record.flags()).isEqualTo("UH");
    assertThat(record.attempts()).isZero();
    assertThat(fixture.count(L7Counter.UPSTREAM_NONE_HEALTHY)).isEqualTo(1);
  }

  @OnEachTransport
  void followsTheVerdictsFromOneRequestToTheNext(TierFixture fixture) throws Exception {
    var one = fixture.backend(RawBackend.saying("one"));
    fixture.backend(RawBackend.saying("two"));
    fixture.endpoint("b1", one.address(), Verdict.DOWN);
    fixture.start();
    try (var client = fixture.connect()) {
      for (int i = 0; i < 4; i++) {
        assertThat(client.get("/").text()).isEqualTo("two");
      }
      fixture.endpoint("b1", one.address(), Verdict.UP);
      var texts = new ArrayList<String>();
      for (int i = 0; i < 4; i++) {
        texts.add(client.get("/").text());
      }
      assertThat(texts).containsExactlyInAnyOrder("one", "two", "one", "two");
    }
  }

  @OnEachTransport
  void answers504WhenAConnectGetsNoAnswer(TierFixture fixture) throws Exception {
    fixture.poolTimeouts = new PoolConfig.Timeouts(MILLISECONDS.toNanos(300), SECONDS.toNanos(50));
    try (var full = new FullBacklog()) {
      fixture.endpoint("full", full.address(), Verdict.UP);
      fixture.start();
      try (var client = fixture.connect()) {
        assertThat(client.get("/").status()).isEqualTo(504);
      }
    }
    assertThat(fixture.recordings.next().reason()).isEqualTo("upstream_connect_timeout");
    assertThat(fixture.count(L7Counter.UPSTREAM_CONNECT_TIMEOUT)).isEqualTo(1);
  }

  @OnEachTransport
  void answers502WhenTheBackendClosesWithoutAnAnswer(TierFixture fixture) throws Exception {
    var backend = fixture.backend(new RawBackend(RawBackend.Connection::request));
    fixture.start();
    try (var client = fixture.connect()) {
      assertThat(client.get("/").status()).isEqualTo(502);
    }
    var record = fixture.recordings.next();
    assertThat(record.flags()).isEqualTo("UC");
    assertThat(record.attempts()).isEqualTo(1);
    assertThat(backend.accepted()).as("a request that was sent is not repeated").isEqualTo(1);
    assertThat(fixture.health.reports()).containsExactly("app/b1: upstream_closed_early");
  }

  @OnEachTransport
  void answers502ToWhatIsNotHttp(TierFixture fixture) throws Exception {
    fixture.backend(
        new RawBackend(
            connection -> {
              connection.request();
              connection.send("SSH-2.0-OpenSSH_9.9\r\n");
              connection.awaitClose();
            }));
    fixture.start();
    try (var client = fixture.connect()) {
      assertThat(client.get("/").status()).isEqualTo(502);
    }
    var record = fixture.recordings.next();
    assertThat(record.flags()).isEqualTo("UPE");
    assertThat(record.reason()).isEqualTo("upstream_bad_response");
  }

  @OnEachTransport
  void answers502ToAnUnaskedSwitchOfProtocol(TierFixture fixture) throws Exception {
    fixture.backend(
        new RawBackend(
            connection -> {
              connection.request();
              connection.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n");
              connection.awaitClose();
            }));
    fixture.start();
    try (var client = fixture.connect()) {
      assertThat(client.get("/").status()).isEqualTo(502);
    }
  }

  @OnEachTransport
  void cutsAnAnswerThatTheBackendDoesNotFinish(TierFixture fixture) throws Exception {
    fixture.backend(
        new RawBackend(
            connection -> {
              connection.request();
              connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
            }));
    fixture.start();
    try (var client = fixture.connect()) {
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      HttpMessage.readHead(client.in());
      assertThat(client.in().readAllBytes()).asString().isEqualTo("3\r\nabc\r\n");
    }
    assertThat(fixture.recordings.next().flags()).isEqualTo("UC");
  }

  @OnEachTransport
  void resetsAnOldClientWhoseAnswerIsCut(TierFixture fixture) throws Exception {
    fixture.backend(
        new RawBackend(
            connection -> {
              connection.request();
              connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
            }));
    fixture.start();
    try (var client = fixture.connect()) {
      client.send("GET / HTTP/1.0\r\n\r\n");
      // An orderly end would tell this client that it has got all.
      org.assertj.core.api.Assertions.assertThatThrownBy(() -> client.in().readAllBytes())
          .isInstanceOf(java.net.SocketException.class);
    }
  }

  @OnEachTransport
  void repeatsARequestOnAFreshConnectionWhenAKeptOneBreaks(TierFixture fixture) throws Exception {
    var backend = fixture.backend(closingOnSecondRequest());
    fixture.start();
    try (var client = fixture.connect()) {
      assertThat(client.get("/").text()).isEqualTo("0");
      assertThat(client.get("/").text()).isEqualTo("1");
    }
    assertThat(backend.accepted()).isEqualTo(2);
    fixture.recordings.next();
    var second = fixture.recordings.next();
    assertThat(second.attempts()).isEqualTo(2);
    assertThat(second.flags()).isEqualTo("-");
    assertThat(fixture.health.reports()).as("no failure of the endpoint").isEmpty();
  }

  @OnEachTransport
  void doesNotRepeatWhatIsNotSafeToRepeat(TierFixture fixture) throws Exception {
    var backend = fixture.backend(closingOnSecondRequest());
    fixture.start();
    try (var client = fixture.connect()) {
      assertThat(client.get("/").text()).isEqualTo("0");
      client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
      assertThat(client.response().status()).isEqualTo(502);
    }
    assertThat(backend.accepted()).isEqualTo(1);
    assertThat(backend.requests()).isEqualTo(2);
  }

  @OnEachTransport
  void dropsAKeptConnectionThatTheBackendCloses(TierFixture fixture) throws Exception {
    var backend =
        fixture.backend(
            new RawBackend(
                connection -> {
                  connection.request();
                  connection.send(RawBackend.ok("hi"));
                }));
    fixture.start();
    try (var client = fixture.connect()) {
      for (int i = 1; i <= 3; i++) {
        assertThat(client.get("/").text()).isEqualTo("hi");
        fixture.awaitCount(L7Counter.UPSTREAM_IDLE_DROPPED, i);
      }
    }
    assertThat(backend.accepted()).isEqualTo(3);
  }

  @OnEachTransport
  void dropsAKeptConnectionThatSpeaksUnasked(TierFixture fixture) throws Exception {
    var backend =
        fixture.backend(
            new RawBackend(
                connection -> {
                  connection.request();
                  connection.send(RawBackend.ok("hi"));
                  connection.in().mark(1);
                  if (connection.number() == 0) {
                    fixture.awaitCount(L7Counter.REQUESTS, 1);
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison");
                  }
                  connection.awaitClose();
                }));
    fixture.start();
    try (var client = fixture.connect()) {
      assertThat(client.get("/").text()).isEqualTo("hi");
      fixture.awaitCount(L7Counter.UPSTREAM_UNSOLICITED, 1);
      assertThat(client.get("/").text()).isEqualTo("hi");
    }
    assertThat(backend.accepted()).isEqualTo(2);
  }

  @OnEachTransport
  void doesNotKeepAConnectionWithBytesBehindTheAnswer(TierFixture fixture) throws Exception {
    var backend =
        fixture.backend(
            RawBackend.answering(
                request ->
                    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 200 OK\r\n"
                        .getBytes(java.nio.charset.StandardCharsets.US_ASCII)));
    fixture.start();
    try (var client = fixture.connect()) {
      assertThat(client.get("/").text()).isEqualTo("hi");
      assertThat(client.get("/").text()).isEqualTo("hi");
    }
    assertThat(backend.accepted()).isEqualTo(2);
    assertThat(fixture.count(L7Counter.UPSTREAM_UNSOLICITED)).isEqualTo(2);
  }

  @OnEachTransport
  void closesTheUpstreamWhenTheClientGoesAwayWaiting(TierFixture fixture) throws Exception {
    var arrived = new CountDownLatch(1);
    var backend =
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
    }
    var record = fixture.recordings.next();
    assertThat(record.flags()).isEqualTo("DC");
    assertThat(record.status()).isZero();
    TierFixture.await("the upstream connection is closed", () -> backend.openConnections() == 0);
    assertThat(fixture.count(L7Counter.CLIENT_ABORTED)).isEqualTo(1);
  }

  @OnEachTransport
  void closesTheUpstreamWhenTheClientGoesAwayReading(TierFixture fixture) throws Exception {
    var backend =
        fixture.backend(
            new RawBackend(
                connection -> {
                  connection.request();
                  connection.send("HTTP/1.1 200 OK\r\n\r\n");
                  while (true) {
                    connection.send(new byte[10_000]);
                  }
                }));
    fixture.start();
    try (var client = fixture.connect()) {
      client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      HttpMessage.readHead(client.in());
      client.in().readNBytes(100_000);
    }
    var record = fixture.recordings.next();
    assertThat(record.flags()).isEqualTo("DC");
    assertThat(record.status()).isEqualTo(200);
    TierFixture.await("the upstream connection is closed", () -> backend.openConnections() == 0);
  }

  /** Answers the first request of each connection with its number; then closes on the second. */
  private static RawBackend closingOnSecondRequest() throws IOException {
    return new RawBackend(
        connection -> {
          connection.request();
          connection.send(RawBackend.ok(String.valueOf(connection.number())));
          connection.request();
        });
  }

  /** An address on which nobody listens. */
  private static InetSocketAddress refusing() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      return (InetSocketAddress) socket.getLocalSocketAddress();
    }
  }

  /** A socket whose backlog is full, so that the kernel drops every further SYN. */
  private static final class FullBacklog implements AutoCloseable {
    private final ServerSocket server;
    private final ArrayList<Socket> fillers = new ArrayList<>();

    FullBacklog() throws IOException {
      server = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
      for (int i = 0; i < 8; i++) {
        var socket = new Socket();
        fillers.add(socket);
        try {
          socket.connect(address(), 200);
        } catch (IOException e) {
          return;
        }
      }
      throw new IOException("the backlog doesn't fill");
    }

    InetSocketAddress address() {
      return (InetSocketAddress) server.getLocalSocketAddress();
    }

    @Override
    public void close() throws IOException {
      for (Socket socket : fillers) {
        socket.close();
      }
      server.close();
    }
  }
}
