package io.gatehouse.l4;

import io.gatehouse.l4.ServiceConfig.ProxyHeader;
import io.gatehouse.proxyprotocol.Addresses;
import io.gatehouse.proxyprotocol.ByteString;
import io.gatehouse.proxyprotocol.ProxyHeader.Protocol;
import io.gatehouse.proxyprotocol.ProxyHeader.Proxied;
import io.gatehouse.proxyprotocol.ProxyHeader.Version;
import io.gatehouse.proxyprotocol.ProxyHeaderEncoder;
import io.gatehouse.proxyprotocol.Tlv;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The PROXY header that tells an endpoint whose connection this is. Version 2 carries the
 * connection's unique id, under which both tiers log it, and a checksum.
 */
final class HeaderWriter {
  private HeaderWriter() {}

  /** A new buffer that the caller owns; null if the service writes no header. */
  static @Nullable ByteBuf header(
      ProxyHeader kind, Connection connection, ByteBufAllocator allocator) {
    var addresses = Addresses.Inet.of(connection.clientAddress(), connection.localAddress());
    return switch (kind) {
      case NONE -> null;
      case V1 -> encode(Version.V1, addresses, List.of(), allocator);
      case V2 -> {
        var uniqueId = new Tlv.UniqueId(ByteString.utf8(connection.uniqueId()));
        yield encode(Version.V2, addresses, List.of(uniqueId, new Tlv.Crc32c()), allocator);
      }
    };
  }

  private static ByteBuf encode(
      Version version, Addresses.Inet addresses, List<Tlv> tlvs, ByteBufAllocator allocator) {
    return ProxyHeaderEncoder.encode(
        new Proxied(version, Protocol.STREAM, addresses, tlvs), allocator);
  }
}
