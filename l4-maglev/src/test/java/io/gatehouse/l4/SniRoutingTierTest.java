package io.gatehouse.l4;

import static io.gatehouse.l4.RunningTier.WAIT_SECONDS;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.concurrent.TimeUnit.HOURS;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.health.Verdict;
import io.gatehouse.l4.ServiceConfig.ProxyHeader;
import io.gatehouse.l4.ServiceConfig.Timeouts;
import io.gatehouse.l4.SniRouting.Unmatched;
import io.gatehouse.proxyprotocol.Tlv;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Ways by the server name in a ClientHello, between real sockets, on each data plane. */
@ParameterizedClass(name = "{0}")
@EnumSource(
    value = DataPlaneChoice.class,
    names = {"RELAY", "KERNEL"})
class SniRoutingTierTest {
  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
  private static final String EXACT = "exact";
  private static final String WILDCARD = "wildcard";
  private static final long HELLO_MILLIS = 150;

  /** What a connection brought to an endpoint. */
  private record Arrival(String pool, TestBackend.Header header, byte[] bytes) {}

  private final DataPlaneChoice plane;
  private final FakeHealth health = new FakeHealth();
  private final BlockingQueue<Arrival> arrivals = new LinkedBlockingQueue<>();
  private final List<AutoCloseable> opened = new ArrayList<>();

  SniRoutingTierTest(DataPlaneChoice plane) {
    this.plane = RunningTier.orSkip(plane);
  }

  @BeforeEach
  void startEndpoints() throws IOException {
    endpoint(FakeHealth.POOL, false);
    endpoint(EXACT, true);
    endpoint(WILDCARD, false);
  }

  private void endpoint(String pool, boolean header) throws IOException {
    var backend =
        opened(
            TestBackend.start(
                LOOPBACK,
                header,
                (socket, its) ->
                    arrivals.add(new Arrival(pool, its, socket.getInputStream().readAllBytes()))));
    health.set(pool, backend.endpoint(pool), Verdict.UP);
  }

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable one : opened.reversed()) {
      one.close();
    }
  }

  private <T extends AutoCloseable> T opened(T one) {
    opened.add(one);
    return one;
  }

  private RunningTier start(Unmatched unmatched) {
    return start(unmatched, SECONDS.toNanos(WAIT_SECONDS) * 2);
  }

  private RunningTier start(Unmatched unmatched, long sniNanos) {
    var routes =
        List.of(
            new SniRouting.Route(
                List.of("a.example"),
                EXACT,
                ProxyHeader.V2,
                Set.of(HeaderTlv.AUTHORITY, HeaderTlv.ALPN, HeaderTlv.CRC32C)),
            new SniRouting.Route(List.of("*.b.example"), WILDCARD, ProxyHeader.NONE));
    var usual = Timeouts.DEFAULT;
    return opened(
        RunningTier.with(plane, health)
            .header(ProxyHeader.NONE)
            .sni(new SniRouting(routes, unmatched))
            .timeouts(
                new Timeouts(
                    usual.connectNanos(), HOURS.toNanos(1), 0, sniNanos, 0, usual.settleNanos()))
            .start());
  }

  private static byte[] hello(String name) {
    return Hellos.records(
        Hellos.message(List.of(Hellos.serverName(name), Hellos.alpn("h2", "http/1.1"))), 1 << 14);
  }

  private Arrival arrival() throws InterruptedException {
    return Objects.requireNonNull(arrivals.poll(WAIT_SECONDS, SECONDS), "nothing came in time");
  }

  /** Sends everything at once; what arrives is the same, at the pool. */
  private Arrival assertArrives(RunningTier tier, byte[] sent, String pool) throws Exception {
    try (var socket = tier.connect()) {
      socket.getOutputStream().write(sent);
      socket.shutdownOutput();
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
    }
    var came = arrival();
    assertThat(came.pool()).isEqualTo(pool);
    assertThat(came.bytes()).isEqualTo(sent);
    assertThat(tier.nextRecord().flags()).isEmpty();
    return came;
  }

  @Test
  void theNameChoosesThePoolAndNotAByteIsTouched() throws Exception {
    var tier = start(Unmatched.DEFAULT);
    assertArrives(tier, hello("a.example"), EXACT);
    assertArrives(tier, hello("A.EXAMPLE"), EXACT);
    assertArrives(tier, hello("x.b.example"), WILDCARD);
    assertArrives(tier, hello("x.y.b.example"), WILDCARD);
    assertArrives(tier, hello("b.example"), FakeHealth.POOL);
    assertArrives(tier, Hellos.ofJdk("x.b.example", "h2"), WILDCARD);
    assertArrives(
        tier, Hellos.concat(hello("x.b.example"), new byte[300_000]), WILDCARD); // and more behind
  }

  @Test
  void aHelloMayComeByteByByteAndInManyRecords() throws Exception {
    var tier = start(Unmatched.CLOSE);
    byte[] hello = Hellos.records(Hellos.message(List.of(Hellos.serverName("x.b.example"))), 11);
    try (var socket = tier.connect()) {
      socket.setTcpNoDelay(true);
      for (byte one : hello) {
        socket.getOutputStream().write(one);
      }
      socket.shutdownOutput();
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
    }
    var came = arrival();
    assertThat(came.pool()).isEqualTo(WILDCARD);
    assertThat(came.bytes()).isEqualTo(hello);
  }

  @Test
  void whatNamesNothingGoesToTheServicesOwnPool() throws Exception {
    var tier = start(Unmatched.DEFAULT);
    assertArrives(tier, hello("unknown.example"), FakeHealth.POOL);
    assertArrives(tier, Hellos.ofJdk(""), FakeHealth.POOL);
    assertThat(tier.count(L4Counter.HELLO_NOT_TLS)).isZero();
    assertArrives(tier, "GET / HTTP/1.1\r\n\r\n".getBytes(US_ASCII), FakeHealth.POOL);
    assertThat(tier.count(L4Counter.HELLO_NOT_TLS)).isEqualTo(1);
    assertArrives(tier, new byte[0], FakeHealth.POOL);
    byte[] whole = hello("a.example");
    assertArrives(tier, Arrays.copyOf(whole, whole.length / 2), FakeHealth.POOL);
    assertThat(tier.count(L4Counter.REFUSED_SERVER_NAME)).isZero();
  }

  @Test
  void whatNamesNothingIsClosedWhereThatIsAskedFor() throws Exception {
    var tier = start(Unmatched.CLOSE);
    var refused =
        List.of(hello("unknown.example"), Hellos.ofJdk(""), "SSH-2.0-x\r\n".getBytes(US_ASCII));
    for (byte[] sent : refused) {
      try (var socket = tier.connect()) {
        socket.getOutputStream().write(sent);
        L4TierTest.assertEnded(socket);
      }
      var recorded = tier.nextRecord();
      assertThat(recorded.flags()).containsExactly(ConnectionFlag.NR);
      assertThat(recorded.endpoint()).isNull();
      assertThat(recorded.reason()).contains("server name");
    }
    assertThat(tier.count(L4Counter.REFUSED_SERVER_NAME)).isEqualTo(refused.size());
    assertArrives(tier, hello("a.example"), EXACT);
  }

  @Test
  void halfAHelloIsWaitedForUntilItsDeadline() throws Exception {
    var tier = start(Unmatched.DEFAULT, MILLISECONDS.toNanos(HELLO_MILLIS));
    byte[] half = Arrays.copyOf(hello("a.example"), 40);
    try (var socket = tier.connect()) {
      socket.getOutputStream().write(half);
      RunningTier.await("the deadline", () -> tier.count(L4Counter.HELLO_TIMEOUTS) == 1);
      socket.shutdownOutput();
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
    }
    var came = arrival();
    assertThat(came.pool()).isEqualTo(FakeHealth.POOL);
    assertThat(came.bytes()).isEqualTo(half);
    assertThat(tier.nextRecord().connectNanos())
        .isGreaterThanOrEqualTo(MILLISECONDS.toNanos(HELLO_MILLIS));
  }

  @Test
  void aClientThatNeverShowsAHelloIsClosedWhereOneIsNeeded() throws Exception {
    var tier = start(Unmatched.CLOSE, MILLISECONDS.toNanos(HELLO_MILLIS));
    try (var socket = tier.connect()) {
      L4TierTest.assertEnded(socket);
    }
    assertThat(tier.nextRecord().flags()).containsExactly(ConnectionFlag.NR);
    assertThat(tier.count(L4Counter.HELLO_TIMEOUTS)).isEqualTo(1);
    assertThat(tier.count(L4Counter.REFUSED_SERVER_NAME)).isEqualTo(1);
  }

  @Test
  void aClientThatResetsWhileItsHelloIsWaitedForIsRecorded() throws Exception {
    var tier = start(Unmatched.DEFAULT);
    try (Socket socket = tier.connect()) {
      socket.getOutputStream().write(hello("a.example"), 0, 40);
      RunningTier.await("the accept", () -> tier.count(L4Counter.CONNECTIONS_ADMITTED) == 1);
      socket.setSoLinger(true, 0);
    }
    var recorded = tier.nextRecord();
    assertThat(recorded.flags()).containsExactlyInAnyOrder(ConnectionFlag.DC, ConnectionFlag.DR);
    assertThat(recorded.attempts()).isZero();
    assertThat(tier.count(L4Counter.CLIENT_RESETS)).isEqualTo(1);
    assertThat(arrivals).isEmpty();
  }

  @Test
  void theEndpointIsToldWhatTheClientAskedFor() throws Exception {
    var tier = start(Unmatched.DEFAULT);
    var header = assertArrives(tier, hello("a.example"), EXACT).header().value();
    assertThat(header.first(Tlv.Authority.class)).contains(new Tlv.Authority("a.example"));
    assertThat(header.first(Tlv.Alpn.class).orElseThrow().value().asUtf8()).contains("h2");
    assertThat(header.first(Tlv.UniqueId.class)).isEmpty();
    assertThat(header.first(Tlv.Crc32c.class)).isPresent();
  }
}
