package io.gatehouse.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * One end of a connection between two processes, over which short texts go, and descriptors with
 * them (unix(7), SOCK_SEQPACKET and SCM_RIGHTS). It ends when the other process does.
 *
 * <p>Owned by one thread. Sending waits for a receiver that is behind, {@link
 * #SEND_TIMEOUT_SECONDS} at most.
 */
public final class DescriptorChannel implements AutoCloseable {
  /** The most descriptors of one message. */
  public static final int MAX_DESCRIPTORS = DescriptorMessage.MAX_DESCRIPTORS;

  /** The longest text of one message. */
  public static final int MAX_TEXT_BYTES = 16_384;

  private static final long SEND_TIMEOUT_SECONDS = 5;

  private final DescriptorMessage message = new DescriptorMessage(MAX_TEXT_BYTES, null);
  private final int fd;

  private DescriptorChannel(int fd) {
    this.fd = fd;
  }

  /**
   * Both ends.
   *
   * @param far the descriptor of the other end, to be passed to another process and closed here
   */
  public record Pair(DescriptorChannel near, int far) {}

  /**
   * A message.
   *
   * @param fds what came along, now owned by the receiver, with CLOEXEC set
   */
  @SuppressWarnings("ArrayRecordComponent") // read once, never compared
  public record Message(String text, int[] fds) {}

  /** Opens a connection. */
  public static Pair open() throws LinuxException {
    int[] ends = new int[2];
    int type = Libc.SOCK_SEQPACKET | Libc.SOCK_CLOEXEC;
    Libc.check("socketpair", Libc.CALLS.socketpair(Libc.AF_UNIX, type, 0, ends));
    return new Pair(of(ends[0]), ends[1]);
  }

  /** The end with this descriptor, which is taken over. */
  public static DescriptorChannel of(int fd) throws LinuxException {
    // struct timeval: seconds and microseconds, 64 bits each.
    var timeout = ByteBuffer.allocate(16).order(ByteOrder.nativeOrder());
    timeout.putLong(0, SEND_TIMEOUT_SECONDS);
    Libc.setSocketOption(fd, Libc.SOL_SOCKET, Libc.SO_SNDTIMEO, timeout.array());
    return new DescriptorChannel(fd);
  }

  /** The descriptor, lent to whoever waits until it can be read. */
  public int fd() {
    return fd;
  }

  /**
   * Sends a text that is not empty, and descriptors.
   *
   * @param fds borrowed
   * @param count how many of them, 0 to {@link #MAX_DESCRIPTORS}
   * @throws LinuxException if the other end is gone, or does not receive in time (EAGAIN)
   */
  public void send(String text, int[] fds, int count) throws LinuxException {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    if (bytes.length == 0 || bytes.length > MAX_TEXT_BYTES) {
      throw new IllegalArgumentException(
          "text: %d bytes (expected: 1 to %d)".formatted(bytes.length, MAX_TEXT_BYTES));
    }
    message.textBytes().put(0, bytes);
    int result = message.send(fd, bytes.length, fds, count);
    while (result == -Errno.EINTR) {
      result = message.send(fd, bytes.length, fds, count);
    }
    if (result < 0) {
      throw new LinuxException("sendmsg", -result);
    }
  }

  /** The next message, which is waited for; null when the other end is gone. */
  public @Nullable Message receive() throws LinuxException {
    int length = message.receive(fd, 0);
    while (length == -Errno.EINTR) {
      length = message.receive(fd, 0);
    }
    if (length < 0 && length != -Errno.ECONNRESET) {
      throw new LinuxException("recvmsg", -length);
    }
    if (length <= 0) {
      return null;
    }
    return new Message(new String(message.text(length), StandardCharsets.US_ASCII), message.fds());
  }

  @Override
  public void close() {
    Libc.close(fd);
  }
}
