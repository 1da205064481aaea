package io.gatehouse.linux;

/**
 * TCP sockets by their descriptors, for the data path: every method returns the result or minus the
 * error number ({@link Errno}), throws nothing, allocates nothing and never blocks. Any thread may
 * call; a descriptor is its owner's to close.
 *
 * <p>Where a method takes an address of memory, it takes it on trust: a wrong one kills the
 * process.
 */
public final class Sockets {
  private static final int OPENED = Libc.SOCK_NONBLOCK | Libc.SOCK_CLOEXEC;

  /** {@code struct sockaddr} of the family 0, AF_UNSPEC. */
  private static final NativeBuffer UNSPECIFIED = NativeBuffer.collected(16);

  private Sockets() {}

  /** A new stream socket, of IPv6 or IPv4, non-blocking, not inherited by child processes. */
  public static int tcp(boolean ipv6) {
    int domain = ipv6 ? Libc.AF_INET6 : Libc.AF_INET;
    return Libc.orError(Libc.CALLS.socket(domain, Libc.SOCK_STREAM | OPENED, 0));
  }

  /** bind(2); 0 or minus the error. */
  public static int bind(int fd, SockAddr address) {
    return Libc.orError(Libc.CALLS.bind(fd, address.address(), address.length()));
  }

  /** listen(2); 0 or minus the error. The kernel holds the backlog down to somaxconn. */
  public static int listen(int fd, int backlog) {
    return Libc.orError(Libc.CALLS.listen(fd, backlog));
  }

  /** connect(2); 0, or minus EINPROGRESS while the handshake goes on, or minus another error. */
  public static int connect(int fd, SockAddr address) {
    return Libc.orError(Libc.CALLS.connect(fd, address.address(), address.length()));
  }

  /**
   * accept4(2): the descriptor of a connection, non-blocking, not inherited by child processes;
   * fills in the peer's address.
   */
  public static int accept(int fd, SockAddr peer) {
    long length = peer.prepareToFill();
    return Libc.orError(Libc.CALLS.accept4(fd, peer.address(), length, OPENED));
  }

  /** getsockname(2): fills in the address; 0 or minus the error. */
  public static int localAddress(int fd, SockAddr into) {
    long length = into.prepareToFill();
    return Libc.orError(Libc.CALLS.getsockname(fd, into.address(), length));
  }

  /** getpeername(2): fills in the address; 0 or minus the error. */
  public static int remoteAddress(int fd, SockAddr into) {
    long length = into.prepareToFill();
    return Libc.orError(Libc.CALLS.getpeername(fd, into.address(), length));
  }

  /** Takes bytes; how many, 0 at the end of the stream, or minus the error. */
  public static long recv(int fd, long address, long length) {
    return Libc.orError(Libc.CALLS.recv(fd, address, length, Libc.MSG_DONTWAIT));
  }

  /** Copies bytes and leaves them queued; returns as {@link #recv} does. */
  public static long peek(int fd, long address, long length) {
    return Libc.orError(Libc.CALLS.recv(fd, address, length, Libc.MSG_PEEK | Libc.MSG_DONTWAIT));
  }

  /**
   * Takes bytes without copying them anywhere (tcp(7), MSG_TRUNC); returns as {@link #recv} does,
   * and may take fewer than have come. Not for what a BPF program passed to a socket in a map: that
   * queue knows no MSG_TRUNC, and minus EFAULT says that nothing was taken; {@link #recv} takes it.
   */
  public static long discard(int fd, long length) {
    return Libc.orError(Libc.CALLS.recv(fd, 0, length, Libc.MSG_TRUNC | Libc.MSG_DONTWAIT));
  }

  /** Queues bytes; how many of them, which may be fewer, or minus the error. Raises no SIGPIPE. */
  public static long send(int fd, long address, long length) {
    return Libc.orError(
        Libc.CALLS.send(fd, address, length, Libc.MSG_NOSIGNAL | Libc.MSG_DONTWAIT));
  }

  /** Sends FIN after what is queued; 0 or minus the error. */
  public static int shutdownOutput(int fd) {
    return Libc.orError(Libc.CALLS.shutdown(fd, Libc.SHUT_WR));
  }

  /** Ends both directions, for every process that holds the socket; 0 or minus the error. */
  public static int shutdown(int fd) {
    return Libc.orError(Libc.CALLS.shutdown(fd, Libc.SHUT_RDWR));
  }

  /** close(2). The descriptor is gone even when it returns an error. */
  public static int close(int fd) {
    return Libc.orError(Libc.CALLS.close(fd));
  }

  /**
   * Breaks off a connection with a reset (connect(2) to AF_UNSPEC), even while another process
   * holds a duplicate of the descriptor; drops what is queued. A BPF map keeps the socket: remove
   * it there. 0 or minus the error.
   */
  public static int disconnect(int fd) {
    return Libc.orError(Libc.CALLS.connect(fd, UNSPECIFIED.address(), UNSPECIFIED.size()));
  }

  /** setsockopt(2), for those that {@link SocketOption} does not name; 0 or minus the error. */
  public static int setOption(int fd, int level, int name, int value) {
    var scratch = CallScratch.ofThisThread();
    scratch.bytes.putInt(0, value);
    return Libc.orError(Libc.CALLS.setsockopt(fd, level, name, scratch.address, Integer.BYTES));
  }

  /** getsockopt(2) of an option whose values are >= 0: the value, or minus the error. */
  public static int option(int fd, int level, int name) {
    var scratch = CallScratch.ofThisThread();
    scratch.bytes.putInt(0, 0);
    int result = readOption(fd, level, name, scratch, Integer.BYTES);
    return result < 0 ? result : scratch.bytes.getInt(0);
  }

  /** The error that waits on the socket, which this takes: 0 if none, else its positive number. */
  public static int takeError(int fd) {
    return option(fd, Libc.SOL_SOCKET, Libc.SO_ERROR);
  }

  /** The number that names the socket for as long as the kernel runs, or minus the error. */
  public static long cookie(int fd) {
    var scratch = CallScratch.ofThisThread();
    int result = readOption(fd, Libc.SOL_SOCKET, Libc.SO_COOKIE, scratch, Long.BYTES);
    return result < 0 ? result : scratch.bytes.getLong(0);
  }

  /** How many bytes wait to be received, or minus the error. */
  public static long queuedInput(int fd) {
    return queued(fd, Libc.SIOCINQ);
  }

  /** How many bytes the peer has not acknowledged, sent or not, or minus the error. */
  public static long queuedOutput(int fd) {
    return queued(fd, Libc.SIOCOUTQ);
  }

  private static long queued(int fd, int request) {
    var scratch = CallScratch.ofThisThread();
    int result = Libc.orError(Libc.CALLS.ioctl(fd, request, scratch.address));
    return result < 0 ? result : scratch.bytes.getInt(0);
  }

  private static int readOption(int fd, int level, int name, CallScratch scratch, int size) {
    scratch.bytes.putInt(Long.BYTES, size);
    return Libc.orError(
        Libc.CALLS.getsockopt(fd, level, name, scratch.address, scratch.address + Long.BYTES));
  }
}
