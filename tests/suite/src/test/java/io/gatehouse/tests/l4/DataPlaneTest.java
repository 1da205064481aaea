package io.gatehouse.tests.l4;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every data plane promises, seen from the two ends of a connection. */
@ParameterizedClass
@ValueSource(strings = {"relay", "kernel"})
@Timeout(120)
class DataPlaneTest {
  private static final long MIB = 1 << 20;

  @TempDir private static Path temp = Path.of("");
  private static @Nullable L4Node shared;

  private final ExecutorService others = Executors.newVirtualThreadPerTaskExecutor();
  private final ByteStream toEndpoint = ByteStream.random(new SplittableRandom(1));
  private final ByteStream toClient = ByteStream.random(new SplittableRandom(2));
  private final String dataPlane;
  private final L4Node node;
  private final ServerSocket listener;

  @BeforeParameterizedClassInvocation
  static void startNode(String dataPlane) {
    L4Node.assumeDataPlane(dataPlane, temp);
    shared =
        L4Node.start(new L4File(temp, dataPlane, 1, "healthCheck: off", "timeouts: { idle: 3s }"));
  }

  @AfterParameterizedClassInvocation
  static void stopNode() {
    if (shared != null) {
      shared.close();
      shared = null;
    }
  }

  DataPlaneTest(String dataPlane) throws IOException {
    if (shared == null) {
      throw new IllegalStateException("no node with data plane " + dataPlane);
    }
    this.dataPlane = dataPlane;
    node = shared;
    listener = Joined.listen(node.file());
  }

  @AfterEach
  void closeListener() throws IOException {
    others.close();
    listener.close();
  }

  private Joined join() throws IOException {
    return Joined.open(node.file().ipv4(), listener);
  }

  @Test
  void bytesArriveUnchangedAndInOrderBothWaysAtOnce() throws Exception {
    var joined = join();
    try (joined) {
      var up = send(joined.client(), toEndpoint);
      var down = send(joined.endpoint(), toClient);
      var downReceived = others.submit(() -> receive(joined.client(), toClient));
      receive(joined.endpoint(), toEndpoint);
      downReceived.get();
      up.get();
      down.get();
    }
    var line = line(joined);
    assertThat(line.bytesIn()).isEqualTo(ByteStream.MAX_BYTES);
    assertThat(line.bytesOut()).isEqualTo(ByteStream.MAX_BYTES);
    assertThat(line.flags()).isEqualTo("-");
  }

  @Test
  void theEndpointAnswersAfterTheClientsFin() throws Exception {
    var joined = join();
    try (joined) {
      write(joined.client(), "question");
      joined.client().shutdownOutput();
      assertThat(joined.endpoint().getInputStream().readAllBytes())
          .asString()
          .isEqualTo("question");
      var down = send(joined.endpoint(), toClient);
      receive(joined.client(), toClient);
      down.get();
    }
    assertThat(line(joined).bytesOut()).isEqualTo(ByteStream.MAX_BYTES);
  }

  @Test
  void theClientGoesOnAfterTheEndpointsFin() throws Exception {
    var joined = join();
    try (joined) {
      write(joined.endpoint(), "banner");
      joined.endpoint().shutdownOutput();
      assertThat(joined.client().getInputStream().readAllBytes()).asString().isEqualTo("banner");
      var up = send(joined.client(), toEndpoint);
      receive(joined.endpoint(), toEndpoint);
      up.get();
    }
    assertThat(line(joined).bytesIn()).isEqualTo(ByteStream.MAX_BYTES);
  }

  @Test
  void aResetByTheClientIsAResetForTheEndpoint() throws Exception {
    var joined = join();
    try (joined) {
      write(joined.client(), "some");
      assertThat(joined.endpoint().getInputStream().readNBytes(4)).asString().isEqualTo("some");
      reset(joined.client());
      assertReset(joined.endpoint());
    }
    var line = line(joined);
    assertThat(line.flags()).contains("DR");
    assertThat(line.bytesIn()).isEqualTo(4);
  }

  @Test
  void aResetByTheEndpointIsAResetForTheClient() throws Exception {
    var joined = join();
    try (joined) {
      write(joined.endpoint(), "some");
      assertThat(joined.client().getInputStream().readNBytes(4)).asString().isEqualTo("some");
      reset(joined.endpoint());
      assertReset(joined.client());
    }
    var line = line(joined);
    assertThat(line.flags()).contains("UR");
    assertThat(line.bytesOut()).isEqualTo(4);
  }

  @Test
  void aResetAfterTheFinOfTheOtherSideIsAResetStill() throws Exception {
    var joined = join();
    try (joined) {
      joined.client().shutdownOutput();
      assertThat(joined.endpoint().getInputStream().read()).isEqualTo(-1);
      reset(joined.endpoint());
      assertReset(joined.client());
    }
    assertThat(line(joined).flags()).contains("UR");
  }

  /** An endpoint that answers early and closes on an upload: its kernel sends a reset. */
  @Test
  void anAnswerThatWasSentBeforeAResetArrives() throws Exception {
    var joined = join();
    try (joined) {
      write(joined.client(), "x".repeat(10_000));
      assertThat(joined.endpoint().getInputStream().read()).isEqualTo('x');
      write(joined.endpoint(), "enough");
      joined.endpoint().close();
      assertThat(joined.client().getInputStream().readNBytes(6)).asString().isEqualTo("enough");
      assertReset(joined.client());
    }
    assertThat(line(joined).bytesOut()).isEqualTo(6);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anEndpointThatDoesNotReadCostsAMebibyteAtMost(boolean afterATransfer) throws Exception {
    var joined = join();
    try (joined) {
      assertCostsAMebibyteAtMost(joined.client(), joined.endpoint(), afterATransfer);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aClientThatDoesNotReadCostsAMebibyteAtMost(boolean afterATransfer) throws Exception {
    var joined = join();
    try (joined) {
      assertCostsAMebibyteAtMost(joined.endpoint(), joined.client(), afterATransfer);
    }
  }

  @Test
  void aConnectionWithoutAByteForTooLongIsClosed() throws Exception {
    long before = node.counter("idle_timeouts");
    var joined = join();
    try (joined) {
      write(joined.client(), "some");
      assertThat(joined.endpoint().getInputStream().readNBytes(4)).asString().isEqualTo("some");
      assertEnded(joined.client());
      assertEnded(joined.endpoint());
    }
    assertThat(line(joined).flags()).contains("SI");
    assertThat(node.counter("idle_timeouts")).isEqualTo(before + 1);
  }

  @Test
  void aConnectionThatHasLivedItsTimeIsClosedHoweverBusyItIs() throws Exception {
    var file = new L4File(temp, dataPlane, 1, "healthCheck: off", "timeouts: { maxLifetime: 1s }");
    try (var mortal = L4Node.start(file.assumeAccepted());
        var itsListener = Joined.listen(mortal.file());
        var joined = Joined.open(file.ipv4(), itsListener)) {
      assertThatThrownBy(() -> pingPong(joined)).isInstanceOf(IOException.class);
      assertEnded(joined.client());
      assertEnded(joined.endpoint());
      assertThat(mortal.awaitLine(joined.clientAddress()).flags()).contains("DT");
    }
  }

  private static void pingPong(Joined joined) throws IOException {
    while (true) {
      for (var ends :
          List.of(
              List.of(joined.client(), joined.endpoint()),
              List.of(joined.endpoint(), joined.client()))) {
        ends.getFirst().getOutputStream().write('x');
        if (ends.getLast().getInputStream().read() < 0) {
          throw new EOFException();
        }
      }
    }
  }

  /** How much goes in before nothing more does, without what the test's own kernel buffers hold. */
  private void assertCostsAMebibyteAtMost(Socket sender, Socket reader, boolean afterATransfer)
      throws Exception {
    if (afterATransfer) { // with which buffers grow that tune themselves
      var sent = send(sender, toEndpoint, false);
      receive(reader, toEndpoint, false);
      sent.get();
    }

    int own = sender.getSendBufferSize() + reader.getReceiveBufferSize();
    var channel = Objects.requireNonNull(sender.getChannel());
    long bytes = Pushing.untilNothingMoves(channel, own + 16 * MIB);
    assertThat(bytes - own).as("%d bytes, %d of them in own buffers", bytes, own).isLessThan(MIB);
    assertThat(reader.getInputStream().readNBytes((int) bytes)).hasSize((int) bytes);
  }

  private Future<?> send(Socket socket, ByteStream stream) {
    return send(socket, stream, true);
  }

  private Future<?> send(Socket socket, ByteStream stream, boolean fin) {
    return others.submit(
        () -> {
          var bytes = new byte[ByteStream.MAX_BYTES];
          stream.part(0, bytes.length).get(bytes);
          socket.getOutputStream().write(bytes);
          if (fin) {
            socket.shutdownOutput();
          }
          return null;
        });
  }

  private static boolean receive(Socket socket, ByteStream stream) throws IOException {
    receive(socket, stream, true);
    return true;
  }

  private static void receive(Socket socket, ByteStream stream, boolean fin) throws IOException {
    InputStream in = socket.getInputStream();
    var bytes = ByteBuffer.wrap(in.readNBytes(ByteStream.MAX_BYTES));
    assertThat(bytes.remaining()).isEqualTo(ByteStream.MAX_BYTES);
    assertThat(stream.mismatch(0, bytes)).as("first wrong byte").isEqualTo(-1);
    if (fin) {
      assertThat(in.read()).as("the FIN").isEqualTo(-1);
    }
  }

  private static void write(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(US_ASCII));
  }

  private static void reset(Socket socket) throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  private static void assertReset(Socket socket) {
    assertThatThrownBy(() -> socket.getInputStream().read())
        .isInstanceOf(SocketException.class)
        .hasMessageContaining("reset");
  }

  /** By a FIN or a reset, whichever. */
  private static void assertEnded(Socket socket) throws IOException {
    try {
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
    } catch (SocketException e) {
      assertThat(e).hasMessageContaining("reset");
    }
  }

  private LogLine line(Joined joined) {
    return node.awaitLine(joined.clientAddress());
  }
}
