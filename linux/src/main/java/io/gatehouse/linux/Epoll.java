package io.gatehouse.linux;

import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * Waits for descriptors to become ready (epoll(7)). What is ready is read in place, by index, until
 * the next wait.
 *
 * <p>Owned by one thread: all calls are its own. Another thread wakes it by a {@link Waker}.
 */
public final class Epoll implements AutoCloseable {
  /** Readable, or at the end of the stream. */
  public static final int IN = 1;

  /** Writable, or connected. */
  public static final int OUT = 4;

  /** Failed; reported unasked. */
  public static final int ERR = 8;

  /** Shut in both directions; reported unasked. */
  public static final int HUP = 0x10;

  /** The peer sends no more. */
  public static final int RDHUP = 0x2000;

  /** Report each change once, not for as long as it lasts. */
  public static final int ET = 1 << 31;

  private static final int EPOLL_CTL_ADD = 1;
  private static final int EPOLL_CTL_DEL = 2;
  private static final int EPOLL_CTL_MOD = 3;

  private static final long NANOS_PER_SECOND = 1_000_000_000;
  private static final long NANOS_PER_MILLI = 1_000_000;
  private static final int TIMESPEC_BYTES = 16;

  // struct epoll_event: 32 bits of events and 64 of the caller's. Packed on x86_64, and only there.
  private static final boolean IS_PACKED = System.getProperty("os.arch").equals("amd64");
  private static final int TOKEN_AT = IS_PACKED ? 4 : 8;
  private static final int EVENT_BYTES = TOKEN_AT + Long.BYTES;

  private final int fd;
  private final int maxEvents;
  private final NativeBuffer ready;
  private final ByteBuffer readyBytes;
  private final NativeBuffer argument = NativeBuffer.allocate(TIMESPEC_BYTES);
  private final ByteBuffer argumentBytes = argument.bytes();
  private boolean takesNanos = true;
  private boolean isOpen = true;
  private int readyCount;

  private Epoll(int fd, int maxEvents) {
    this.fd = fd;
    this.maxEvents = maxEvents;
    ready = NativeBuffer.allocate(maxEvents * EVENT_BYTES);
    readyBytes = ready.bytes();
  }

  /**
   * Opens one that reports at most that many descriptors by one wait; the others by the next.
   *
   * @throws LinuxException if the process has no descriptor left
   */
  public static Epoll open(int maxEvents) throws LinuxException {
    if (maxEvents < 1 || maxEvents > 65_536) {
      throw new IllegalArgumentException(
          "epoll events: %d (expected: 1 to 65536)".formatted(maxEvents));
    }
    int fd = Libc.check("epoll_create1", Libc.CALLS.epoll_create1(Libc.EPOLL_CLOEXEC));
    return new Epoll(fd, maxEvents);
  }

  /** Its own descriptor, which can be waited for by another. */
  public int fd() {
    return fd;
  }

  /**
   * Waits from now on for events of a descriptor, which is borrowed.
   *
   * @param token returned with the events
   * @throws LinuxException EEXIST if it is there already, EPERM if it is a file
   */
  public void add(int fd, int events, long token) throws LinuxException {
    control(EPOLL_CTL_ADD, fd, events, token);
  }

  /**
   * Waits from now on for other events, or with another token. With {@link #ET} what is ready
   * already is reported again.
   *
   * @throws LinuxException ENOENT if it was not added
   */
  public void modify(int fd, int events, long token) throws LinuxException {
    control(EPOLL_CTL_MOD, fd, events, token);
  }

  private void control(int operation, int fd, int events, long token) throws LinuxException {
    argumentBytes.putInt(0, events).putLong(TOKEN_AT, token);
    Libc.check("epoll_ctl", Libc.CALLS.epoll_ctl(this.fd, operation, fd, argument.address()));
  }

  /**
   * Waits for it no longer. One that is not there, or closed, is none to wait for either. To be
   * called before closing a descriptor of which a duplicate may exist: that one keeps it here.
   */
  public void remove(int fd) {
    if (isOpen) {
      Libc.CALLS.epoll_ctl(this.fd, EPOLL_CTL_DEL, fd, argument.address());
    }
  }

  /**
   * Waits until something is ready, for at most that long; for ever if negative.
   *
   * @return how many are; 0 when the time is over, or a signal came
   * @throws LinuxException if this is closed
   */
  public int await(long timeoutNanos) throws LinuxException {
    readyCount = 0;
    if (!isOpen) {
      throw new LinuxException("epoll_wait", Errno.EBADF);
    }
    int count = takesNanos ? awaitNanos(timeoutNanos) : awaitMillis(timeoutNanos);
    if (count < 0 && count != -Errno.EINTR) {
      throw new LinuxException("epoll_wait", count);
    }
    readyCount = Math.max(count, 0);
    return readyCount;
  }

  private int awaitNanos(long timeoutNanos) {
    long timeout = 0;
    if (timeoutNanos >= 0) {
      argumentBytes
          .putLong(0, timeoutNanos / NANOS_PER_SECOND)
          .putLong(Long.BYTES, timeoutNanos % NANOS_PER_SECOND);
      timeout = argument.address();
    }
    int count;
    try {
      count = Libc.orError(Libc.CALLS.epoll_pwait2(fd, ready.address(), maxEvents, timeout, 0));
    } catch (LinkageError e) {
      count = -Errno.ENOSYS;
    }
    // Before Linux 5.11 or glibc 2.35, or where a sandbox does not know the call.
    if (count == -Errno.ENOSYS || count == -Errno.EPERM) {
      takesNanos = false;
      return awaitMillis(timeoutNanos);
    }
    return count;
  }

  private int awaitMillis(long timeoutNanos) {
    return Libc.orError(
        Libc.CALLS.epoll_wait(fd, ready.address(), maxEvents, timeoutMillis(timeoutNanos)));
  }

  /** Rounded up, so that the rest of a millisecond is not spent in turns that wait for nothing. */
  static int timeoutMillis(long timeoutNanos) {
    if (timeoutNanos < 0) {
      return -1;
    }
    long millis = timeoutNanos / NANOS_PER_MILLI + (timeoutNanos % NANOS_PER_MILLI == 0 ? 0 : 1);
    return (int) Math.min(millis, Integer.MAX_VALUE);
  }

  /** What happened to the {@code i}th that is ready. */
  public int events(int i) {
    return readyBytes.getInt(Objects.checkIndex(i, readyCount) * EVENT_BYTES);
  }

  /** The token of the {@code i}th that is ready. */
  public long token(int i) {
    return readyBytes.getLong(Objects.checkIndex(i, readyCount) * EVENT_BYTES + TOKEN_AT);
  }

  @Override
  public void close() {
    if (isOpen) {
      isOpen = false;
      Libc.close(fd);
      ready.close();
      argument.close();
    }
  }
}
