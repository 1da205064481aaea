package io.gatehouse.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** TCP_INFO and socket options of a real connection over loopback. */
@Timeout(30)
class KernelSocketTest {
  private static final long MAX_QUEUED_BYTES = 64 << 20;

  private ServerSocket server;
  private Socket accepted;
  private int fd;

  @BeforeEach
  void connect() throws Exception {
    server = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
    fd = BlockingSockets.connectTcp((InetSocketAddress) server.getLocalSocketAddress());
    accepted = server.accept();
  }

  @AfterEach
  void close() throws Exception {
    Libc.close(fd);
    accepted.close();
    server.close();
  }

  @Test
  void countsWhatCrossedTheConnection() throws Exception {
    BlockingSockets.send(fd, new byte[1000]);
    assertThat(accepted.getInputStream().readNBytes(1000)).hasSize(1000);
    accepted.getOutputStream().write(new byte[500]);
    int received = 0;
    while (received < 500) {
      received += BlockingSockets.receive(fd, new byte[500], 0);
    }
    var info = acknowledged();
    assertThat(info.state()).isEqualTo(1);
    assertThat(info.bytesSent()).isEqualTo(1000);
    assertThat(info.bytesReceived()).isEqualTo(500);
    assertThat(info.bytesRetransmitted()).isZero();
    assertThat(info.notSentBytes()).isZero();
    assertThat(info.bytesQueuedEver()).isEqualTo(1000);
    assertThat(info.rttMicros()).isBetween(1, 10_000_000);
    assertThat(info.rttVarianceMicros()).isBetween(1, 10_000_000);
  }

  /** The acknowledgement crosses in its own time. */
  private TcpInfo acknowledged() throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    var info = TcpInfo.read(fd);
    while (info.bytesAcked() < 1001 && System.nanoTime() < deadline) {
      Thread.onSpinWait();
      info = TcpInfo.read(fd);
    }
    assertThat(info.bytesAcked()).isEqualTo(1001);
    return info;
  }

  @Test
  void seesWhatIsQueuedForAReaderThatDoesNotRead() throws Exception {
    long queued = 0;
    var chunk = new byte[64 * 1024];
    long accepted = BlockingSockets.sendNow(fd, chunk);
    while (accepted > 0 && queued < MAX_QUEUED_BYTES) {
      queued += accepted;
      accepted = BlockingSockets.sendNow(fd, chunk);
    }
    var info = TcpInfo.read(fd);
    assertThat(queued).isLessThan(MAX_QUEUED_BYTES);
    assertThat(info.notSentBytes()).isPositive();
    assertThat(info.bytesQueuedEver()).isEqualTo(queued);
  }

  @ParameterizedTest
  @EnumSource(
      value = SocketOption.class,
      names = {
        "TCP_USER_TIMEOUT",
        "TCP_KEEPIDLE",
        "TCP_KEEPINTVL",
        "TCP_NOTSENT_LOWAT",
        "SO_RCVLOWAT"
      })
  void setsANumberThatItThenReads(SocketOption option) {
    assertThat(option.get(fd)).isNotEqualTo(1234);
    assertThat(option.set(fd, 1234)).isZero();
    assertThat(option.get(fd)).isEqualTo(1234);
  }

  @ParameterizedTest
  @EnumSource(
      value = SocketOption.class,
      names = {
        "TCP_NODELAY",
        "SO_KEEPALIVE",
        "SO_REUSEADDR",
        "SO_REUSEPORT",
        "IP_BIND_ADDRESS_NO_PORT",
        "TCP_KEEPCNT",
        "SO_INCOMING_CPU"
      })
  void setsASwitchThatItThenReads(SocketOption option) {
    assertThat(option.set(fd, 1)).isZero();
    assertThat(option.get(fd)).isEqualTo(1);
  }

  @Test
  void namesTheErrorOfAFailedCall() {
    assertThatThrownBy(() -> TcpInfo.read(-1))
        .isInstanceOfSatisfying(
            LinuxException.class,
            e -> {
              assertThat(e.call()).isEqualTo("getsockopt");
              assertThat(e.errnoName()).isEqualTo("EBADF");
              assertThat(e).hasMessage("getsockopt: EBADF (9)");
            });
    assertThat(SocketOption.TCP_USER_TIMEOUT.set(fd, -1)).isEqualTo(-Errno.EINVAL);
    assertThat(SocketOption.TCP_NODELAY.get(-1)).isEqualTo(-Errno.EBADF);
  }

  @Test
  void refusesWhatIsNoTcpSocket() throws Exception {
    int datagrams = Libc.socket(Libc.AF_UNIX, Libc.SOCK_DGRAM);
    try {
      assertThatThrownBy(() -> TcpInfo.read(datagrams)).hasMessage("getsockopt: EOPNOTSUPP (95)");
    } finally {
      Libc.close(datagrams);
    }
  }
}
