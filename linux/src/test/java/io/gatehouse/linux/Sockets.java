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

/** The other end of what is tested: sockets with descriptors, straight from the C library. */
final class Sockets {
  static final int AF_INET = 2;
  static final int SOCK_STREAM = 1;
  private static final int SO_RCVBUFFORCE = 33;
  static final int MSG_DONTWAIT = 0x40;

  private static final Calls CALLS = LibraryLoader.create(Calls.class).load("c");

  private Sockets() {}

  /** As C declares them. */
  public interface Calls {
    int bind(int fd, @In byte[] address, int size);

    int connect(int fd, @In byte[] address, int size);

    @ssize_t
    long recv(int fd, @Out byte[] buffer, @size_t long length, int flags);

    @ssize_t
    long send(int fd, @In byte[] buffer, @size_t long length, int flags);
  }

  /** Connects over IPv4; the caller closes the descriptor. */
  static int connectTcp(InetSocketAddress to) throws LinuxException {
    int fd = Libc.socket(AF_INET, SOCK_STREAM);
    var address = ByteBuffer.allocate(16).order(ByteOrder.nativeOrder());
    address.putShort((short) AF_INET);
    address.order(ByteOrder.BIG_ENDIAN).putShort((short) to.getPort());
    address.put(to.getAddress().getAddress());
    assertThat(CALLS.connect(fd, address.array(), 16)).isZero();
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
    assertThat(CALLS.send(fd, bytes, bytes.length, 0)).isEqualTo(bytes.length);
  }

  /** Sends what fits without waiting; returns -1 if nothing does. */
  static long sendNow(int fd, byte[] bytes) {
    return CALLS.send(fd, bytes, bytes.length, MSG_DONTWAIT | Libc.MSG_NOSIGNAL);
  }

  /** Whether the kernel lets this process exceed rmem_max, for which it needs CAP_NET_ADMIN. */
  static boolean mayForce(int fd) {
    try {
      Libc.setSocketOption(fd, Libc.SOL_SOCKET, SO_RCVBUFFORCE, new byte[] {0, 16, 0, 0});
      return true;
    } catch (LinuxException e) {
      assertThat(e.errnoName()).isEqualTo("EPERM");
      return false;
    }
  }

  /** Receives once; blocks unless the flags say otherwise. Returns -1 on an error. */
  static int receive(int fd, byte[] into, int flags) {
    return (int) CALLS.recv(fd, into, into.length, flags);
  }
}
