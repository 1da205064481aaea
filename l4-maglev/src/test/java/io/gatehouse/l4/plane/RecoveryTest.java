package io.gatehouse.l4.plane;

import static org.assertj.core.api.Assertions.assertThat;

import io.gatehouse.linux.Epoll;
import io.gatehouse.linux.Errno;
import io.gatehouse.linux.LinuxException;
import io.gatehouse.linux.NativeBuffer;
import io.gatehouse.linux.SharedMemory;
import io.gatehouse.linux.SockAddr;
import io.gatehouse.linux.Sockets;
import io.gatehouse.linux.TcpInfoReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A predecessor that was killed between sending and taking: what it had sent is not sent again,
 * whatever has become of the source since.
 */
class RecoveryTest {
  private static final int SENT = 1_000;
  private static final int REST = 500;
  private static final int ARRIVING = 5_000;
  private static final int CLOSED = 7;
  private static final long WAIT_NANOS = TimeUnit.SECONDS.toNanos(10);

  private SocketLoop loop;
  private FlowTable table;
  private Lane lane;
  private Lane back;
  private NativeBuffer buffer;
  private Connection source;
  private Connection target;

  @BeforeEach
  void open() throws Exception {
    loop = SocketLoop.start("recovery-test", System::nanoTime);
    table = new FlowTable(SharedMemory.memfd("recovery-test", FlowTable.bytes(1)));
    lane = table.clientLane(0);
    back = table.endpointLane(0);
    lane.begin(0, 0);
    buffer = NativeBuffer.allocate(SENT + REST);
    source = Connection.open();
    target = Connection.open();
    source.peer.getOutputStream().write(new byte[SENT + REST]);
    awaitQueued(SENT + REST);
    // As a predecessor does it, until it is killed.
    assertThat(Sockets.peek(source.socket, buffer.address(), SENT)).isEqualTo(SENT);
    assertThat(Sockets.send(target.socket, buffer.address(), SENT)).isEqualTo(SENT);
  }

  @AfterEach
  void close() throws IOException {
    source.close();
    target.close();
    buffer.close();
    table.close();
    loop.close();
  }

  @Test
  void takesWhatWasSentFromASourceThatIsOpen() throws Exception {
    assertThat(recover()).isZero();
    assertThat(Sockets.queuedInput(source.socket)).isEqualTo(REST);
    assertThat(lane.relayed()).isEqualTo(SENT);
  }

  @Test
  void takesNothingThatThePredecessorHadTaken() throws Exception {
    Sockets.discard(source.socket, SENT);
    recover();
    assertThat(Sockets.queuedInput(source.socket)).isEqualTo(REST);
  }

  @Test
  void takesNothingOfWhatArrivesWhileItLooks() throws Exception {
    Sockets.discard(source.socket, SENT + REST);
    Sockets.send(target.socket, buffer.address(), REST);
    var sender = CompletableFuture.runAsync(this::sendByteByByte);
    int recoveries = 0;
    while (!sender.isDone()) {
      recover();
      recoveries++;
    }
    sender.get();
    awaitQueued(ARRIVING);
    assertThat(recoveries).as("looks while bytes arrive").isGreaterThan(100);
  }

  private void sendByteByByte() {
    try {
      for (int i = 0; i < ARRIVING; i++) {
        source.peer.getOutputStream().write(i);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aFinOfTheSourceIsNoByteThatWasTaken() throws Exception {
    source.peer.shutdownOutput();
    await(source.socket, Epoll.RDHUP);
    assertThat(recover()).isZero();
    assertThat(Sockets.queuedInput(source.socket)).isEqualTo(REST);
  }

  @Test
  void norIsItOnceTheSourceHasClosedByFinsOfBothSides() throws Exception {
    passFinToSource();
    source.peer.shutdownOutput();
    awaitClosed();
    assertThat(recover()).isZero();
    assertThat(Sockets.queuedInput(source.socket)).isEqualTo(REST);
  }

  @Test
  void norIsItWhenAResetHasFollowedIt() throws Exception {
    source.peer.shutdownOutput();
    await(source.socket, Epoll.RDHUP);
    source.resetByPeer();
    awaitClosed();
    assertThat(recover()).isEqualTo(Errno.EPIPE);
    assertThat(Sockets.queuedInput(source.socket)).isEqualTo(REST);
  }

  @Test
  void aResetAloneIsNoByteEither() throws Exception {
    source.resetByPeer();
    awaitClosed();
    assertThat(recover()).isEqualTo(Errno.ECONNRESET);
    assertThat(Sockets.queuedInput(source.socket)).isEqualTo(REST);
  }

  @Test
  void whatWaitsIsGivenUpWhereNobodyKnowsWhetherAFinCameBeforeTheReset() throws Exception {
    passFinToSource();
    source.resetByPeer();
    awaitClosed();
    assertThat(recover()).isEqualTo(Errno.ECONNRESET);
    assertThat(Sockets.queuedInput(source.socket)).isZero();
    assertThat(lane.relayed()).isEqualTo(SENT);
  }

  private void passFinToSource() throws IOException {
    assertThat(Sockets.shutdownOutput(source.socket)).isZero();
    back.finished();
    assertThat(source.peer.getInputStream().read()).isEqualTo(-1);
  }

  private int recover() throws Exception {
    var result = new CompletableFuture<Integer>();
    loop.execute(
        () ->
            result.complete(
                new Recovery(lane, back, source.socket, target.socket, loop).recover()));
    return result.get(10, TimeUnit.SECONDS);
  }

  private static void await(int fd, int events) throws LinuxException {
    try (var epoll = Epoll.open(1)) {
      epoll.add(fd, events, 0);
      assertThat(epoll.await(WAIT_NANOS)).as("ready within ten seconds").isEqualTo(1);
    }
  }

  private void awaitQueued(long bytes) throws LinuxException {
    long deadline = System.nanoTime() + WAIT_NANOS;
    while (Sockets.queuedInput(source.socket) < bytes) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  private void awaitClosed() throws LinuxException {
    long deadline = System.nanoTime() + WAIT_NANOS;
    try (var info = new TcpInfoReader()) {
      do {
        assertThat(System.nanoTime()).as("closed within ten seconds").isLessThan(deadline);
        assertThat(info.read(source.socket)).isZero();
      } while (info.state() != CLOSED);
    }
  }

  /** A connection over loopback: this side by its descriptor, the other one as a socket. */
  private record Connection(int socket, Socket peer) {
    static Connection open() throws Exception {
      try (var listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
          var address = new SockAddr()) {
        address.set((InetSocketAddress) listener.getLocalSocketAddress());
        int socket = Sockets.tcp(false);
        Sockets.connect(socket, address);
        await(socket, Epoll.OUT);
        var peer = listener.accept();
        peer.setTcpNoDelay(true);
        return new Connection(socket, peer);
      }
    }

    void resetByPeer() throws IOException {
      peer.setSoLinger(true, 0);
      peer.close();
    }

    void close() throws IOException {
      peer.close();
      Sockets.close(socket);
    }
  }
}
