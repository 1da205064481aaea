package io.gatehouse.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jnr.ffi.LibraryLoader;
import jnr.ffi.annotations.In;
import jnr.ffi.annotations.Out;
import jnr.ffi.types.size_t;
import jnr.ffi.types.ssize_t;

/** The other end of what is tested: sockets that wait, straight from the C library. */
final class BlockingSockets {
  private static final Calls CALLS = LibraryLoader.create(Calls.class).load("c");

  private BlockingSockets() {}

  /** As C declares them. */
  public interface Calls {
    int bind(int fd, @In byte[] address, int size);

    @ssize_t
    long recv(int fd, @Out byte[] buffer, @size_t long length, int flags);

    @ssize_t
    long send(int fd, @In byte[] buffer, @size_t long length, int flags);

    int dup(int fd);
  }

  /** Connects; the caller closes the descriptor. */
  static int connectTcp(InetSocketAddress to) throws LinuxException {
    int fd = Libc.socket(Libc.AF_INET, Libc.SOCK_STREAM);
    try (var address = new SockAddr()) {
      assertThat(Sockets.connect(fd, address.set(to))).isZero();
    }
    return fd;
  }

  /** Binds a datagram socket to a UNIX address, given as the bytes of its path field. */
  static int bindUnixDatagram(byte[] path) throws LinuxException {
    int fd = Libc.socket(Libc.AF_UNIX, Libc.SOCK_DGRAM | Libc.SOCK_CLOEXEC);
    var address = ByteBuffer.allocate(2 + path.length).order(ByteOrder.nativeOrder());
    address.putShort((short) Libc.AF_UNIX).put(path);
    assertThat(CALLS.bind(fd, address.array(), address.capacity())).isZero();
    return fd;
  }

  static void send(int fd, byte[] bytes) {
    assertThat(CALLS.send(fd, bytes, bytes.length, Libc.MSG_NOSIGNAL)).isEqualTo(bytes.length);
  }

  /** Sends what fits without waiting; returns -1 if nothing does. */
  static long sendNow(int fd, byte[] bytes) {
    return CALLS.send(fd, bytes, bytes.length, Libc.MSG_DONTWAIT | Libc.MSG_NOSIGNAL);
  }

  /** Receives once; blocks unless the flags say otherwise. Returns -1 on an error. */
  static int receive(int fd, byte[] into, int flags) {
    return (int) CALLS.recv(fd, into, into.length, flags);
  }

  /** Another descriptor of the same socket, as another process could hold one. */
  static int duplicate(int fd) {
    return CALLS.dup(fd);
  }
}
