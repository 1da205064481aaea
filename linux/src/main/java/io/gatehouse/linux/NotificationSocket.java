package io.gatehouse.linux;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The manager's end of sd_notify(3): receives what a service tells, who told it, and the
 * descriptors that came along. The kernel vouches for the sender (unix(7), SCM_CREDENTIALS).
 *
 * <p>Its name is abstract and chosen by the kernel, so that nothing is left behind in a file system
 * however this process ends. Whoever shares the network namespace may send to it; the receiver is
 * to look at {@link Notification#pid}.
 *
 * <p>Owned by one thread.
 */
public final class NotificationSocket implements AutoCloseable {
  /** As systemd's limit, PIPE_BUF. */
  private static final int MAX_TEXT_BYTES = 4096;

  private static final int MAX_ADDRESS_BYTES = 110;
  private static final int SIZE_AT = 112;

  /**
   * A message.
   *
   * @param pid the sender's process id; 0 if the kernel did not tell, or for one that cannot be
   *     named in this process' namespace
   * @param text lines of KEY=VALUE; empty if the message was longer than 4096 bytes
   * @param fds what came along, now owned by the receiver, with CLOEXEC set
   */
  @SuppressWarnings("ArrayRecordComponent") // read once, never compared
  public record Notification(int pid, String text, int[] fds) {}

  private final DescriptorMessage message = new DescriptorMessage(MAX_TEXT_BYTES, null);
  private final int fd;
  private final String name;

  private NotificationSocket(int fd, String name) {
    this.fd = fd;
    this.name = name;
  }

  /** Opens one under a name that the kernel picks. */
  public static NotificationSocket open() throws LinuxException {
    int fd = Libc.socket(Libc.AF_UNIX, Libc.SOCK_DGRAM | Libc.SOCK_CLOEXEC | Libc.SOCK_NONBLOCK);
    try {
      SocketOption.SO_PASSCRED.set(fd, 1);
      return new NotificationSocket(fd, bind(fd));
    } catch (LinuxException e) {
      Libc.close(fd);
      throw e;
    }
  }

  /** Binds to a family without a name, upon which the kernel picks one ("autobind"). */
  private static String bind(int fd) throws LinuxException {
    var scratch = CallScratch.ofThisThread();
    scratch.bytes.putShort(0, (short) Libc.AF_UNIX);
    Libc.check("bind", Libc.CALLS.bind(fd, scratch.address, Short.BYTES));
    scratch.bytes.putInt(SIZE_AT, MAX_ADDRESS_BYTES);
    Libc.check(
        "getsockname", Libc.CALLS.getsockname(fd, scratch.address, scratch.address + SIZE_AT));
    int start = Short.BYTES + 1; // after the family and the NUL of an abstract name
    var name = new byte[scratch.bytes.getInt(SIZE_AT) - start];
    scratch.bytes.get(start, name);
    return "@" + new String(name, StandardCharsets.US_ASCII);
  }

  /** What {@code NOTIFY_SOCKET} is to be. */
  public String name() {
    return name;
  }

  /** The descriptor, lent to whoever waits until it can be read. */
  public int fd() {
    return fd;
  }

  /**
   * The next message, without waiting; null if there is none.
   *
   * @throws LinuxException if the kernel refuses, for instance with EMFILE
   */
  public @Nullable Notification receive() throws LinuxException {
    int length = message.receive(fd, Libc.MSG_DONTWAIT);
    while (length == -Errno.EINTR) {
      length = message.receive(fd, Libc.MSG_DONTWAIT);
    }
    if (length == -Errno.EAGAIN) {
      return null;
    }
    if (length < 0) {
      throw new LinuxException("recvmsg", -length);
    }
    var text = new String(message.text(length), StandardCharsets.UTF_8);
    return new Notification(message.senderPid(), text, message.fds());
  }

  @Override
  public void close() {
    Libc.close(fd);
  }
}
