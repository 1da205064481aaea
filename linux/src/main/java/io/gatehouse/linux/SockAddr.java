package io.gatehouse.linux;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/**
 * A socket address where system calls find it: {@code struct sockaddr_storage} and its length, to
 * be used again and again. Owned by one thread.
 */
public final class SockAddr implements AutoCloseable {
  private static final int STORAGE_BYTES = 128;
  private static final int LENGTH_AT = STORAGE_BYTES;
  private static final int FAMILY_AT = 0;
  private static final int PORT_AT = 2;

  // struct sockaddr_in: family, port, address.
  private static final int INET_ADDRESS_AT = 4;
  private static final int INET_BYTES = 16;

  // struct sockaddr_in6: family, port, flow information, address, scope.
  private static final int INET6_ADDRESS_AT = 8;
  private static final int INET6_SCOPE_AT = 24;
  private static final int INET6_BYTES = 28;

  private final NativeBuffer buffer = NativeBuffer.allocate(STORAGE_BYTES + Integer.BYTES);
  private final ByteBuffer bytes = buffer.bytes();
  private boolean isOpen = true;

  /**
   * Takes the address as it is: an IPv4 address is one of the family of IPv4.
   *
   * @throws IllegalArgumentException if its host name is not resolved
   */
  public SockAddr set(InetSocketAddress address) {
    var host = address.getAddress();
    if (host == null) {
      throw new IllegalArgumentException(
          "socket address: %s (expected: a resolved address)".formatted(address));
    }
    buffer.clear();
    if (host instanceof Inet6Address inet6) {
      bytes.putShort(FAMILY_AT, (short) Libc.AF_INET6).put(INET6_ADDRESS_AT, host.getAddress());
      bytes.putInt(INET6_SCOPE_AT, inet6.getScopeId()).putInt(LENGTH_AT, INET6_BYTES);
    } else {
      bytes.putShort(FAMILY_AT, (short) Libc.AF_INET).put(INET_ADDRESS_AT, host.getAddress());
      bytes.putInt(LENGTH_AT, INET_BYTES);
    }
    int port = address.getPort();
    bytes.put(PORT_AT, (byte) (port >>> 8)).put(PORT_AT + 1, (byte) port);
    return this;
  }

  /**
   * What was set, or filled in by the last call. IPv4 carried in IPv6 ({@code ::ffff:a.b.c.d}) is
   * IPv4 again.
   *
   * @throws IllegalStateException if it is no address of the Internet
   */
  public InetSocketAddress get() {
    int port = (bytes.get(PORT_AT) & 0xff) << 8 | (bytes.get(PORT_AT + 1) & 0xff);
    return new InetSocketAddress(host(), port);
  }

  private InetAddress host() {
    int family = bytes.getShort(FAMILY_AT);
    try {
      return switch (family) {
        case Libc.AF_INET -> InetAddress.getByAddress(copy(INET_ADDRESS_AT, 4));
        case Libc.AF_INET6 -> inet6(copy(INET6_ADDRESS_AT, 16), bytes.getInt(INET6_SCOPE_AT));
        default ->
            throw new IllegalStateException(
                "socket address: family %d (expected: 2 or 10)".formatted(family));
      };
    } catch (UnknownHostException e) {
      throw new AssertionError("an address of 4 or 16 bytes", e);
    }
  }

  private static InetAddress inet6(byte[] address, int scope) throws UnknownHostException {
    return scope == 0
        ? InetAddress.getByAddress(address)
        : Inet6Address.getByAddress(null, address, scope);
  }

  private byte[] copy(int at, int length) {
    var copy = new byte[length];
    bytes.get(at, copy);
    return copy;
  }

  /** Where the {@code sockaddr} is, for system calls. */
  public long address() {
    return buffer.address();
  }

  /** How long the {@code sockaddr} is, as system calls want it. */
  public int length() {
    return bytes.getInt(LENGTH_AT);
  }

  /**
   * Makes room for a call to fill in an address, and returns where it reads and writes the length.
   */
  long prepareToFill() {
    bytes.putShort(FAMILY_AT, (short) Libc.AF_UNSPEC).putInt(LENGTH_AT, STORAGE_BYTES);
    return buffer.address() + LENGTH_AT;
  }

  @Override
  public void close() {
    if (isOpen) {
      isOpen = false;
      buffer.close();
    }
  }
}
