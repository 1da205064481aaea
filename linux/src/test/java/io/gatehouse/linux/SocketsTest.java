package io.gatehouse.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class SocketsTest {
  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1"})
  void knowsBothAddressesOfAConnection(String host) throws Exception {
    try (var pair = TcpPair.open(host);
        var address = new SockAddr()) {
      assertThat(Sockets.localAddress(pair.client, address)).isZero();
      var clientAddress = address.get();
      assertThat(clientAddress.getAddress()).isEqualTo(InetAddress.getByName(host));
      assertThat(clientAddress.getPort()).isPositive();
      assertThat(Sockets.remoteAddress(pair.server, address)).isZero();
      assertThat(address.get()).isEqualTo(clientAddress);
    }
  }

  @Test
  void showsIpv4OnASocketOfBothFamiliesAsIpv4() throws Exception {
    int listener = TcpPair.listen("::");
    try (var address = new SockAddr()) {
      Sockets.localAddress(listener, address);
      int port = address.get().getPort();
      int client = Sockets.tcp(false);
      address.set(new InetSocketAddress("127.0.0.1", port));
      assertThat(Sockets.connect(client, address)).isIn(0, -Errno.EINPROGRESS);
      TcpPair.await(listener, Epoll.IN);
      int server = Sockets.accept(listener, address);
      assertThat(address.get().getAddress()).isInstanceOf(Inet4Address.class);
      assertThat(address.get().getAddress().getHostAddress()).isEqualTo("127.0.0.1");
      Sockets.close(client);
      Sockets.close(server);
    } finally {
      Sockets.close(listener);
    }
  }

  @Test
  void peeksThenDiscardsWhatWasForwarded() throws Exception {
    try (var pair = TcpPair.open()) {
      assertThat(Sockets.discard(pair.server, 1)).isEqualTo(-Errno.EAGAIN);
      assertThat(Sockets.queuedInput(pair.server)).isZero();
      pair.send(pair.client, "one two three");
      TcpPair.await(pair.server, Epoll.IN);
      assertThat(Sockets.queuedInput(pair.server)).isEqualTo(13);
      assertThat(pair.peek(pair.server, 7)).isEqualTo("one two");
      assertThat(pair.peek(pair.server, 100)).isEqualTo("one two three");
      assertThat(Sockets.discard(pair.server, 4)).isEqualTo(4);
      assertThat(pair.peek(pair.server, 100)).isEqualTo("two three");
      assertThat(Sockets.discard(pair.server, 100)).isEqualTo(9);
      assertThat(pair.recv(pair.server)).isEqualTo(-Errno.EAGAIN);
      Sockets.shutdownOutput(pair.client);
      TcpPair.await(pair.server, Epoll.RDHUP);
      assertThat(Sockets.discard(pair.server, 100)).isZero();
    }
  }

  @Test
  void sendsAsMuchAsFitsAndSaysHowMuch() throws Exception {
    try (var pair = TcpPair.open()) {
      long queued = pair.fill(pair.client);
      assertThat(queued).isPositive();
      long taken = 0;
      while (taken < queued) {
        TcpPair.await(pair.server, Epoll.IN);
        taken += Math.max(0, Sockets.discard(pair.server, queued));
      }
      assertThat(taken).isEqualTo(queued);
      TcpPair.await(pair.client, Epoll.OUT);
      pair.send(pair.client, "more");
      assertThat(pair.receive(pair.server, 4)).isEqualTo("more");
    }
  }

  @Test
  void resetsThePeerEvenWhileADuplicateIsHeld() throws Exception {
    try (var pair = TcpPair.open()) {
      int duplicate = BlockingSockets.duplicate(pair.client);
      assertThat(Sockets.disconnect(pair.client)).isZero();
      assertThat(TcpPair.await(pair.server, Epoll.RDHUP) & Epoll.ERR).isNotZero();
      assertThat(pair.recv(pair.server)).isEqualTo(-Errno.ECONNRESET);
      assertThat(Sockets.send(pair.server, 0, 0)).isEqualTo(-Errno.EPIPE);
      Sockets.close(duplicate);
    }
  }

  @Test
  void endsBothDirections() throws Exception {
    try (var pair = TcpPair.open()) {
      assertThat(Sockets.shutdown(pair.client)).isZero();
      assertThat(Sockets.send(pair.client, 0, 0)).isEqualTo(-Errno.EPIPE);
      TcpPair.await(pair.server, Epoll.RDHUP);
      assertThat(pair.recv(pair.server)).isZero();
    }
  }

  @Test
  void tellsARefusedConnection() throws Exception {
    int listener = TcpPair.listen("127.0.0.1");
    int client = Sockets.tcp(false);
    try (var address = new SockAddr()) {
      Sockets.localAddress(listener, address);
      Sockets.close(listener);
      int result = Sockets.connect(client, address);
      if (result == -Errno.EINPROGRESS) {
        TcpPair.await(client, Epoll.OUT);
        result = -Sockets.takeError(client);
      }
      assertThat(result).isEqualTo(-Errno.ECONNREFUSED);
      assertThat(Sockets.takeError(client)).isZero();
    } finally {
      Sockets.close(client);
    }
  }

  @Test
  void returnsErrorsByTheirNumbers() throws Exception {
    int listener = TcpPair.listen("127.0.0.1");
    int socket = Sockets.tcp(false);
    try (var address = new SockAddr()) {
      assertThat(Sockets.accept(listener, address)).isEqualTo(-Errno.EAGAIN);
      assertThat(Sockets.remoteAddress(listener, address)).isEqualTo(-Errno.ENOTCONN);
      Sockets.localAddress(listener, address);
      assertThat(Sockets.bind(socket, address)).isEqualTo(-Errno.EADDRINUSE);
      assertThat(Sockets.close(-1)).isEqualTo(-Errno.EBADF);
      assertThat(Sockets.recv(-1, 0, 0)).isEqualTo(-Errno.EBADF);
      assertThat(Sockets.cookie(-1)).isEqualTo(-Errno.EBADF);
      assertThat(Sockets.option(socket, 999, 1)).isEqualTo(-Errno.EOPNOTSUPP);
    } finally {
      Sockets.close(listener);
      Sockets.close(socket);
    }
  }

  @Test
  void namesASocketByItsCookie() throws Exception {
    try (var pair = TcpPair.open()) {
      long cookie = Sockets.cookie(pair.client);
      assertThat(cookie).isPositive();
      assertThat(Sockets.cookie(pair.client)).isEqualTo(cookie);
      assertThat(Sockets.cookie(pair.server)).isPositive().isNotEqualTo(cookie);
    }
  }

  @Test
  void readsTcpInfoAgainAndAgain() throws Exception {
    try (var pair = TcpPair.open();
        var reader = new TcpInfoReader()) {
      pair.send(pair.client, "abcde");
      assertThat(pair.receive(pair.server, 5)).isEqualTo("abcde");
      assertThat(reader.read(pair.client)).isZero();
      assertThat(reader.state()).isEqualTo(1);
      assertThat(reader.bytesQueuedEver()).isEqualTo(5);
      assertThat(reader.bytesReceived()).isZero();
      assertThat(reader.rttMicros()).isPositive();
      assertThat(reader.read(pair.server)).isZero();
      assertThat(reader.bytesQueuedEver()).isZero();
      assertThat(reader.bytesReceived()).isEqualTo(5);
      assertThat(reader.notSentBytes()).isZero();
      assertThat(reader.read(-1)).isEqualTo(-Errno.EBADF);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"192.0.2.1", "2001:db8::1", "fe80::1%1", "::"})
  void keepsAnAddressAsItWasSet(String host) throws Exception {
    try (var address = new SockAddr()) {
      var expected = new InetSocketAddress(InetAddress.getByName(host), 65_535);
      assertThat(address.set(new InetSocketAddress("10.0.0.1", 1)).set(expected).get())
          .isEqualTo(expected);
    }
  }

  @Test
  void refusesAnAddressThatIsNone() {
    try (var address = new SockAddr()) {
      assertThatThrownBy(() -> address.set(InetSocketAddress.createUnresolved("example", 80)))
          .hasMessageContaining("(expected: a resolved address)");
      assertThatThrownBy(address::get).hasMessage("socket address: family 0 (expected: 2 or 10)");
    }
  }

  @Test
  void describesErrorsWithEitherSign() {
    assertThat(Errno.name(-Errno.EINPROGRESS)).isEqualTo("EINPROGRESS");
    assertThat(Errno.describe(Errno.EPIPE)).isEqualTo("EPIPE (32)");
    assertThat(Errno.describe(-999)).isEqualTo("errno 999 (999)");
  }
}
