package io.gatehouse.linux;

import jnr.ffi.LibraryLoader;
import jnr.ffi.Runtime;
import jnr.ffi.annotations.In;
import jnr.ffi.annotations.Out;
import jnr.ffi.types.size_t;
import jnr.ffi.types.ssize_t;

/**
 * The C library. Constants are those of the generic Linux ABI, which x86_64 and aarch64 share.
 *
 * <p>Stateless; any thread may call. The error number is per thread and is read right after the
 * call, before anything else can change it.
 */
final class Libc {
  static final int AF_UNIX = 1;
  static final int SOCK_DGRAM = 2;
  static final int SOCK_CLOEXEC = 0x80000;
  static final int MSG_NOSIGNAL = 0x4000;
  static final int SOL_SOCKET = 1;
  static final int SO_SNDTIMEO = 21;
  static final int IPPROTO_IP = 0;
  static final int IPPROTO_TCP = 6;

  private static final Calls CALLS = LibraryLoader.create(Calls.class).load("c");
  private static final Runtime RUNTIME = Runtime.getRuntime(CALLS);

  private Libc() {}

  /**
   * The functions as C declares them. Public because jnr-ffi implements it from its own package.
   */
  public interface Calls {
    int socket(int domain, int type, int protocol);

    int close(int fd);

    @ssize_t
    long sendto(
        int fd, @In byte[] message, @size_t long length, int flags, @In byte[] address, int size);

    int getsockopt(int fd, int level, int name, @Out byte[] value, int[] size);

    int setsockopt(int fd, int level, int name, @In byte[] value, int size);
  }

  /** Opens a socket and returns its descriptor, which the caller closes. */
  static int socket(int domain, int type) throws LinuxException {
    return check("socket", CALLS.socket(domain, type, 0));
  }

  /** Closes a descriptor. An error changes nothing: the descriptor is gone either way. */
  static void close(int fd) {
    CALLS.close(fd);
  }

  static void sendTo(int fd, byte[] message, int flags, byte[] address) throws LinuxException {
    long sent = CALLS.sendto(fd, message, message.length, flags, address, address.length);
    check("sendto", (int) sent);
  }

  /** Fills {@code value} and returns how many bytes the kernel wrote. */
  static int getSocketOption(int fd, int level, int name, byte[] value) throws LinuxException {
    int[] size = {value.length};
    check("getsockopt", CALLS.getsockopt(fd, level, name, value, size));
    return size[0];
  }

  static void setSocketOption(int fd, int level, int name, byte[] value) throws LinuxException {
    check("setsockopt", CALLS.setsockopt(fd, level, name, value, value.length));
  }

  private static int check(String call, int result) throws LinuxException {
    if (result < 0) {
      throw new LinuxException(call, RUNTIME.getLastError());
    }
    return result;
  }
}
