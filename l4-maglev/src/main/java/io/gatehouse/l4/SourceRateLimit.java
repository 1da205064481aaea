package io.gatehouse.l4;

/**
 * How many new connections may come from one network. The defaults of the prefixes are one IPv4
 * address and one IPv6 subnet, since a host can take any address of its /64 (RFC 6177, RFC 7421).
 *
 * @param rate of each network
 * @param ipv4PrefixLength bits of an IPv4 address that tell networks apart, 1 to 32
 * @param ipv6PrefixLength bits of an IPv6 address that tell networks apart, 1 to 128
 */
public record SourceRateLimit(RateLimit rate, int ipv4PrefixLength, int ipv6PrefixLength) {
  public static final int DEFAULT_IPV4_PREFIX_LENGTH = 32;
  public static final int DEFAULT_IPV6_PREFIX_LENGTH = 64;

  public SourceRateLimit {
    requireInRange("ipv4PrefixLength", ipv4PrefixLength, 32);
    requireInRange("ipv6PrefixLength", ipv6PrefixLength, 128);
  }

  private static void requireInRange(String name, int value, int most) {
    if (value < 1 || value > most) {
      throw new IllegalArgumentException("%s: %d (expected: 1 to %d)".formatted(name, value, most));
    }
  }
}
