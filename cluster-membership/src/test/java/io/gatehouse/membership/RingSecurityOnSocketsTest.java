package io.gatehouse.membership;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.transport.Transport;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rings with keys, labels and memory on real sockets, and strangers who knock. */
final class RingSecurityOnSocketsTest {
  private static final RingKeys KEYS = new RingKeys.Fixed(List.of(AgentVectors.KEY_32), "test");

  private final Transport transport = Transport.choose(Transport.Choice.AUTO);
  private final List<Ring> rings = new ArrayList<>();
  private final List<EventLoopGroup> loops = new ArrayList<>();

  @TempDir private Path folder;

  @AfterEach
  void stop() {
    rings.forEach(Ring::close);
    loops.forEach(l -> l.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly());
  }

  private Ring start(
      String node,
      InetSocketAddress bind,
      List<InetSocketAddress> seeds,
      RingSecurity security,
      Optional<Path> state) {
    var group = transport.eventLoops("ring-" + node, 1);
    loops.add(group);
    var config =
        new RingConfig(
            node, bind, seeds, Map.of("role", "l7"), Timing.LOCAL, Limits.DEFAULT, security, state);
    Ring ring = Ring.start(config, transport, group.next());
    rings.add(ring);
    return ring;
  }

  private Ring start(String node, RingSecurity security, Ring... seeds) {
    var addresses = new ArrayList<InetSocketAddress>();
    for (Ring seed : seeds) {
      addresses.addAll(seed.view().members().values().stream().map(Member::address).toList());
    }
    return start(
        node, new InetSocketAddress("127.0.0.1", 0), addresses, security, Optional.empty());
  }

  private static InetSocketAddress address(Ring ring, String node) {
    return Objects.requireNonNull(ring.view().members().get(node)).address();
  }

  private static void awaitState(Ring ring, String node, NodeState state) throws Exception {
    var seen = new CountDownLatch(1);
    ring.onChange(
        view -> {
          Member member = view.members().get(node);
          if (member != null && member.state() == state) {
            seen.countDown();
          }
        });
    assertThat(seen.await(20, TimeUnit.SECONDS)).as("last view %s", ring.view()).isTrue();
  }

  private static void await(String what, BooleanSupplier done) throws InterruptedException {
    long start = System.nanoTime();
    while (!done.getAsBoolean()) {
      assertThat(System.nanoTime() - start).as(what).isLessThan(TimeUnit.SECONDS.toNanos(20));
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  @Test
  void nodesWithOneKeyAndLabelFindEachOther() throws Exception {
    var security = new RingSecurity(KEYS, "ring-1");
    Ring a = start("a", security);
    Ring b = start("b", security, a);
    awaitState(a, "b", NodeState.ALIVE);
    awaitState(b, "a", NodeState.ALIVE);
    await("probes", () -> a.counters().sum(RingCounter.PROBES) > 5);
    assertThat(a.counters().sum(RingCounter.PROBE_FAILURES)).isZero();
    assertThat(a.counters().sum(RingCounter.DROPPED_KEY)).isZero();
    assertThat(a.counters().sum(RingCounter.DROPPED_REPLAYED)).isZero();
  }

  @Test
  void aJoinerWithoutTheKeyOrTheLabelIsNotSeenAndSeesNobody() throws Exception {
    Ring a = start("a", new RingSecurity(KEYS, "ring-1"));
    var otherKey = new RingKeys.Fixed(List.of(AgentVectors.KEY_16), "test");
    Ring stranger = start("stranger", new RingSecurity(otherKey, "ring-1"), a);
    await("wrong keys", () -> a.counters().sum(RingCounter.DROPPED_KEY) > 1);
    Ring labeled = start("labeled", new RingSecurity(KEYS, "ring-2"), a);
    await("wrong labels", () -> a.counters().sum(RingCounter.DROPPED_LABEL) > 1);
    Ring plain = start("plain", new RingSecurity(new RingKeys.None(), "ring-1"), a);
    await("plaintext", () -> a.counters().sum(RingCounter.DROPPED_PLAINTEXT) > 1);
    for (Ring each : List.of(a, stranger, labeled, plain)) {
      assertThat(each.view().members()).hasSize(1);
    }
  }

  @Test
  void aStrangerIsNotAnsweredAtAll() throws Exception {
    Ring a = start("a", new RingSecurity(KEYS, ""));
    InetSocketAddress address = address(a, "a");
    var ping = new Message.Ping(77, "a", null, "");
    byte[] udpPing = MessageEncoder.packet(List.of(MessageEncoder.encode(ping)));
    var foreign =
        new Wire(KeyRing.open(new RingKeys.Fixed(List.of(AgentVectors.KEY_16), "x")), Label.NONE);
    List<byte[]> packets = List.of(udpPing, foreign.sealPacket(udpPing), new byte[100]);
    try (var socket = new DatagramSocket(0, InetAddress.getByName("127.0.0.1"))) {
      for (byte[] packet : packets) {
        socket.send(new DatagramPacket(packet, packet.length, address));
      }
      await("dropped", () -> dropped(a) >= packets.size());
      socket.setSoTimeout(100);
      assertThat(answer(socket)).isFalse();
    }
    byte[] state = MessageEncoder.encode(new Message.PushPull(true, List.of(), UserData.NONE));
    for (byte[] stream :
        List.of(
            MessageEncoder.encode(ping), state, foreign.sealStream(state), new byte[] {10, 0})) {
      try (var socket = new Socket(address.getAddress(), address.getPort())) {
        socket.setSoTimeout(20_000);
        socket.getOutputStream().write(stream);
        assertThat(readAll(socket)).as("what a stranger learns").isEmpty();
      }
    }
    assertThat(a.view().members()).hasSize(1);
  }

  private static long dropped(Ring ring) {
    return ring.counters().sum(RingCounter.DROPPED_PLAINTEXT)
        + ring.counters().sum(RingCounter.DROPPED_KEY);
  }

  private static boolean answer(DatagramSocket socket) throws IOException {
    try {
      socket.receive(new DatagramPacket(new byte[2000], 2000));
      return true;
    } catch (SocketTimeoutException e) {
      return false;
    }
  }

  /** A close with unread bytes shows as a reset. */
  private static byte[] readAll(Socket socket) throws IOException {
    try {
      return socket.getInputStream().readAllBytes();
    } catch (SocketException e) {
      return new byte[0];
    }
  }

  @Test
  void whatIsReplayedIsNotHeardTwice() throws Exception {
    Ring a = start("a", new RingSecurity(KEYS, ""));
    InetSocketAddress address = address(a, "a");
    byte[] ping =
        new Wire(KeyRing.open(KEYS), Label.NONE)
            .sealPacket(MessageEncoder.encode(new Message.Ping(77, "a", null, "")));
    try (var socket = new DatagramSocket(0, InetAddress.getByName("127.0.0.1"))) {
      socket.setSoTimeout(20_000);
      socket.send(new DatagramPacket(ping, ping.length, address));
      assertThat(answer(socket)).isTrue();
      socket.send(new DatagramPacket(ping, ping.length, address));
      await("replay", () -> a.counters().sum(RingCounter.DROPPED_REPLAYED) == 1);
      socket.setSoTimeout(100);
      assertThat(answer(socket)).isFalse();
    }
  }

  @Test
  void aRotationUnderWayLosesNobody() throws Exception {
    var a = startWithKeyFile("a");
    var b = startWithKeyFile("b", a);
    awaitState(a, "b", NodeState.ALIVE);
    for (Ring ring : List.of(a, b)) {
      ring.keyRing().install(AgentVectors.KEY_32);
    }
    for (Ring ring : List.of(a, b)) {
      ring.keyRing().use(AgentVectors.KEY_32);
      long probes = a.counters().sum(RingCounter.PROBES);
      await("probes", () -> a.counters().sum(RingCounter.PROBES) > probes + 3);
    }
    for (Ring ring : List.of(a, b)) {
      ring.keyRing().remove(AgentVectors.KEY_16);
      long probes = a.counters().sum(RingCounter.PROBES);
      await("probes", () -> a.counters().sum(RingCounter.PROBES) > probes + 3);
      assertThat(ring.counters().sum(RingCounter.DROPPED_KEY)).isZero();
      assertThat(ring.counters().sum(RingCounter.PROBE_FAILURES)).isZero();
    }
  }

  private Ring startWithKeyFile(String node, Ring... seeds) throws IOException {
    Path file = folder.resolve(node + ".json");
    KeyringFile.write(file, List.of(AgentVectors.KEY_16));
    return start(node, new RingSecurity(new RingKeys.InFile(file), ""), seeds);
  }

  @Test
  void aNodeFindsBackThroughItsMemoryAndIsBelievedAtOnce() throws Exception {
    Ring a = start("a", RingSecurity.NONE);
    var bind = new InetSocketAddress("127.0.0.1", 0);
    var seeds = List.of(address(a, "a"));
    Ring b = start("b", bind, seeds, RingSecurity.NONE, Optional.of(folder));
    awaitState(b, "a", NodeState.ALIVE);
    b.updateTags(Map.of("role", "l7", "life", "first"));
    await("tags", () -> "first".equals(tag(a, "life")));
    long incarnation = Objects.requireNonNull(a.view().members().get("b")).incarnation();
    b.close();
    Ring again = start("b", address(b, "b"), List.of(), RingSecurity.NONE, Optional.of(folder));
    awaitState(again, "a", NodeState.ALIVE);
    await("the new life is believed", () -> tag(a, "life") == null);
    assertThat(Objects.requireNonNull(a.view().members().get("b")).incarnation())
        .isGreaterThan(incarnation);
    assertThat(again.counters().sum(RingCounter.REFUTATIONS)).isZero();
  }

  private static @Nullable String tag(Ring ring, String name) {
    return Objects.requireNonNull(ring.view().members().get("b")).tags().get(name);
  }

  @Test
  void aSeedMayBeANameAndOneThatLeadsNowhereIsTriedAgain() throws Exception {
    Ring a = start("a", RingSecurity.NONE);
    int port = address(a, "a").getPort();
    var seeds =
        List.of(
            InetSocketAddress.createUnresolved("localhost", port),
            InetSocketAddress.createUnresolved("nobody.invalid", port));
    Ring b =
        start(
            "b", new InetSocketAddress("127.0.0.1", 0), seeds, RingSecurity.NONE, Optional.empty());
    awaitState(b, "a", NodeState.ALIVE);
    await("again", () -> b.counters().sum(RingCounter.SEEDS_UNRESOLVED) > 1);
  }
}
