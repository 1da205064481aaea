package io.gatehouse.proxyprotocol;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * The networks whose peers may send a PROXY header. Anyone else could claim any address with one,
 * so presence is never guessed: a listener asks here before it reads a byte.
 *
 * <p>Immutable; any thread may ask. A question is a binary search over merged ranges. An
 * IPv4-mapped IPv6 address counts as the IPv4 address it holds, on both sides; an IPv6 network
 * never covers IPv4 addresses.
 */
public final class TrustedPeers {
  /** Trusts nobody. */
  public static final TrustedPeers NONE = new TrustedPeers(List.of(), List.of());

  private static final long MAPPED_PREFIX = 0xffffL;

  // Sorted, disjoint, both ends inclusive. An IPv4 address fills the low 32 bits.
  private final Range[] v4;
  private final Range[] v6;

  private TrustedPeers(List<Range> v4, List<Range> v6) {
    this.v4 = merged(v4);
    this.v6 = merged(v6);
  }

  /**
   * Reads networks such as {@code 10.0.0.0/8}, {@code fd00::/8}, or single addresses.
   *
   * @throws IllegalArgumentException if one is no network; the message says what was expected
   */
  public static TrustedPeers parse(Collection<String> networks) {
    var v4 = new ArrayList<Range>();
    var v6 = new ArrayList<Range>();
    for (String network : networks) {
      parse(network, v4, v6);
    }
    return new TrustedPeers(v4, v6);
  }

  private static void parse(String network, List<Range> v4, List<Range> v6) {
    int slash = network.indexOf('/');
    var text = slash < 0 ? network : network.substring(0, slash);
    boolean isV6 = text.indexOf(':') >= 0;
    byte[] bytes = isV6 ? IpText.parseV6(text) : IpText.parseV4(text);
    if (bytes == null) {
      throw malformed(network, "an address such as 10.0.0.0/8, 192.0.2.7 or fd00::/8");
    }
    int width = bytes.length * 8;
    int prefix = slash < 0 ? width : IpText.parseDecimal(network.substring(slash + 1), width);
    if (prefix < 0) {
      throw malformed(network, "a prefix length of 0 to " + width);
    }
    boolean mapped = isV6 && prefix >= 96 && isMapped(bytes);
    var address = Address.of(bytes);
    // An IPv4 prefix is counted from bit 96 of 128 here.
    var range = Range.of(address, isV6 && !mapped ? prefix : mapped ? prefix : 96 + prefix);
    if (!range.first.equals(address)) {
      throw malformed(network, "no bits set beyond /" + prefix + ", or a longer prefix");
    }
    (isV6 && !mapped ? v6 : v4).add(range);
  }

  private static IllegalArgumentException malformed(String network, String expected) {
    return new IllegalArgumentException(
        "trusted peer: %s (expected: %s)".formatted(network, expected));
  }

  /** Whether a peer of this address may send a header. */
  public boolean contains(InetAddress address) {
    return contains(address.getAddress());
  }

  /**
   * Whether a peer of this address may send a header.
   *
   * @param address 4 or 16 bytes in network order
   * @throws IllegalArgumentException if it has another length
   */
  public boolean contains(byte[] address) {
    if (address.length != 4 && address.length != 16) {
      throw new IllegalArgumentException(
          "address: %d bytes (expected: 4 or 16)".formatted(address.length));
    }
    boolean isV4 = address.length == 4 || isMapped(address);
    return contains(isV4 ? v4 : v6, Address.of(address));
  }

  /** Whether nobody is trusted. */
  public boolean isEmpty() {
    return v4.length == 0 && v6.length == 0;
  }

  private static boolean contains(Range[] ranges, Address address) {
    int low = 0;
    int high = ranges.length - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      var range = ranges[middle];
      if (address.compareTo(range.first) < 0) {
        high = middle - 1;
      } else if (address.compareTo(range.last) > 0) {
        low = middle + 1;
      } else {
        return true;
      }
    }
    return false;
  }

  private static boolean isMapped(byte[] bytes) {
    return number(bytes, 0) == 0 && number(bytes, 8) >>> 32 == MAPPED_PREFIX;
  }

  private static Range[] merged(List<Range> ranges) {
    var sorted = new ArrayList<>(ranges);
    sorted.sort(Comparator.comparing(Range::first));
    var merged = new ArrayList<Range>();
    for (Range range : sorted) {
      if (!merged.isEmpty() && merged.getLast().last.compareTo(range.first) >= 0) {
        // Two networks overlap only if one holds the other.
        if (merged.getLast().last.compareTo(range.last) < 0) {
          merged.set(merged.size() - 1, new Range(merged.getLast().first, range.last));
        }
      } else {
        merged.add(range);
      }
    }
    return merged.toArray(Range[]::new);
  }

  private static long number(byte[] bytes, int from) {
    long value = 0;
    for (int i = from; i < from + 8; i++) {
      value = value << 8 | (bytes[i] & 0xff);
    }
    return value;
  }

  /** 128 bits, compared as an unsigned number. */
  private record Address(long high, long low) implements Comparable<Address> {
    static Address of(byte[] bytes) {
      if (bytes.length == 16) {
        return isMapped(bytes)
            ? new Address(0, number(bytes, 8) & 0xffff_ffffL)
            : new Address(number(bytes, 0), number(bytes, 8));
      }
      var padded = new byte[8];
      System.arraycopy(bytes, 0, padded, 4, 4);
      return new Address(0, number(padded, 0));
    }

    @Override
    public int compareTo(Address other) {
      int byHigh = Long.compareUnsigned(high, other.high);
      return byHigh != 0 ? byHigh : Long.compareUnsigned(low, other.low);
    }
  }

  private record Range(Address first, Address last) {
    static Range of(Address address, int prefix) {
      long highMask = prefix >= 64 ? -1L : prefix == 0 ? 0 : -1L << (64 - prefix);
      long lowMask = prefix <= 64 ? 0 : -1L << (128 - prefix);
      return new Range(
          new Address(address.high & highMask, address.low & lowMask),
          new Address(address.high | ~highMask, address.low | ~lowMask));
    }
  }
}
