package io.gatehouse.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Socket options that are set by descriptor, for sockets that no library sets them on. */
public enum SocketOption {
  /** How long sent data may stay unacknowledged before the connection fails, in ms (RFC 5482). */
  TCP_USER_TIMEOUT(Libc.IPPROTO_TCP, 18),

  /**
   * 1: binding to a source address picks no port yet; connecting does, and may share ports between
   * destinations. To be set before binding.
   */
  IP_BIND_ADDRESS_NO_PORT(Libc.IPPROTO_IP, 24),

  /**
   * How many bytes make a socket readable. Setting it also makes the kernel look again at what is
   * queued already.
   */
  SO_RCVLOWAT(Libc.SOL_SOCKET, 18);

  private final int level;
  private final int number;

  SocketOption(int level, int number) {
    this.level = level;
    this.number = number;
  }

  /**
   * Sets the option on the socket {@code fd}, which is borrowed.
   *
   * @throws LinuxException if the kernel refuses
   */
  public void set(int fd, int value) throws LinuxException {
    var bytes = new byte[Integer.BYTES];
    ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).putInt(value);
    Libc.setSocketOption(fd, level, number, bytes);
  }

  /**
   * The value on the socket {@code fd}, which is borrowed.
   *
   * @throws LinuxException if the kernel refuses
   */
  public int get(int fd) throws LinuxException {
    var bytes = new byte[Integer.BYTES];
    Libc.getSocketOption(fd, level, number, bytes);
    return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).getInt();
  }
}
