package io.gatehouse.proxyprotocol;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;

/** Where a proxied connection came from and went to, as the sender saw it. */
public sealed interface Addresses {

  /**
   * IP addresses and ports, both of one family.
   *
   * <p>An IPv4-mapped IPv6 address stays an {@link Inet6Address} here, so that the header
   * re-encodes to the same bytes; {@link #client()} gives the IPv4 address behind it.
   */
  record Inet(InetSocketAddress source, InetSocketAddress destination) implements Addresses {
    /**
     * @throws IllegalArgumentException if an address is unresolved or the families differ
     */
    public Inet {
      if (source.isUnresolved() || destination.isUnresolved()) {
        throw new IllegalArgumentException(
            "addresses: %s, %s (expected: resolved addresses)".formatted(source, destination));
      }
      if (isV4(source) != isV4(destination)) {
        throw new IllegalArgumentException(
            "addresses: %s, %s (expected: one family; Inet.of maps IPv4 into IPv6)"
                .formatted(source, destination));
      }
    }

    /**
     * Both addresses in one family: if they differ, the IPv4 one is mapped into IPv6 ({@code
     * ::ffff:a.b.c.d}), as other senders do.
     */
    public static Inet of(InetSocketAddress source, InetSocketAddress destination) {
      if (isV4(source) == isV4(destination)) {
        return new Inet(source, destination);
      }
      return new Inet(mapped(source), mapped(destination));
    }

    /** Whether the family is IPv4; IPv6 otherwise. */
    public boolean isIpv4() {
      return isV4(source);
    }

    /** The source, as an IPv4 address where the sender had mapped one into IPv6. */
    public InetSocketAddress client() {
      return unmapped(source);
    }

    private static boolean isV4(InetSocketAddress address) {
      return address.getAddress() instanceof Inet4Address;
    }

    private static InetSocketAddress mapped(InetSocketAddress address) {
      if (!isV4(address)) {
        return address;
      }
      var bytes = new byte[16];
      bytes[10] = (byte) 0xff;
      bytes[11] = (byte) 0xff;
      System.arraycopy(address.getAddress().getAddress(), 0, bytes, 12, 4);
      return new InetSocketAddress(fromBytes(bytes), address.getPort());
    }

    private static InetSocketAddress unmapped(InetSocketAddress address) {
      if (isV4(address)) {
        return address;
      }
      try {
        // The JDK turns an IPv4-mapped address into an Inet4Address here.
        var plain = InetAddress.getByAddress(address.getAddress().getAddress());
        return plain instanceof Inet4Address
            ? new InetSocketAddress(plain, address.getPort())
            : address;
      } catch (UnknownHostException e) {
        throw new AssertionError("4 or 16 bytes are always an address", e);
      }
    }
  }

  /**
   * UNIX socket addresses: up to 108 bytes each, which may open with a NUL (an abstract name). The
   * padding at the end of the wire field is not part of them.
   */
  record Unix(ByteString source, ByteString destination) implements Addresses {
    /** Length of each address on the wire, in bytes. */
    public static final int MAX_PATH_BYTES = 108;

    /**
     * @throws IllegalArgumentException if an address is longer than 108 bytes
     */
    public Unix {
      source = checked(source);
      destination = checked(destination);
    }

    private static ByteString checked(ByteString path) {
      var canonical = path.withoutTrailingNuls();
      if (canonical.length() > MAX_PATH_BYTES) {
        throw new IllegalArgumentException(
            "UNIX address: %d bytes (expected: <= %d)"
                .formatted(canonical.length(), MAX_PATH_BYTES));
      }
      return canonical;
    }
  }

  /** The sender does not say (AF_UNSPEC): the connection's own addresses count. */
  record Unspecified() implements Addresses {}

  /**
   * An address of 4 or 16 bytes. IPv4-mapped IPv6 stays IPv6, unlike with the JDK's own factory.
   */
  static InetAddress fromBytes(byte[] bytes) {
    try {
      return bytes.length == 16
          ? Inet6Address.getByAddress(null, bytes, -1)
          : InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(
          "address: %d bytes (expected: 4 or 16)".formatted(bytes.length), e);
    }
  }
}
