package io.gatehouse.linux;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Wakes a thread that waits in {@link Epoll} (eventfd(2)). Any thread may wake; the waiting thread
 * drains, then looks for what it was woken for, in this order, and so misses nothing. Waking twice
 * before that costs one system call.
 */
public final class Waker implements AutoCloseable {
  private static final NativeBuffer ONE = one();

  private final int fd;
  private final AtomicBoolean isPending = new AtomicBoolean();
  private boolean isOpen = true; // guarded by this: another thread's wake must not meet a reused fd

  private Waker(int fd) {
    this.fd = fd;
  }

  private static NativeBuffer one() {
    var buffer = NativeBuffer.collected(Long.BYTES);
    buffer.bytes().putLong(0, 1);
    return buffer;
  }

  /**
   * Opens one, to be added to an {@link Epoll} for {@link Epoll#IN}.
   *
   * @throws LinuxException if the process has no descriptor left
   */
  public static Waker open() throws LinuxException {
    return new Waker(
        Libc.check("eventfd", Libc.CALLS.eventfd(0, Libc.EFD_NONBLOCK | Libc.EFD_CLOEXEC)));
  }

  /** The descriptor to wait for. */
  public int fd() {
    return fd;
  }

  /** Makes the descriptor readable. Does nothing once this is closed. */
  public void wake() {
    if (isPending.compareAndSet(false, true)) {
      synchronized (this) {
        if (isOpen) {
          Libc.CALLS.write(fd, ONE.address(), Long.BYTES);
        }
      }
    }
  }

  /** Makes the descriptor unreadable until the next wake. Only by the thread that waits. */
  public void drain() {
    Libc.CALLS.read(fd, CallScratch.ofThisThread().address, Long.BYTES);
    // After the read: a wake before it needs no event, since the caller looks for work only now.
    isPending.set(false);
  }

  @Override
  public synchronized void close() {
    if (isOpen) {
      isOpen = false;
      Libc.close(fd);
    }
  }
}
