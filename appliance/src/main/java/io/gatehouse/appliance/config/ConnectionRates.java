package io.gatehouse.appliance.config;

import io.gatehouse.l4.RateLimit;
import io.gatehouse.l4.SourceRateLimit;

/** How many new connections a service takes in a second. */
final class ConnectionRates {
  private static final Key<Integer> PER_SECOND =
      Key.required(
          "perSecond",
          Scalars.whole(1, RateLimit.MAX),
          "New connections per second in the long run.");

  private static final Key<Integer> BURST =
      Key.optional(
          "burst",
          Scalars.whole(1, RateLimit.MAX),
          "`perSecond`",
          "New connections at once after a rest.");

  private static final Key<Integer> IPV4_PREFIX =
      Key.of(
          "ipv4Prefix",
          Scalars.whole(1, 32),
          SourceRateLimit.DEFAULT_IPV4_PREFIX_LENGTH,
          "Bits of an IPv4 address that tell networks apart: 32 counts each address, 24 takes 256"
              + " neighbours for one.");

  private static final Key<Integer> IPV6_PREFIX =
      Key.of(
          "ipv6Prefix",
          Scalars.whole(1, 128),
          SourceRateLimit.DEFAULT_IPV6_PREFIX_LENGTH,
          "Bits of an IPv6 address that tell networks apart. A host can take any address of its"
              + " /64, so more than 64 limits little; 56 or 48 takes a whole site for one.");

  static final Type<RateLimit> OF_SERVICE =
      ObjectType.of("a rate of new connections", ConnectionRates::rate, PER_SECOND, BURST)
          .or(PER_SECOND);

  static final Type<SourceRateLimit> OF_SOURCE =
      ObjectType.of(
              "a rate of new connections per source",
              f -> new SourceRateLimit(rate(f), f.get(IPV4_PREFIX), f.get(IPV6_PREFIX)),
              PER_SECOND,
              BURST,
              IPV4_PREFIX,
              IPV6_PREFIX)
          .or(PER_SECOND);

  private ConnectionRates() {}

  private static RateLimit rate(Fields fields) {
    int perSecond = fields.get(PER_SECOND);
    Integer burst = fields.find(BURST);
    return new RateLimit(perSecond, burst == null ? perSecond : burst);
  }
}
