package io.gatehouse.proxyprotocol;

import io.gatehouse.proxyprotocol.ProxyHeader.Local;
import io.gatehouse.proxyprotocol.ProxyHeader.Protocol;
import io.gatehouse.proxyprotocol.ProxyHeader.Proxied;
import io.gatehouse.proxyprotocol.ProxyHeader.Version;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Writes PROXY headers: the exact length first, then one write. The length on the wire is that of
 * what is emitted, so no TLV can spill into the stream behind it (Envoy CVE-2026-47692).
 */
public final class ProxyHeaderEncoder {
  private ProxyHeaderEncoder() {}

  /**
   * Encodes into a new buffer of the exact size, which the caller owns.
   *
   * @throws IllegalArgumentException if a v2 header exceeds the 65535 bytes that its length field
   *     can name
   */
  public static ByteBuf encode(ProxyHeader header, ByteBufAllocator allocator) {
    if (header.version() == Version.V1) {
      var line = V1Line.format(header);
      var out = allocator.buffer(line.length(), line.length());
      out.writeCharSequence(line, StandardCharsets.ISO_8859_1);
      return out;
    }
    int length = v2Length(header);
    var out = allocator.buffer(length, length);
    writeV2(header, length, out);
    assert out.readableBytes() == length;
    return out;
  }

  /**
   * Encodes at the position of {@code into}, which moves behind the header. Borrows the buffer,
   * which may be memory of the system's.
   *
   * @return the length of the header, in bytes
   * @throws IllegalArgumentException as the other does, or if the header does not fit
   */
  public static int encode(ProxyHeader header, ByteBuffer into) {
    int length = encodedLength(header);
    if (length > into.remaining()) {
      throw new IllegalArgumentException(
          "PROXY header: %d bytes (expected: <= %d, the room in the buffer)"
              .formatted(length, into.remaining()));
    }
    var out = Unpooled.wrappedBuffer(into.slice(into.position(), length)).clear();
    if (header.version() == Version.V1) {
      out.writeCharSequence(V1Line.format(header), StandardCharsets.ISO_8859_1);
    } else {
      writeV2(header, length, out);
    }
    assert out.readableBytes() == length;
    out.release();
    into.position(into.position() + length);
    return length;
  }

  /**
   * Length of the encoded header, in bytes.
   *
   * @throws IllegalArgumentException as {@link #encode} does
   */
  public static int encodedLength(ProxyHeader header) {
    return header.version() == Version.V1 ? V1Line.format(header).length() : v2Length(header);
  }

  private static int v2Length(ProxyHeader header) {
    long length =
        switch (header) {
          case Local local -> local.skipped().length();
          case Proxied proxied -> V2Layout.addressBytes(family(proxied));
        };
    for (Tlv tlv : header.tlvs()) {
      length += V2Layout.TLV_HEAD_BYTES + valueLength(tlv);
    }
    if (length > V2Layout.MAX_LENGTH) {
      throw new IllegalArgumentException(
          "PROXY header: %d bytes of addresses and TLVs (expected: <= %d)"
              .formatted(length, V2Layout.MAX_LENGTH));
    }
    return (int) (V2Layout.FIXED_BYTES + length);
  }

  private static int valueLength(Tlv tlv) {
    return switch (tlv) {
      case Tlv.Crc32c() -> V2Layout.CHECKSUM_BYTES;
      case Tlv.Ssl ssl -> ssl.length();
      case Tlv.Alpn(var value) -> value.length();
      case Tlv.Authority(var value) -> value.length();
      case Tlv.Noop(var value) -> value.length();
      case Tlv.UniqueId(var value) -> value.length();
      case Tlv.Netns(var value) -> value.length();
      case Tlv.Other(var type, var value) -> value.length();
    };
  }

  private static int family(Proxied header) {
    int family =
        switch (header.addresses()) {
          case Addresses.Inet inet -> inet.isIpv4() ? V2Layout.INET : V2Layout.INET6;
          case Addresses.Unix unix -> V2Layout.UNIX;
          case Addresses.Unspecified() -> 0;
        };
    if (family == 0) {
      return V2Layout.UNSPECIFIED;
    }
    return family << 4 | (header.protocol() == Protocol.STREAM ? V2Layout.STREAM : V2Layout.DGRAM);
  }

  private static void writeV2(ProxyHeader header, int length, ByteBuf out) {
    for (int i = 0; i < V2Layout.signatureLength(); i++) {
      out.writeByte(V2Layout.signatureByte(i));
    }
    switch (header) {
      case Local local -> {
        writeFixedPart(V2Layout.LOCAL, local.family(), length, out);
        local.skipped().writeTo(out);
      }
      case Proxied proxied -> {
        writeFixedPart(V2Layout.PROXY, family(proxied), length, out);
        writeAddresses(proxied.addresses(), out);
      }
    }
    int checksumAt = writeTlvs(header.tlvs(), out);
    if (checksumAt >= 0) {
      var crc = new CRC32C();
      crc.update(out.nioBuffer(0, length));
      out.setInt(checksumAt, (int) crc.getValue());
    }
  }

  private static void writeFixedPart(int command, int family, int length, ByteBuf out) {
    out.writeByte(V2Layout.VERSION << 4 | command);
    out.writeByte(family);
    out.writeShort(length - V2Layout.FIXED_BYTES);
  }

  private static void writeAddresses(Addresses addresses, ByteBuf out) {
    switch (addresses) {
      case Addresses.Inet(InetSocketAddress source, InetSocketAddress destination) -> {
        out.writeBytes(source.getAddress().getAddress());
        out.writeBytes(destination.getAddress().getAddress());
        out.writeShort(source.getPort());
        out.writeShort(destination.getPort());
      }
      case Addresses.Unix(ByteString source, ByteString destination) -> {
        writePadded(source, out);
        writePadded(destination, out);
      }
      case Addresses.Unspecified() -> {}
    }
  }

  private static void writePadded(ByteString path, ByteBuf out) {
    path.writeTo(out);
    out.writeZero(Addresses.Unix.MAX_PATH_BYTES - path.length());
  }

  /** Returns the index of the checksum's value, which is zero for now, or -1. */
  private static int writeTlvs(List<Tlv> tlvs, ByteBuf out) {
    int checksumAt = -1;
    for (Tlv tlv : tlvs) {
      out.writeByte(tlv.type());
      out.writeShort(valueLength(tlv));
      switch (tlv) {
        case Tlv.Crc32c() -> {
          checksumAt = out.writerIndex();
          out.writeZero(V2Layout.CHECKSUM_BYTES);
        }
        case Tlv.Ssl ssl -> writeSsl(ssl, out);
        case Tlv.Alpn(var value) -> value.writeTo(out);
        case Tlv.Authority(var value) -> value.writeTo(out);
        case Tlv.Noop(var value) -> value.writeTo(out);
        case Tlv.UniqueId(var value) -> value.writeTo(out);
        case Tlv.Netns(var value) -> value.writeTo(out);
        case Tlv.Other(var type, var value) -> value.writeTo(out);
      }
    }
    return checksumAt;
  }

  private static void writeSsl(Tlv.Ssl ssl, ByteBuf out) {
    out.writeByte(ssl.client());
    out.writeInt(ssl.verify());
    for (SslTlv tlv : ssl.tlvs()) {
      out.writeByte(tlv.type());
      out.writeShort(tlv.value().length());
      tlv.value().writeTo(out);
    }
  }
}
