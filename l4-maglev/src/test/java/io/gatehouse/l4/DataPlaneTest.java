package io.gatehouse.l4;

import static io.gatehouse.l4.RunningTier.WAIT_SECONDS;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.concurrent.TimeUnit.HOURS;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gatehouse.health.Verdict;
import io.gatehouse.l4.ServiceConfig.Limits;
import io.gatehouse.l4.ServiceConfig.Timeouts;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What each data plane promises of the bytes and of the connection's end. */
@ParameterizedClass(name = "{0}")
@EnumSource(
    value = DataPlaneChoice.class,
    names = {"RELAY", "KERNEL"})
class DataPlaneTest {
  private static final int BUFFER_BYTES = 64 * 1024;
  private static final int MUCH = 24 * 1024 * 1024;

  /** Of the test's own sockets, so that they do not hide how much waits between them. */
  private static final int TEST_BUFFER_BYTES = 32 * 1024;

  /**
   * The kernel doubles each of four socket buffers and the window; half as much again for slack.
   */
  private static final int MOST_UNDER_WAY = 2 * 6 * BUFFER_BYTES;

  private final DataPlaneChoice plane;
  private final FakeHealth health = new FakeHealth();
  private final List<AutoCloseable> opened = new ArrayList<>();

  DataPlaneTest(DataPlaneChoice plane) {
    this.plane = RunningTier.orSkip(plane);
  }

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable one : opened.reversed()) {
      one.close();
    }
  }

  private RunningTier tier(TestBackend.Service service) throws IOException {
    return tier(service, Timeouts.DEFAULT);
  }

  private RunningTier tier(TestBackend.Service service, Timeouts timeouts) throws IOException {
    var backend = TestBackend.start(service);
    opened.add(backend);
    health.set(backend.endpoint("l7-1"), Verdict.UP);
    var tier =
        RunningTier.with(plane, health)
            .limits(new Limits(1000, 3, BUFFER_BYTES))
            .timeouts(timeouts)
            .start();
    opened.add(tier);
    return tier;
  }

  @Test
  void aHalfClosedClientStillGetsItsAnswer() throws Exception {
    var tier =
        tier(
            (socket, header) -> {
              int asked = socket.getInputStream().readAllBytes().length;
              socket.getOutputStream().write(("got " + asked).getBytes(US_ASCII));
            });
    try (var socket = tier.connect()) {
      socket.getOutputStream().write(new byte[300_000]);
      socket.shutdownOutput();
      assertThat(socket.getInputStream().readAllBytes()).asString().isEqualTo("got 300000");
    }
    var recorded = tier.nextRecord();
    assertThat(recorded.flags()).isEmpty();
    assertThat(recorded.reason()).isEqualTo("closed by the client, then by the endpoint");
    assertThat(recorded.bytesFromClient()).isEqualTo(300_000);
    assertThat(recorded.bytesToClient()).isEqualTo("got 300000".length());
  }

  @Test
  void aHalfClosedEndpointStillGetsTheRest() throws Exception {
    BlockingQueue<Integer> got = new LinkedBlockingQueue<>();
    var tier =
        tier(
            (socket, header) -> {
              socket.getOutputStream().write('!');
              socket.shutdownOutput();
              got.add(socket.getInputStream().readAllBytes().length);
            });
    try (var socket = tier.connect()) {
      assertThat(socket.getInputStream().readAllBytes()).containsExactly('!');
      socket.getOutputStream().write(new byte[300_000]);
    }
    assertThat(got.poll(WAIT_SECONDS, SECONDS)).isEqualTo(300_000);
    assertThat(tier.nextRecord().reason()).isEqualTo("closed by the endpoint, then by the client");
  }

  @Test
  void aClientsResetReachesTheEndpointAsAReset() throws Exception {
    BlockingQueue<Object> ends = new LinkedBlockingQueue<>();
    var tier = tier((socket, header) -> ends.add(endOf(socket)));
    try (var socket = tier.connect()) {
      socket.getOutputStream().write("abc".getBytes(US_ASCII));
      RunningTier.await("the join", () -> tier.count(L4Counter.CONNECTIONS_JOINED) == 1);
      socket.setSoLinger(true, 0);
    }
    assertThat(ends.poll(WAIT_SECONDS, SECONDS)).isEqualTo("reset");
    var recorded = tier.nextRecord();
    assertThat(recorded.flags()).containsExactlyInAnyOrder(ConnectionFlag.DC, ConnectionFlag.DR);
    assertThat(recorded.reason()).isEqualTo("reset by the client");
    assertThat(tier.count(L4Counter.CLIENT_RESETS)).isEqualTo(1);
  }

  @Test
  void anEndpointsResetReachesTheClientAsAReset() throws Exception {
    var tier =
        tier(
            (socket, header) -> {
              assertThat(socket.getInputStream().read()).isEqualTo('a');
              socket.setSoLinger(true, 0);
            });
    try (var socket = tier.connect()) {
      socket.getOutputStream().write('a');
      assertThat(endOf(socket)).isEqualTo("reset");
    }
    var recorded = tier.nextRecord();
    assertThat(recorded.flags()).containsExactlyInAnyOrder(ConnectionFlag.UC, ConnectionFlag.UR);
    assertThat(recorded.endpoint()).isEqualTo("l7-1");
    assertThat(tier.count(L4Counter.ENDPOINT_RESETS)).isEqualTo(1);
  }

  /** No event tells of this reset: the socket is asked from time to time. */
  @Test
  void aResetAfterAFinIsPassedOnWhileBothSidesAreSilent() throws Exception {
    var finSeen = new CountDownLatch(1);
    BlockingQueue<Object> ends = new LinkedBlockingQueue<>();
    var tier =
        tier(
            (socket, header) -> {
              assertThat(socket.getInputStream().readAllBytes()).isEmpty();
              finSeen.countDown();
              // The FIN has been read: only a failing write tells of the reset.
              ends.add(untilReset(socket));
            });
    try (var socket = tier.connect()) {
      socket.shutdownOutput();
      assertThat(finSeen.await(WAIT_SECONDS, SECONDS)).isTrue();
      socket.setSoLinger(true, 0);
    }
    var recorded = tier.nextRecord();
    assertThat(recorded.flags()).containsExactlyInAnyOrder(ConnectionFlag.DC, ConnectionFlag.DR);
    assertThat(ends.poll(WAIT_SECONDS, SECONDS)).isEqualTo("reset");
  }

  /** An answer to an upload that the endpoint does not read, then a reset for what was unread. */
  @Test
  void anEarlyAnswerArrivesThoughAResetFollows() throws Exception {
    var answer = "413 ".repeat(10_000).getBytes(US_ASCII);
    var tier =
        tier(
            (socket, header) -> {
              assertThat(socket.getInputStream().read()).isEqualTo(0);
              socket.getOutputStream().write(answer);
            });
    for (int i = 0; i < 20; i++) {
      Thread upload;
      try (var socket = tier.connect()) {
        upload = Thread.ofVirtual().start(() -> uploadUntilRefused(socket));
        var got = new ByteArrayOutputStream();
        drainTo(got, socket);
        assertThat(got.toByteArray()).isEqualTo(answer);
      }
      upload.join();
    }
  }

  private static void uploadUntilRefused(Socket socket) {
    try {
      for (int i = 0; i < 256; i++) {
        socket.getOutputStream().write(new byte[64 * 1024]);
      }
    } catch (IOException expected) {
      // The endpoint reads nothing of it.
    }
  }

  private static void drainTo(ByteArrayOutputStream got, Socket socket) throws IOException {
    try {
      socket.getInputStream().transferTo(got);
    } catch (SocketException reset) {
      assertThat(reset).hasMessageContaining("reset");
    }
  }

  /**
   * The sender sends all it can, then closes; the client reads nothing, later everything. Nothing
   * is lost, and never does more wait here than configured: not even when the sender's FIN is in.
   */
  @ParameterizedTest
  @CsvSource({"false, 25165824", "true, 25165824", "false, 1500000", "true, 1500000"})
  void aSlowClientDoesNotFillTheMemory(boolean clientClosesFirst, int bytes) throws Exception {
    var written = new AtomicLong();
    var tier =
        tier(
            (socket, header) -> {
              if (clientClosesFirst) {
                assertThat(socket.getInputStream().readAllBytes()).isEmpty();
              }
              sendPattern(socket, bytes, written);
              socket.shutdownOutput();
              assertThat(socket.getInputStream().readAllBytes()).isEmpty();
            });
    try (var socket = new Socket()) {
      socket.setReceiveBufferSize(TEST_BUFFER_BYTES);
      socket.setSoTimeout((int) SECONDS.toMillis(WAIT_SECONDS));
      socket.connect(tier.address());
      if (clientClosesFirst) {
        socket.shutdownOutput();
      }
      awaitStalled(written);
      assertPattern(socket.getInputStream(), bytes);
    }
    assertThat(tier.nextRecord().bytesToClient()).isEqualTo(bytes);
  }

  @Test
  void aSlowEndpointDoesNotFillTheMemory() throws Exception {
    var stalled = new CountDownLatch(1);
    var written = new AtomicLong();
    BlockingQueue<Object> outcome = new LinkedBlockingQueue<>();
    var tier =
        tier(
            (socket, header) -> {
              socket.setReceiveBufferSize(TEST_BUFFER_BYTES);
              stalled.await();
              assertPattern(socket.getInputStream(), MUCH);
              outcome.add("whole");
            });
    try (var socket = tier.connect()) {
      var upload =
          Thread.ofVirtual()
              .start(
                  () -> {
                    sendPattern(socket, MUCH, written);
                    finish(socket);
                  });
      awaitStalled(written);
      stalled.countDown();
      assertThat(outcome.poll(WAIT_SECONDS, SECONDS)).isEqualTo("whole");
      upload.join();
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
    }
    assertThat(tier.nextRecord().bytesFromClient()).isEqualTo(MUCH);
    assertThat(tier.count(L4Counter.BACKPRESSURE_PAUSES)).isPositive();
  }

  /** Waits until the sender gets no further, which takes a while without progress to be sure. */
  private static void awaitStalled(AtomicLong written) {
    long[] last = {-1, 0};
    RunningTier.await(
        "the sender to stall",
        () -> {
          assertThat(written.get()).isLessThan(MOST_UNDER_WAY);
          long now = written.get();
          last[1] = now == last[0] ? last[1] + 1 : 0;
          last[0] = now;
          return now > 0 && last[1] >= 40;
        });
  }

  @Test
  void aPausedSendersResetIsPassedOn() throws Exception {
    var written = new AtomicLong();
    var go = new CountDownLatch(1);
    var tier =
        tier(
            (socket, header) -> {
              var sender = Thread.ofVirtual().start(() -> sendPattern(socket, MUCH, written));
              go.await();
              socket.setSoLinger(true, 0);
              socket.close();
              sender.join();
            });
    try (var socket = tier.connect()) {
      awaitStalled(written);
      go.countDown();
      var recorded = tier.nextRecord();
      assertThat(recorded.flags()).containsExactlyInAnyOrder(ConnectionFlag.UC, ConnectionFlag.UR);
      assertThatThrownBy(() -> socket.getInputStream().readAllBytes())
          .isInstanceOf(SocketException.class);
    }
  }

  @Test
  void aClientThatStopsReadingAnswersIsIdleInTheEnd() throws Exception {
    var timeouts = new Timeouts(SECONDS.toNanos(2), MILLISECONDS.toNanos(300), 0);
    var written = new AtomicLong();
    var tier = tier((socket, header) -> sendPattern(socket, MUCH, written), timeouts);
    try (var socket = tier.connect()) {
      assertThat(tier.nextRecord().flags())
          .containsExactlyInAnyOrder(ConnectionFlag.SI, ConnectionFlag.LR);
      assertThatThrownBy(() -> socket.getInputStream().readAllBytes())
          .isInstanceOf(SocketException.class);
    }
  }

  /** Some hundred connections at once, each with its own way to go on and to end. */
  @Test
  void everyByteArrivesAndEveryEndIsKept() throws Exception {
    var tier =
        tier(
            (socket, header) -> {
              var in = socket.getInputStream();
              long seed = 0;
              for (int i = 0; i < Long.BYTES; i++) {
                seed = seed << 8 | in.read();
              }
              new SoakCase(seed).playEndpoint(socket);
            },
            new Timeouts(SECONDS.toNanos(5), HOURS.toNanos(1), 0));
    var failures = new LinkedBlockingQueue<Throwable>();
    int cases = 400;
    var lanes = new ArrayList<Thread>();
    var next = new AtomicLong();
    for (int lane = 0; lane < 16; lane++) {
      lanes.add(
          Thread.ofVirtual()
              .start(
                  () -> {
                    for (long seed = next.getAndIncrement();
                        seed < cases;
                        seed = next.getAndIncrement()) {
                      playClient(tier, seed, failures);
                    }
                  }));
    }
    for (Thread lane : lanes) {
      lane.join();
    }
    assertThat(failures).isEmpty();
    assertThat(((TestBackend) opened.getFirst()).failures()).isEmpty();
    for (int i = 0; i < cases; i++) {
      tier.nextRecord();
    }
    assertThat(tier.records()).isEmpty();
  }

  private static void playClient(RunningTier tier, long seed, BlockingQueue<Throwable> failures) {
    try (var socket = tier.connect()) {
      new SoakCase(seed).playClient(socket);
    } catch (Throwable t) {
      failures.add(new AssertionError("soak case " + seed + " of the client: " + t, t));
    }
  }

  /** How a stream ended: {@code fin} or {@code reset}, whatever came before. */
  private static String endOf(Socket socket) throws IOException {
    socket.setSoTimeout((int) SECONDS.toMillis(WAIT_SECONDS));
    try {
      socket.getInputStream().readAllBytes();
      return "fin";
    } catch (SocketException e) {
      return "reset";
    }
  }

  private static String untilReset(Socket socket) throws IOException {
    long deadlineNanos = System.nanoTime() + SECONDS.toNanos(WAIT_SECONDS);
    while (System.nanoTime() - deadlineNanos < 0) {
      try {
        // Nothing is sent before the record is there, so that the silence lasts.
        java.util.concurrent.locks.LockSupport.parkNanos(MILLISECONDS.toNanos(700));
        socket.getOutputStream().write('x');
      } catch (SocketException e) {
        return "reset";
      }
    }
    return "open";
  }

  private static void sendPattern(Socket socket, int bytes, AtomicLong written) {
    var random = new SplittableRandom(1);
    var chunk = new byte[16 * 1024];
    try {
      socket.setSendBufferSize(TEST_BUFFER_BYTES);
      for (int sent = 0; sent < bytes; ) {
        random.nextBytes(chunk);
        int n = Math.min(chunk.length, bytes - sent);
        socket.getOutputStream().write(chunk, 0, n);
        sent += n;
        written.addAndGet(n);
      }
    } catch (IOException closed) {
      // The test's other side says whether that was to be.
    }
  }

  private static void assertPattern(InputStream in, int bytes) throws IOException {
    var random = new SplittableRandom(1);
    var expected = new byte[16 * 1024];
    for (int got = 0; got < bytes; ) {
      random.nextBytes(expected);
      int n = Math.min(expected.length, bytes - got);
      assertThat(java.util.Arrays.mismatch(in.readNBytes(n), java.util.Arrays.copyOf(expected, n)))
          .as("first wrong byte of the chunk at %d", got)
          .isEqualTo(-1);
      got += n;
    }
    assertThat(in.read()).isEqualTo(-1);
  }

  private static void finish(Socket socket) {
    try {
      socket.shutdownOutput();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(Objects.requireNonNull(e));
    }
  }
}
