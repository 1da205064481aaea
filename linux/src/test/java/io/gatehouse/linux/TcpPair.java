package io.gatehouse.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** Both ends of one TCP connection over loopback, non-blocking. Owned by one thread. */
final class TcpPair implements AutoCloseable {
  private static final long WAIT_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final int BUFFER_BYTES = 1 << 16;

  final int client;
  final int server;
  private final NativeBuffer buffer = NativeBuffer.allocate(BUFFER_BYTES);

  private TcpPair(int client, int server) {
    this.client = client;
    this.server = server;
  }

  static TcpPair open() throws Exception {
    return open("127.0.0.1");
  }

  static TcpPair open(String host) throws Exception {
    int listener = listen(host);
    try (var address = new SockAddr()) {
      assertThat(Sockets.localAddress(listener, address)).isZero();
      int client = Sockets.tcp(host.contains(":"));
      assertThat(Sockets.connect(client, address)).isIn(0, -Errno.EINPROGRESS);
      await(listener, Epoll.IN);
      int server = Sockets.accept(listener, address);
      assertThat(server).isPositive();
      await(client, Epoll.OUT);
      assertThat(Sockets.takeError(client)).isZero();
      SocketOption.TCP_NODELAY.set(client, 1);
      SocketOption.TCP_NODELAY.set(server, 1);
      return new TcpPair(client, server);
    } finally {
      Sockets.close(listener);
    }
  }

  /** A listener at a port that the kernel picks. */
  static int listen(String host) throws Exception {
    int listener = Sockets.tcp(host.contains(":"));
    try (var address = new SockAddr()) {
      address.set(new InetSocketAddress(InetAddress.getByName(host), 0));
      assertThat(Sockets.bind(listener, address)).isZero();
      assertThat(Sockets.listen(listener, 16)).isZero();
    }
    return listener;
  }

  /** Waits until one of the events is there, and returns what is. */
  static int await(int fd, int events) throws LinuxException {
    try (var epoll = Epoll.open(1)) {
      epoll.add(fd, events, 0);
      assertThat(epoll.await(WAIT_NANOS)).as("ready within ten seconds").isEqualTo(1);
      return epoll.events(0);
    }
  }

  void send(int fd, String text) {
    var bytes = text.getBytes(StandardCharsets.US_ASCII);
    buffer.bytes().put(bytes);
    assertThat(Sockets.send(fd, buffer.address(), bytes.length)).isEqualTo(bytes.length);
  }

  /** Waits for so many bytes and takes them. */
  String receive(int fd, int length) throws LinuxException {
    var text = new StringBuilder();
    while (text.length() < length) {
      await(fd, Epoll.IN);
      long count = Sockets.recv(fd, buffer.address(), length - text.length());
      if (count != -Errno.EAGAIN) {
        text.append(text(count));
      }
    }
    return text.toString();
  }

  /** Copies what has come, at most so much, and leaves it. */
  String peek(int fd, int length) {
    return text(Sockets.peek(fd, buffer.address(), length));
  }

  private String text(long count) {
    assertThat(count).as("bytes received").isPositive();
    var bytes = new byte[(int) count];
    buffer.bytes().get(bytes);
    return new String(bytes, StandardCharsets.US_ASCII);
  }

  long recv(int fd) {
    return Sockets.recv(fd, buffer.address(), BUFFER_BYTES);
  }

  long fill(int fd) {
    long queued = 0;
    long count = Sockets.send(fd, buffer.address(), BUFFER_BYTES);
    while (count > 0) {
      queued += count;
      count = Sockets.send(fd, buffer.address(), BUFFER_BYTES);
    }
    assertThat(count).isEqualTo(-Errno.EAGAIN);
    return queued;
  }

  @Override
  public void close() {
    Sockets.close(client);
    Sockets.close(server);
    buffer.close();
  }
}
