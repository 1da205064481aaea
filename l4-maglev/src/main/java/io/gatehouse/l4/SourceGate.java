package io.gatehouse.l4;

import java.net.InetAddress;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Limits the rate of new connections per source network, in memory that no number of sources can
 * make grow: a table of {@value #SLOTS} theoretical arrival times ({@link ArrivalRate}), 2 MiB. It
 * is a count-min sketch of time [1] with conservative update [2]: each network has two slots, at
 * places that a secret seed decides; its own arrival time is at most the earlier of the two, and
 * that one counts; a connection moves a slot forward only as far as the network itself needs.
 *
 * <p>So nobody gets more than the limit, and somebody may get less only while both of its slots are
 * held by others that are at their limit themselves. With N such networks at one time the share of
 * innocent networks that suffers is (1 - exp(-2 N / {@value #SLOTS})) squared: 0.006 % for 1,000,
 * 0.5 % for 10,000, and for 100,000, when every service needs the rate over all sources as well, 28
 * %. A slot whose time is past holds nobody, so the table need not be cleaned.
 *
 * <p>The seed is drawn anew by each process, so that who collides with whom cannot be planned.
 * Shared by all loops, without a lock: a connection that races with another of its network may get
 * through above the limit, at most one per loop at a time.
 *
 * <p>[1] Cormode and Muthukrishnan, An Improved Data Stream Summary, J. Algorithms 55 (2005). <br>
 * [2] Estan and Varghese, New Directions in Traffic Measurement and Accounting, SIGCOMM 2002.
 */
final class SourceGate {
  static final int SLOTS = 1 << 18;

  private static final int ADDRESS_BYTES = 16;
  private static final int IPV4_BYTES = 4;

  private final ArrivalRate rate;
  private final int ipv4PrefixLength;
  private final int ipv6PrefixLength;
  private final long seed;
  private final AtomicLongArray theoreticalNanos = new AtomicLongArray(SLOTS);

  SourceGate(SourceRateLimit limit, long seed) {
    this.rate = new ArrivalRate(limit.rate());
    this.ipv4PrefixLength = limit.ipv4PrefixLength();
    this.ipv6PrefixLength = limit.ipv6PrefixLength();
    this.seed = seed;
  }

  /**
   * Whether one more connection may come from an address.
   *
   * @param nowNanos not negative
   */
  boolean admits(InetAddress source, long nowNanos) {
    long hash = Hash64.hash(network(source), seed);
    int one = (int) hash & SLOTS - 1;
    int other = (int) (hash >>> Integer.SIZE) & SLOTS - 1;
    while (true) {
      long oneNanos = theoreticalNanos.get(one);
      long otherNanos = theoreticalNanos.get(other);
      boolean oneIsEarlier = oneNanos <= otherNanos;
      long before = Math.min(oneNanos, otherNanos);
      long after = rate.next(before, nowNanos);
      if (after == ArrivalRate.TOO_EARLY) {
        return false;
      }
      if (theoreticalNanos.compareAndSet(oneIsEarlier ? one : other, before, after)) {
        theoreticalNanos.accumulateAndGet(oneIsEarlier ? other : one, after, Math::max);
        return true;
      }
    }
  }

  /** The address without its host bits; IPv4 in the form of IPv6 (RFC 4291 section 2.5.5.2). */
  private byte[] network(InetAddress source) {
    byte[] raw = source.getAddress();
    var network = new byte[ADDRESS_BYTES];
    int bits = raw.length == IPV4_BYTES ? ipv4PrefixLength : ipv6PrefixLength;
    int at = ADDRESS_BYTES - raw.length;
    if (raw.length == IPV4_BYTES) {
      network[at - 1] = (byte) 0xff;
      network[at - 2] = (byte) 0xff;
    }
    System.arraycopy(raw, 0, network, at, bits / Byte.SIZE);
    if (bits % Byte.SIZE != 0) {
      int last = bits / Byte.SIZE;
      network[at + last] = (byte) (raw[last] & 0xff00 >> bits % Byte.SIZE);
    }
    return network;
  }
}
