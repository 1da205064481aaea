package io.gatehouse.linux;

import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import jnr.ffi.annotations.In;
import jnr.ffi.annotations.Out;
import jnr.ffi.types.size_t;
import jnr.ffi.types.ssize_t;
import jnr.ffi.types.uintptr_t;
import org.jspecify.annotations.Nullable;

/**
 * The C library. Constants are those of the generic Linux ABI, which x86_64 and aarch64 share.
 *
 * <p>Stateless; any thread may call. The error number is per thread; jnr-ffi keeps it from the
 * moment the call returns, so that nothing the JVM does can change it.
 */
final class Libc {
  static final int AF_UNSPEC = 0;
  static final int AF_UNIX = 1;
  static final int AF_INET = 2;
  static final int AF_INET6 = 10;
  static final int SOCK_STREAM = 1;
  static final int SOCK_DGRAM = 2;
  static final int SOCK_SEQPACKET = 5;
  static final int SOCK_NONBLOCK = 0x800;
  static final int SOCK_CLOEXEC = 0x80000;
  static final int MSG_PEEK = 0x2;
  static final int MSG_TRUNC = 0x20;
  static final int MSG_DONTWAIT = 0x40;
  static final int MSG_NOSIGNAL = 0x4000;
  static final int SHUT_WR = 1;
  static final int SHUT_RDWR = 2;
  static final int SOL_SOCKET = 1;
  static final int SO_ERROR = 4;
  static final int SO_SNDTIMEO = 21;
  static final int SO_COOKIE = 57;
  static final int IPPROTO_IP = 0;
  static final int IPPROTO_TCP = 6;
  static final int IPPROTO_IPV6 = 41;
  static final int TCP_INFO = 11;
  static final int SIOCINQ = 0x541B;
  static final int SIOCOUTQ = 0x5411;
  static final int SEEK_END = 2;
  static final int EPOLL_CLOEXEC = 0x80000;
  static final int EFD_NONBLOCK = 0x800;
  static final int EFD_CLOEXEC = 0x80000;
  static final int MFD_CLOEXEC = 1;
  static final int PROT_READ = 1;
  static final int PROT_WRITE = 2;
  static final int MAP_SHARED = 1;

  static final Calls CALLS = LibraryLoader.create(Calls.class).load("c");
  private static final Runtime RUNTIME = Runtime.getRuntime(CALLS);

  private Libc() {}

  /**
   * The functions as C declares them; a pointer is its address. Public because jnr-ffi implements
   * it from its own package.
   */
  public interface Calls {
    int socket(int domain, int type, int protocol);

    int socketpair(int domain, int type, int protocol, @Out int[] ends);

    int close(int fd);

    int bind(int fd, @uintptr_t long address, int size);

    int listen(int fd, int backlog);

    int connect(int fd, @uintptr_t long address, int size);

    int accept4(int fd, @uintptr_t long address, @uintptr_t long size, int flags);

    int getsockname(int fd, @uintptr_t long address, @uintptr_t long size);

    int getpeername(int fd, @uintptr_t long address, @uintptr_t long size);

    int shutdown(int fd, int how);

    @ssize_t
    long recv(int fd, @uintptr_t long buffer, @size_t long length, int flags);

    @ssize_t
    long send(int fd, @uintptr_t long message, @size_t long length, int flags);

    @ssize_t
    long sendto(
        int fd, @In byte[] message, @size_t long length, int flags, @In byte[] address, int size);

    @ssize_t
    long sendmsg(int fd, @uintptr_t long message, int flags);

    @ssize_t
    long recvmsg(int fd, @uintptr_t long message, int flags);

    int getsockopt(int fd, int level, int name, @uintptr_t long value, @uintptr_t long size);

    int setsockopt(int fd, int level, int name, @uintptr_t long value, int size);

    int setsockopt(int fd, int level, int name, @In byte[] value, int size);

    long lseek(int fd, long offset, int whence);

    int ioctl(int fd, @size_t long request, @uintptr_t long argument);

    @ssize_t
    long read(int fd, @uintptr_t long buffer, @size_t long length);

    @ssize_t
    long write(int fd, @uintptr_t long bytes, @size_t long length);

    int epoll_create1(int flags);

    int epoll_ctl(int epoll, int operation, int fd, @uintptr_t long event);

    int epoll_wait(int epoll, @uintptr_t long events, int maxEvents, int timeoutMillis);

    /** Since Linux 5.11 and glibc 2.35; where it is missing, calling it is a LinkageError. */
    int epoll_pwait2(
        int epoll,
        @uintptr_t long events,
        int maxEvents,
        @uintptr_t long timeout,
        @uintptr_t long signalMask);

    int eventfd(int value, int flags);

    int memfd_create(@In String name, int flags);

    int ftruncate(int fd, @ssize_t long length);

    // Where to map is always null. It is no number here because jnr-ffi 2.3.4 passes the sixth of
    // six numbers wrongly on x86_64: it hands the stub's return address over in its place.
    @uintptr_t
    long mmap(
        @Nullable Pointer address,
        @size_t long length,
        int protection,
        int flags,
        int fd,
        @ssize_t long offset);

    int munmap(@uintptr_t long address, @size_t long length);

    int getpagesize();

    int fcntl(int fd, int command, int argument);

    /** Returns its error number, as the others of its family do. */
    int posix_spawn(
        @Out int[] pid,
        @In String path,
        @uintptr_t long actions,
        @uintptr_t long attributes,
        @uintptr_t long argv,
        @uintptr_t long envp);

    int posix_spawn_file_actions_init(@uintptr_t long actions);

    int posix_spawn_file_actions_adddup2(@uintptr_t long actions, int from, int to);

    int posix_spawn_file_actions_destroy(@uintptr_t long actions);

    int posix_spawnattr_init(@uintptr_t long attributes);

    int posix_spawnattr_setflags(@uintptr_t long attributes, short flags);

    int posix_spawnattr_destroy(@uintptr_t long attributes);

    int waitid(int type, int id, @uintptr_t long info, int options);

    int waitpid(int pid, @Out int[] status, int options);

    int kill(int pid, int signal);

    /** Variadic in C; integers in registers are passed alike. */
    @ssize_t
    long syscall(
        @ssize_t long number, @ssize_t long first, @ssize_t long second, @ssize_t long third);
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

  static void setSocketOption(int fd, int level, int name, byte[] value) throws LinuxException {
    check("setsockopt", CALLS.setsockopt(fd, level, name, value, value.length));
  }

  /** What the call just made returned, or minus the error number. */
  static int orError(int result) {
    return result >= 0 ? result : -errno();
  }

  /** What the call just made returned, or minus the error number. */
  static long orError(long result) {
    return result >= 0 ? result : -errno();
  }

  /** What the call just made returned. */
  static int check(String call, int result) throws LinuxException {
    if (result < 0) {
      throw new LinuxException(call, errno());
    }
    return result;
  }

  /** The error number of the call just made, if it failed. */
  static int errno() {
    return RUNTIME.getLastError();
  }
}
