package io.gatehouse.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
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
  private static final int CREDENTIALS_BYTES = 12;
  private static final int EINTR = 4;
  private static final int EAGAIN = 11;

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

  private final Arena arena = Arena.ofAuto();
  private final MemorySegment header = arena.allocate(MessageCalls.HEADER_BYTES, Long.BYTES);
  private final MemorySegment vector = arena.allocate(MessageCalls.VECTOR_BYTES, Long.BYTES);
  private final MemorySegment text = arena.allocate(MAX_TEXT_BYTES);
  private final MemorySegment control =
      arena.allocate(
          MessageCalls.controlSpace(CREDENTIALS_BYTES)
              + MessageCalls.controlSpace(Integer.BYTES * MessageCalls.MAX_DESCRIPTORS),
          Long.BYTES);
  private final int fd;
  private final String name;

  private NotificationSocket(int fd, String name) {
    this.fd = fd;
    this.name = name;
  }

  /** Opens one under a name that the kernel picks. */
  public static NotificationSocket open() throws LinuxException {
    int fd =
        Libc.socket(Libc.AF_UNIX, Libc.SOCK_DGRAM | Libc.SOCK_CLOEXEC | MessageCalls.SOCK_NONBLOCK);
    try {
      var on = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.nativeOrder()).putInt(0, 1);
      Libc.setSocketOption(fd, Libc.SOL_SOCKET, MessageCalls.SO_PASSCRED, on.array());
      var family =
          ByteBuffer.allocate(Short.BYTES)
              .order(ByteOrder.nativeOrder())
              .putShort(0, (short) Libc.AF_UNIX);
      MessageCalls.bind(fd, family.array()); // a family alone: "autobind"
      return new NotificationSocket(fd, nameOf(fd));
    } catch (LinuxException e) {
      Libc.close(fd);
      throw e;
    }
  }

  private static String nameOf(int fd) throws LinuxException {
    var address = new byte[MAX_ADDRESS_BYTES];
    int size = MessageCalls.socketName(fd, address);
    int at = Short.BYTES + 1; // after the family and the NUL of an abstract name
    return "@" + new String(address, at, size - at, StandardCharsets.US_ASCII);
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
    while (true) {
      MessageCalls.setData(header, vector, text, MAX_TEXT_BYTES);
      MessageCalls.setControl(header, control, control.byteSize());
      long length =
          MessageCalls.receive(
              fd, header, MessageCalls.MSG_DONTWAIT | MessageCalls.MSG_CMSG_CLOEXEC);
      if (length >= 0) {
        return read((int) length);
      }
      if (length == -EAGAIN) {
        return null;
      }
      if (length != -EINTR) {
        throw new LinuxException("recvmsg", (int) -length);
      }
    }
  }

  private Notification read(int length) {
    int pid = 0;
    int[] fds = {};
    long end = MessageCalls.controlBytes(header);
    for (long at = 0; at + MessageCalls.CONTROL_HEADER_BYTES <= end; ) {
      long size = control.get(ValueLayout.JAVA_LONG, at);
      if (size < MessageCalls.CONTROL_HEADER_BYTES || size > end - at) {
        break;
      }
      long data = at + MessageCalls.CONTROL_HEADER_BYTES;
      int type = control.get(ValueLayout.JAVA_INT, at + 12);
      if (type == MessageCalls.SCM_CREDENTIALS) {
        pid = control.get(ValueLayout.JAVA_INT, data);
      } else if (type == MessageCalls.SCM_RIGHTS) {
        fds =
            control
                .asSlice(data, size - MessageCalls.CONTROL_HEADER_BYTES)
                .toArray(ValueLayout.JAVA_INT);
      }
      at += MessageCalls.controlSpace((int) size - MessageCalls.CONTROL_HEADER_BYTES);
    }
    boolean cut = (MessageCalls.flags(header) & MessageCalls.MSG_TRUNC) != 0;
    var bytes = text.asSlice(0, cut ? 0 : length).toArray(ValueLayout.JAVA_BYTE);
    return new Notification(pid, new String(bytes, StandardCharsets.UTF_8), fds);
  }

  @Override
  public void close() {
    Libc.close(fd);
  }
}
