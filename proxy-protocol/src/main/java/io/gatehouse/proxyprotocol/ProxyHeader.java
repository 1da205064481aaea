package io.gatehouse.proxyprotocol;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;

/**
 * One PROXY protocol header. Immutable. Every header that the specification calls valid has a value
 * here and encodes back to the same bytes, save for the choice of text for an IPv6 address in v1
 * and the padding after a UNIX path.
 */
public sealed interface ProxyHeader {

  /** The two formats on the wire. */
  enum Version {
    /** One line of text. */
    V1,
    /** Binary. */
    V2
  }

  /** What carried the proxied connection. */
  enum Protocol {
    /** TCP, or a UNIX stream socket. */
    STREAM,
    /** UDP, or a UNIX datagram socket. */
    DGRAM
  }

  /** The format it came in or goes out in. */
  Version version();

  /** The TLVs in their order; empty in v1. */
  List<Tlv> tlvs();

  /** The first TLV of a kind. */
  default <T extends Tlv> Optional<T> first(Class<T> kind) {
    for (Tlv tlv : tlvs()) {
      if (kind.isInstance(tlv)) {
        return Optional.of(kind.cast(tlv));
      }
    }
    return Optional.empty();
  }

  /** The same header with other TLVs. */
  ProxyHeader withTlvs(List<Tlv> tlvs);

  /**
   * The client's address if the header names one by IP; otherwise the connection's own peer counts,
   * as it does for {@code LOCAL}, {@code UNKNOWN}, unspecified and UNIX addresses.
   */
  default Optional<InetSocketAddress> client() {
    return this instanceof Proxied(var v, var p, Addresses.Inet inet, var t)
        ? Optional.of(inet.client())
        : Optional.empty();
  }

  /** A v2 header for a TCP connection between two addresses. */
  static Proxied tcp(InetSocketAddress source, InetSocketAddress destination, Tlv... tlvs) {
    return new Proxied(
        Version.V2, Protocol.STREAM, Addresses.Inet.of(source, destination), List.of(tlvs));
  }

  /** The v2 header of a connection that its sender opened on its own behalf, such as a probe. */
  static Local local(Tlv... tlvs) {
    return new Local(Version.V2, 0, ByteString.EMPTY, List.of(tlvs));
  }

  /**
   * A connection that was not relayed (v2 {@code LOCAL}, such as a health probe) or of which the
   * sender knows nothing (v1 {@code UNKNOWN}). The connection's own addresses count.
   *
   * <p>The receiver must skip what such a header holds. It is nevertheless kept: TLVs where the
   * content reads as a valid address block and TLVs, else all of it in {@code skipped}.
   *
   * @param family the family and protocol byte, which means nothing; 0 in v1
   * @param skipped what stands between the fixed part and the TLVs; in v1 the text between {@code
   *     UNKNOWN} and the end of the line
   */
  record Local(Version version, int family, ByteString skipped, List<Tlv> tlvs)
      implements ProxyHeader {
    /**
     * @throws IllegalArgumentException if a field does not fit the version
     */
    public Local {
      tlvs = checkedTlvs(version, tlvs);
      if (family < 0 || family > 0xff || (version == Version.V1 && family != 0)) {
        throw new IllegalArgumentException(
            "family: %d (expected: a byte; 0 in version 1)".formatted(family));
      }
      if (version == Version.V1) {
        V1Line.checkUnknownText(skipped);
      } else if (!tlvs.isEmpty() && skipped.length() != V2Layout.addressBytes(family)) {
        throw new IllegalArgumentException(
            "skipped: %d bytes (expected: %d, the address block of family 0x%02x, before TLVs)"
                .formatted(skipped.length(), V2Layout.addressBytes(family), family));
      }
    }

    @Override
    public Local withTlvs(List<Tlv> tlvs) {
      return new Local(version, family, skipped, tlvs);
    }
  }

  /** A relayed connection. */
  record Proxied(Version version, Protocol protocol, Addresses addresses, List<Tlv> tlvs)
      implements ProxyHeader {
    /**
     * @throws IllegalArgumentException if version 1 is to carry what it cannot: TLVs, datagrams,
     *     addresses other than IP; or for a protocol other than STREAM with unspecified addresses
     */
    public Proxied {
      tlvs = checkedTlvs(version, tlvs);
      if (version == Version.V1
          && !(protocol == Protocol.STREAM && addresses instanceof Addresses.Inet)) {
        throw new IllegalArgumentException(
            "version 1 header: %s over %s (expected: IP addresses over STREAM)"
                .formatted(addresses, protocol));
      }
      // Unspecified has one code on the wire, whatever carried it.
      if (addresses instanceof Addresses.Unspecified && protocol != Protocol.STREAM) {
        throw new IllegalArgumentException(
            "unspecified addresses over %s (expected: STREAM)".formatted(protocol));
      }
    }

    @Override
    public Proxied withTlvs(List<Tlv> tlvs) {
      return new Proxied(version, protocol, addresses, tlvs);
    }
  }

  private static List<Tlv> checkedTlvs(Version version, List<Tlv> tlvs) {
    if (version == Version.V1 && !tlvs.isEmpty()) {
      throw new IllegalArgumentException("version 1 header: with TLVs (expected: none)");
    }
    int checksums = 0;
    for (Tlv tlv : tlvs) {
      if (tlv instanceof Tlv.Crc32c && ++checksums > 1) {
        throw new IllegalArgumentException("CRC32C TLVs: 2 or more (expected: at most 1)");
      }
    }
    return List.copyOf(tlvs);
  }
}
