package io.gatehouse.l7;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.health.Verdict;
import io.gatehouse.l7.PoolConfig.Protocol;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/** Connections that are there before a request needs them. */
class PreconnectTest {
  private static void keepReady(TierFixture fixture, int connections) {
    fixture.poolLimits = new PoolConfig.Limits(10, 5, connections, 65_536, 65_536);
  }

  @OnEachTransport
  void makesConnectionsBeforeTheFirstRequest(TierFixture fixture) throws Exception {
    keepReady(fixture, 3);
    var backend = fixture.backend(RawBackend.saying("hi"));
    fixture.start();
    fixture.awaitCount(L7Counter.UPSTREAM_PRECONNECTED, 3);
    TierFixture.await("it has all three", () -> backend.openConnections() == 3);
    try (var client = fixture.connect()) {
      assertThat(client.get("/").text()).isEqualTo("hi");
    }
    assertThat(fixture.recordings.next().connectNanos()).isZero();
    assertThat(fixture.count(L7Counter.UPSTREAM_REUSED)).isEqualTo(1);
    var endpoint = fixture.tier().status().pools().getFirst().endpoints().getFirst();
    assertThat(endpoint.idleConnections()).isGreaterThanOrEqualTo(3);
  }

  @OnEachTransport
  void replacesThoseThatTheBackendCloses(TierFixture fixture) throws Exception {
    keepReady(fixture, 1);
    var backend =
        fixture.backend(
            new RawBackend(
                connection -> {
                  if (connection.number() > 2) {
                    connection.awaitClose();
                  }
                }));
    fixture.start();
    TierFixture.await("the fourth stays", () -> backend.accepted() == 4);
    assertThat(fixture.count(L7Counter.UPSTREAM_IDLE_DROPPED)).isEqualTo(3);
  }

  @OnEachTransport
  void sparesAnEndpointThatTakesNoWork(TierFixture fixture) throws Exception {
    keepReady(fixture, 2);
    var backend = fixture.backend(RawBackend.saying("hi"));
    var other = fixture.backend(RawBackend.saying("hi"));
    fixture.endpoint("b1", backend.address(), Verdict.DOWN);
    fixture.start();
    TierFixture.await("the other has its two", () -> other.openConnections() == 2);
    assertThat(backend.accepted()).isZero();
    fixture.endpoint("b1", backend.address(), Verdict.UP);
    TierFixture.await("it has come back", () -> backend.openConnections() == 2);
  }

  @OnEachTransport
  void triesLessAndLessOftenWhereNobodyListens(TierFixture fixture) throws Exception {
    keepReady(fixture, 2);
    InetSocketAddress nobody;
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      nobody = (InetSocketAddress) taken.getLocalSocketAddress();
    }
    fixture.endpoint("dead", nobody, Verdict.UP);
    fixture.start();
    long startNanos = System.nanoTime();
    TierFixture.await(
        "a third attempt", () -> fixture.count(L7Counter.UPSTREAM_PRECONNECT_FAILED) == 3);
    // A second after the first, two after the second.
    assertThat(System.nanoTime() - startNanos).isGreaterThan(SECONDS.toNanos(3));
    assertThat(fixture.health.reports()).as("no request has failed").isEmpty();
  }

  @OnEachTransport
  void keepsAConnectionOfHttp2Ready(TierFixture fixture) throws Exception {
    keepReady(fixture, 1);
    fixture.connections =
        new PoolConfig.Connections(
            Protocol.H2C, null, PoolConfig.Http2.DEFAULT, PoolConfig.Lifetime.DEFAULT);
    fixture.backend(
        Http2Backend.running(
            (connection, number) ->
                connection.answer(connection.await(Http2Backend.HEADERS).stream(), "hi")));
    fixture.start();
    fixture.awaitCount(L7Counter.UPSTREAM_PRECONNECTED, 1);
    try (var client = fixture.connect()) {
      assertThat(client.get("/").text()).isEqualTo("hi");
    }
    assertThat(fixture.recordings.next().connectNanos()).isZero();
  }
}
