package io.gatehouse.l4;

import io.gatehouse.l4.ClientHello.Hello;
import io.gatehouse.l4.ServiceConfig.ProxyHeader;
import io.gatehouse.proxyprotocol.Addresses;
import io.gatehouse.proxyprotocol.ByteString;
import io.gatehouse.proxyprotocol.ProxyHeader.Protocol;
import io.gatehouse.proxyprotocol.ProxyHeader.Proxied;
import io.gatehouse.proxyprotocol.ProxyHeader.Version;
import io.gatehouse.proxyprotocol.ProxyHeaderEncoder;
import io.gatehouse.proxyprotocol.SignedOrigin;
import io.gatehouse.proxyprotocol.Tlv;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes the PROXY header that tells an endpoint whose connection this is. Immutable; any thread.
 */
final class HeaderWriter {
  /**
   * Room that any header fits into: addresses of IPv6, the longest unique id and server name, the
   * longest protocol, signature and checksum take 734 bytes.
   */
  static final int MAX_BYTES = 1024;

  private final @Nullable SignedOrigin origin;

  /**
   * @param origin signs where a route asks for it; null if none does
   */
  HeaderWriter(@Nullable SignedOrigin origin) {
    this.origin = origin;
  }

  /**
   * Writes the header at the position of {@code into}, which moves behind it.
   *
   * @param uniqueId the connection's name
   * @param hello what the client's first bytes said; null if they were not waited for
   * @param nowMillis since the epoch, for the signature
   * @param into has room for {@value #MAX_BYTES} bytes
   * @return the length of the header, in bytes; 0 if the route has none
   */
  int write(
      Route route,
      InetSocketAddress client,
      InetSocketAddress local,
      String uniqueId,
      ClientHello.@Nullable Result hello,
      long nowMillis,
      ByteBuffer into) {
    if (route.proxyProtocol() == ProxyHeader.NONE) {
      return 0;
    }
    var addresses = Addresses.Inet.of(client, local);
    if (route.proxyProtocol() == ProxyHeader.V1) {
      return ProxyHeaderEncoder.encode(
          new Proxied(Version.V1, Protocol.STREAM, addresses, List.of()), into);
    }
    var tlvs = tlvs(route.proxyTlvs(), uniqueId, hello);
    io.gatehouse.proxyprotocol.ProxyHeader header =
        new Proxied(Version.V2, Protocol.STREAM, addresses, tlvs);
    if (origin != null && route.proxyTlvs().contains(HeaderTlv.SIGNED_ORIGIN)) {
      header = origin.sign(header, nowMillis);
    }
    return ProxyHeaderEncoder.encode(header, into);
  }

  private static List<Tlv> tlvs(
      Set<HeaderTlv> wanted, String uniqueId, ClientHello.@Nullable Result hello) {
    List<Tlv> tlvs = new ArrayList<>(HeaderTlv.values().length);
    if (hello instanceof Hello(String name, List<String> protocols)) {
      if (wanted.contains(HeaderTlv.AUTHORITY) && name != null) {
        tlvs.add(new Tlv.Authority(name));
      }
      if (wanted.contains(HeaderTlv.ALPN) && !protocols.isEmpty()) {
        byte[] first = protocols.getFirst().getBytes(StandardCharsets.ISO_8859_1);
        tlvs.add(new Tlv.Alpn(ByteString.of(first)));
      }
    }
    if (wanted.contains(HeaderTlv.UNIQUE_ID)) {
      tlvs.add(new Tlv.UniqueId(ByteString.utf8(uniqueId)));
    }
    if (wanted.contains(HeaderTlv.CRC32C)) {
      tlvs.add(new Tlv.Crc32c());
    }
    return tlvs;
  }
}
