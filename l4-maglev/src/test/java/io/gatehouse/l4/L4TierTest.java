package io.gatehouse.l4;

import static io.gatehouse.l4.RunningTier.WAIT_SECONDS;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.concurrent.TimeUnit.HOURS;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.gatehouse.health.Endpoint;
import io.gatehouse.health.Verdict;
import io.gatehouse.l4.ServiceConfig.HashKey;
import io.gatehouse.l4.ServiceConfig.Limits;
import io.gatehouse.l4.ServiceConfig.ProxyHeader;
import io.gatehouse.l4.ServiceConfig.Timeouts;
import io.gatehouse.proxyprotocol.Tlv;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** The tier between real sockets, on each data plane. */
@ParameterizedClass(name = "{0}")
@EnumSource(
    value = DataPlaneChoice.class,
    names = {"RELAY", "KERNEL"})
class L4TierTest {
  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

  private final DataPlaneChoice plane;
  private final FakeHealth health = new FakeHealth();
  private final List<AutoCloseable> opened = new ArrayList<>();

  L4TierTest(DataPlaneChoice plane) {
    this.plane = RunningTier.orSkip(plane);
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

  private TestBackend backend(String name, TestBackend.Service service) throws IOException {
    var backend = opened(TestBackend.start(service));
    health.set(backend.endpoint(name), Verdict.UP);
    return backend;
  }

  private RunningTier.Builder tier() {
    return RunningTier.with(plane, health);
  }

  @Test
  void theEndpointIsToldTheTrueClientAndTheIdThatIsRecorded() throws Exception {
    BlockingQueue<TestBackend.Header> headers = new LinkedBlockingQueue<>();
    backend("l7-1", (socket, header) -> headers.add(header));
    var tier = opened(tier().start());
    InetSocketAddress client;
    try (var socket = tier.connect()) {
      client = (InetSocketAddress) socket.getLocalSocketAddress();
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
    }
    var header = taken(headers).value();
    var recorded = tier.nextRecord();
    assertThat(header.client()).contains(client);
    assertThat(header.first(Tlv.Crc32c.class)).isPresent();
    var id = header.first(Tlv.UniqueId.class).orElseThrow().value().asUtf8().orElseThrow();
    assertThat(id).isEqualTo(recorded.uniqueId()).startsWith("l4-a/").matches("[!-~]{8,128}");
    assertThat(recorded.client()).isEqualTo(client);
    assertThat(recorded.local()).isEqualTo(tier.address());
    assertThat(tier.tier().listening()).isEqualTo(Map.of("web", List.of(tier.address())));
    assertThat(recorded.endpoint()).isEqualTo("l7-1");
    assertThat(recorded.attempts()).isEqualTo(1);
    assertThat(recorded.service()).isEqualTo("web");
    assertThat(recorded.flags()).isEmpty();
    assertThat(recorded.reason()).isEqualTo("closed by the endpoint, then by the client");
    assertThat(recorded.connectNanos()).isPositive().isLessThan(recorded.totalNanos());
  }

  @Test
  void connectionsHaveDistinctIds() throws Exception {
    backend("l7-1", TestBackend.named("x"));
    var tier = opened(tier().start());
    for (int i = 0; i < 50; i++) {
      exchange(tier, LOOPBACK);
    }
    var ids = new ArrayList<String>();
    for (int i = 0; i < 50; i++) {
      ids.add(tier.nextRecord().uniqueId());
    }
    assertThat(ids).doesNotHaveDuplicates();
  }

  @Test
  void writesAVersionOneHeaderWhereThatIsAskedFor() throws Exception {
    BlockingQueue<TestBackend.Header> headers = new LinkedBlockingQueue<>();
    backend("l7-1", (socket, header) -> headers.add(header));
    var tier = opened(tier().header(ProxyHeader.V1).start());
    try (var socket = tier.connect()) {
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
      var header = taken(headers).value();
      assertThat(header.version()).isEqualTo(io.gatehouse.proxyprotocol.ProxyHeader.Version.V1);
      assertThat(header.client()).contains((InetSocketAddress) socket.getLocalSocketAddress());
    }
  }

  @Test
  void writesNoHeaderWhereNoneIsWanted() throws Exception {
    var backend = opened(TestBackend.start(LOOPBACK, false, TestBackend::echo));
    health.set(backend.endpoint("l7-1"), Verdict.UP);
    var tier = opened(tier().header(ProxyHeader.NONE).start());
    try (var socket = tier.connect()) {
      socket.getOutputStream().write("hello".getBytes(US_ASCII));
      socket.shutdownOutput();
      assertThat(socket.getInputStream().readAllBytes()).asString(US_ASCII).isEqualTo("hello");
    }
    assertThat(backend.failures()).isEmpty();
  }

  @Test
  void servesIpv6OnBothSides() throws Exception {
    var loopback6 = InetAddress.ofLiteral("::1");
    assumeTrue(NetworkInterface.getByInetAddress(loopback6) != null, "no IPv6 on loopback");
    BlockingQueue<TestBackend.Header> headers = new LinkedBlockingQueue<>();
    var backend =
        opened(
            TestBackend.start(
                loopback6,
                true,
                (socket, header) -> {
                  headers.add(header);
                  TestBackend.echo(socket, header);
                }));
    health.set(backend.endpoint("l7-1"), Verdict.UP);
    var tier = opened(tier().listen(loopback6, 0).start());
    try (var socket = tier.connect()) {
      var client = (InetSocketAddress) socket.getLocalSocketAddress();
      socket.getOutputStream().write("six".getBytes(US_ASCII));
      socket.shutdownOutput();
      assertThat(socket.getInputStream().readAllBytes()).asString(US_ASCII).isEqualTo("six");
      assertThat(taken(headers).value().client().orElseThrow().getPort())
          .isEqualTo(client.getPort());
    }
    assertThat(tier.nextRecord().client().getAddress()).isEqualTo(loopback6);
  }

  @Test
  void connectsFromTheConfiguredSourceAddresses() throws Exception {
    BlockingQueue<InetAddress> peers = new LinkedBlockingQueue<>();
    backend("l7-1", (socket, header) -> peers.add(socket.getInetAddress()));
    var one = InetAddress.ofLiteral("127.1.2.3");
    var other = InetAddress.ofLiteral("127.1.2.4");
    var tier = opened(tier().sources(InetAddress.ofLiteral("::1"), one, other).start());
    var seen = new ArrayList<InetAddress>();
    for (int i = 0; i < 20; i++) {
      try (var socket = tier.connect()) {
        assertThat(socket.getInputStream().read()).isEqualTo(-1);
      }
      seen.add(taken(peers));
    }
    assertThat(seen).containsOnly(one, other).contains(one, other);
  }

  @Test
  void anotherEndpointIsTriedWhenAConnectFails() throws Exception {
    backend("good", TestBackend.named("good"));
    health.set(refusing("refusing"), Verdict.UP);
    var tier = opened(tier().start());
    for (int i = 0; i < 40; i++) {
      assertThat(exchange(tier, LOOPBACK)).isEqualTo("good");
    }
    long again = 0;
    for (int i = 0; i < 40; i++) {
      var recorded = tier.nextRecord();
      assertThat(recorded.endpoint()).isEqualTo("good");
      assertThat(recorded.flags()).isEmpty();
      again += recorded.attempts() - 1;
    }
    assertThat(again).isPositive();
    assertThat(health.failures()).hasSize((int) again).containsOnly("refusing: connect refused");
    assertThat(tier.count(L4Counter.CONNECT_FAILURES)).isEqualTo(again);
    assertThat(tier.count(L4Counter.CONNECT_ATTEMPTS)).isEqualTo(40 + again);
  }

  @Test
  void anotherEndpointIsTriedWhenAConnectGetsNoAnswer() throws Exception {
    backend("good", TestBackend.named("good"));
    health.set(opened(SilentEndpoint.start()).endpoint("silent"), Verdict.UP);
    var timeouts = new Timeouts(MILLISECONDS.toNanos(200), HOURS.toNanos(1), 0);
    var tier = opened(tier().hash(HashKey.SOURCE_IP).timeouts(timeouts).start());
    boolean again = false;
    for (int i = 1; i < 60 && !again; i++) {
      assertThat(exchange(tier, InetAddress.ofLiteral("127.9.0." + i))).isEqualTo("good");
      again = tier.nextRecord().attempts() == 2;
    }
    assertThat(again).as("some client's endpoint was the silent one").isTrue();
    assertThat(health.failures()).containsOnly("silent: connect timed out");
    assertThat(tier.count(L4Counter.CONNECT_TIMEOUTS)).isEqualTo(1);
  }

  @Test
  void theClientIsClosedWhenAsManyConnectsFailAsMayBeTried() throws Exception {
    for (int i = 0; i < 4; i++) {
      health.set(refusing("refusing-" + i), Verdict.UP);
    }
    var tier = opened(tier().limits(new Limits(100, 3, 65_536)).start());
    assertClosedUnserved(tier);
    var recorded = tier.nextRecord();
    assertThat(recorded.attempts()).isEqualTo(3);
    assertThat(recorded.flags()).containsExactlyInAnyOrder(ConnectionFlag.UF, ConnectionFlag.URX);
    assertThat(recorded.reason()).contains("connect refused");
    assertThat(health.failures()).hasSize(3).doesNotHaveDuplicates();
    assertThat(tier.count(L4Counter.CONNECTIONS_UNCONNECTED)).isEqualTo(1);
  }

  @Test
  void theClientIsClosedWhenNoEndpointTakesNewWork() throws Exception {
    backend("l7-1", TestBackend.named("x"));
    health.set("l7-1", Verdict.DOWN);
    var tier = opened(tier().start());
    assertClosedUnserved(tier);
    var recorded = tier.nextRecord();
    assertThat(recorded.flags()).containsExactly(ConnectionFlag.UH);
    assertThat(recorded.endpoint()).isNull();
    assertThat(recorded.attempts()).isZero();
    assertThat(tier.count(L4Counter.CONNECTIONS_UNHEALTHY)).isEqualTo(1);

    tier.awaitGeneration(health.set("l7-1", Verdict.UP));
    assertThat(exchange(tier, LOOPBACK)).isEqualTo("x");
  }

  @Test
  void clientsBeyondTheCapAreClosedAndCounted() throws Exception {
    backend("l7-1", TestBackend::echo);
    var tier = opened(tier().limits(new Limits(3, 1, 65_536)).start());
    var held = new ArrayList<Socket>();
    for (int i = 0; i < 3; i++) {
      held.add(opened(tier.connect()));
      held.getLast().getOutputStream().write('a');
      assertThat(held.getLast().getInputStream().read()).isEqualTo('a');
    }
    assertClosedUnserved(tier);
    var recorded = tier.nextRecord();
    assertThat(recorded.flags()).containsExactly(ConnectionFlag.UO);
    assertThat(tier.count(L4Counter.REFUSED_OVER_SERVICE_CAP)).isEqualTo(1);

    held.getFirst().close();
    assertThat(tier.nextRecord().flags()).isEmpty();
    try (var socket = tier.connect()) {
      socket.getOutputStream().write('b');
      assertThat(socket.getInputStream().read()).isEqualTo('b');
    }
    for (Socket socket : held) {
      socket.close();
    }
  }

  @Test
  void flappingHealthMovesOnlyTheClientsOfTheFlappingEndpoint() throws Exception {
    for (String name : List.of("a", "b", "c", "d")) {
      backend(name, TestBackend.named(name));
    }
    var tier = opened(tier().hash(HashKey.SOURCE_IP).start());
    var before = endpointsOfClients(tier);
    assertThat(before.values()).contains("a", "b", "c", "d");
    tier.awaitGeneration(health.set("b", Verdict.DOWN));
    var during = endpointsOfClients(tier);
    before.forEach(
        (client, endpoint) -> {
          if (endpoint.equals("b")) {
            assertThat(during.get(client)).isNotEqualTo("b");
          } else {
            assertThat(during).containsEntry(client, endpoint);
          }
        });
    assertThat(tier.count(L4Counter.PROBED_PAST_OWNER))
        .isEqualTo(before.values().stream().filter("b"::equals).count());
    tier.awaitGeneration(health.set("b", Verdict.UP));
    assertThat(endpointsOfClients(tier)).isEqualTo(before);
  }

  private static Map<InetAddress, String> endpointsOfClients(RunningTier tier) throws Exception {
    var endpoints = new HashMap<InetAddress, String>();
    for (int i = 1; i <= 40; i++) {
      var client = InetAddress.ofLiteral("127.7.0." + i);
      endpoints.put(client, exchange(tier, client));
    }
    return endpoints;
  }

  @Test
  void anEndpointThatJoinsGetsItsShare() throws Exception {
    backend("a", TestBackend.named("a"));
    var tier = opened(tier().start());
    var joining = opened(TestBackend.start(TestBackend.named("b")));
    tier.awaitGeneration(health.set(joining.endpoint("b", 3), Verdict.UP));
    var shares = tier.tier().status().services().getFirst().endpoints();
    assertThat(shares).extracting(L4Status.EndpointShare::name).containsExactly("a", "b");
    assertThat(shares.get(1).share()).isBetween(0.74, 0.76);
    assertThat(shares.get(1).verdict()).isEqualTo(Verdict.UP);
    assertThat(shares.get(1).cause()).isEqualTo("by the test");
    var seen = new ArrayList<String>();
    for (int i = 0; i < 40; i++) {
      seen.add(exchange(tier, LOOPBACK));
    }
    assertThat(seen).contains("a", "b");
  }

  @Test
  void aClientThatResetsBeforeItsEndpointAnswersIsRecorded() throws Exception {
    health.set(opened(SilentEndpoint.start()).endpoint("silent"), Verdict.UP);
    var tier = opened(tier().start());
    try (var socket = tier.connect()) {
      RunningTier.await("the connect", () -> tier.count(L4Counter.CONNECT_ATTEMPTS) == 1);
      socket.setSoLinger(true, 0);
    }
    var recorded = tier.nextRecord();
    assertThat(recorded.flags()).containsExactlyInAnyOrder(ConnectionFlag.DC, ConnectionFlag.DR);
    assertThat(recorded.reason()).contains("before an endpoint was connected");
  }

  @Test
  void whatTheClientSentBeforeTheConnectIsNotLost() throws Exception {
    backend("good", TestBackend::echo);
    health.set(opened(SilentEndpoint.start()).endpoint("silent"), Verdict.UP);
    var timeouts = new Timeouts(MILLISECONDS.toNanos(150), HOURS.toNanos(1), 0);
    var tier = opened(tier().hash(HashKey.SOURCE_IP).timeouts(timeouts).start());
    byte[] sent = "x".repeat(100_000).getBytes(US_ASCII);
    boolean waited = false;
    for (int i = 1; i < 60 && !waited; i++) {
      try (var socket = tier.connect(InetAddress.ofLiteral("127.9.0." + i))) {
        Thread.ofVirtual().start(() -> sendAndFinish(socket, sent));
        assertThat(socket.getInputStream().readAllBytes()).isEqualTo(sent);
      }
      waited = tier.nextRecord().attempts() == 2;
    }
    assertThat(waited).as("some client waited for a connect").isTrue();
  }

  private static void sendAndFinish(Socket socket, byte[] bytes) {
    try {
      socket.getOutputStream().write(bytes);
      socket.shutdownOutput();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void anIdleConnectionIsClosed() throws Exception {
    backend("l7-1", TestBackend::echo);
    var timeouts = new Timeouts(SECONDS.toNanos(2), MILLISECONDS.toNanos(150), 0);
    var tier = opened(tier().timeouts(timeouts).start());
    try (var socket = tier.connect()) {
      socket.getOutputStream().write('a');
      assertThat(socket.getInputStream().read()).isEqualTo('a');
      assertEnded(socket);
    }
    var recorded = tier.nextRecord();
    assertThat(recorded.flags()).containsExactlyInAnyOrder(ConnectionFlag.SI, ConnectionFlag.LR);
    assertThat(recorded.totalNanos()).isGreaterThan(MILLISECONDS.toNanos(100));
    assertThat(tier.count(L4Counter.IDLE_TIMEOUTS)).isEqualTo(1);
  }

  @Test
  void aDrainStopsAcceptingAndLetsConnectionsGoOn() throws Exception {
    backend("l7-1", TestBackend::echo);
    var tier = opened(tier().start());
    try (var socket = tier.connect()) {
      socket.getOutputStream().write('a');
      assertThat(socket.getInputStream().read()).isEqualTo('a');
      var drained = tier.tier().drain().toCompletableFuture();
      RunningTier.await("the listeners to close", () -> isRefused(tier.address()));
      assertThat(tier.tier().status().draining()).isTrue();
      socket.getOutputStream().write('b');
      assertThat(socket.getInputStream().read()).isEqualTo('b');
      assertThat(drained).isNotDone();
      socket.shutdownOutput();
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
      drained.get(WAIT_SECONDS, SECONDS);
    }
    assertThat(tier.nextRecord().flags()).isEmpty();
  }

  @Test
  void aConnectionThatOutlivesTheDrainIsClosed() throws Exception {
    backend("l7-1", TestBackend::echo);
    var timeouts = new Timeouts(SECONDS.toNanos(2), HOURS.toNanos(1), MILLISECONDS.toNanos(100));
    var tier = opened(tier().timeouts(timeouts).start());
    try (var socket = tier.connect()) {
      socket.getOutputStream().write('a');
      assertThat(socket.getInputStream().read()).isEqualTo('a');
      tier.tier().drain().toCompletableFuture().get(WAIT_SECONDS, SECONDS);
      assertEnded(socket);
    }
    assertThat(tier.nextRecord().flags())
        .containsExactlyInAnyOrder(ConnectionFlag.DT, ConnectionFlag.LR);
    assertThat(tier.count(L4Counter.DRAIN_TIMEOUTS)).isEqualTo(1);
  }

  @Test
  void windingDownClosesWhatWasOpenAtTheDeadlineAndServesWhoStillComes() throws Exception {
    backend("l7-1", TestBackend::echo);
    var timeouts = new Timeouts(SECONDS.toNanos(2), HOURS.toNanos(1), MILLISECONDS.toNanos(100));
    var tier = opened(tier().timeouts(timeouts).start());
    try (var before = tier.connect()) {
      before.getOutputStream().write('a');
      assertThat(before.getInputStream().read()).isEqualTo('a');
      tier.tier().windDown();
      assertThat(tier.tier().status().draining()).isTrue();
      assertEnded(before);
    }
    try (var after = tier.connect()) {
      after.getOutputStream().write('b');
      assertThat(after.getInputStream().read()).isEqualTo('b');
      tier.tier().resume();
      assertThat(tier.tier().status().draining()).isFalse();
    }
    assertThat(tier.nextRecord().flags()).contains(ConnectionFlag.DT);
    assertThat(tier.count(L4Counter.DRAIN_TIMEOUTS)).isEqualTo(1);
  }

  @Test
  void windingDownThatIsUndoneClosesNothing() throws Exception {
    backend("l7-1", TestBackend::echo);
    var timeouts = new Timeouts(SECONDS.toNanos(2), HOURS.toNanos(1), MILLISECONDS.toNanos(400));
    var tier = opened(tier().timeouts(timeouts).start());
    try (var kept = tier.connect()) {
      kept.getOutputStream().write('a');
      assertThat(kept.getInputStream().read()).isEqualTo('a');
      tier.tier().windDown();
      tier.tier().resume();
      kept.setSoTimeout(800); // twice the drain: what was to be closed would be
      assertThatThrownBy(kept.getInputStream()::read).isInstanceOf(SocketTimeoutException.class);
      kept.getOutputStream().write('b');
      assertThat(kept.getInputStream().read()).isEqualTo('b');
    }
    assertThat(tier.count(L4Counter.DRAIN_TIMEOUTS)).isZero();
  }

  @Test
  void drainingWithoutConnectionsIsDoneAtOnce() throws Exception {
    backend("l7-1", TestBackend::echo);
    var tier = opened(tier().start());
    tier.tier().drain().toCompletableFuture().get(WAIT_SECONDS, SECONDS);
    assertThat(isRefused(tier.address())).isTrue();
  }

  @Test
  void closingEndsEveryConnectionAtOnce() throws Exception {
    backend("l7-1", TestBackend::echo);
    var tier = opened(tier().start());
    try (var socket = tier.connect()) {
      socket.getOutputStream().write('a');
      assertThat(socket.getInputStream().read()).isEqualTo('a');
      tier.tier().close();
      assertEnded(socket);
    }
    assertThat(tier.nextRecord().flags()).containsExactly(ConnectionFlag.LR);
  }

  @Test
  void saysWhichDataPlaneRunsAndWhy() {
    var tier = opened(tier().start());
    boolean kernel = plane == DataPlaneChoice.KERNEL;
    assertThat(tier.tier().status().dataPlane()).isEqualTo(kernel ? "kernel" : "relay");
    assertThat(tier.tier().status().dataPlaneReason())
        .contains(kernel ? "self-test passed" : "forced by the configuration");
  }

  @Test
  void namesTheServiceWhoseAddressIsTaken() throws Exception {
    try (var taken = new ServerSocket(0, 1, LOOPBACK)) {
      int port = taken.getLocalPort();
      assertThatThrownBy(() -> tier().listen(LOOPBACK, port).start())
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("service web cannot listen on")
          .hasMessageContaining(Integer.toString(port));
    }
  }

  private static <T> T taken(BlockingQueue<T> queue) throws InterruptedException {
    return Objects.requireNonNull(queue.poll(WAIT_SECONDS, SECONDS), "nothing came in time");
  }

  /** What a client gets from an endpoint that answers with its name. */
  private static String exchange(RunningTier tier, InetAddress source) throws IOException {
    try (var socket = tier.connect(source)) {
      return new String(socket.getInputStream().readAllBytes(), US_ASCII);
    }
  }

  private static void assertClosedUnserved(RunningTier tier) throws IOException {
    try (var socket = tier.connect()) {
      assertEnded(socket);
    }
  }

  /** Closed or reset, without another byte. */
  static void assertEnded(Socket socket) throws IOException {
    try {
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
    } catch (SocketTimeoutException e) {
      throw new AssertionError("still open", e);
    } catch (SocketException reset) {
      assertThat(reset).hasMessageContaining("reset");
    }
  }

  private static boolean isRefused(InetSocketAddress address) {
    try (var socket = new Socket()) {
      socket.connect(address, 1000);
      return false;
    } catch (ConnectException refused) {
      return true;
    } catch (IOException other) {
      return false;
    }
  }

  /** A port that is bound, so that nobody else takes it, but not listened on. */
  private Endpoint refusing(String name) throws IOException {
    var bound = opened(new Socket());
    bound.bind(new InetSocketAddress(LOOPBACK, 0));
    return new Endpoint(name, (InetSocketAddress) bound.getLocalSocketAddress(), 1);
  }
}
