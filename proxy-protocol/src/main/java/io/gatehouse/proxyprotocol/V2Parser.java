package io.gatehouse.proxyprotocol;

import io.gatehouse.proxyprotocol.ProxyHeader.Local;
import io.gatehouse.proxyprotocol.ProxyHeader.Protocol;
import io.gatehouse.proxyprotocol.ProxyHeader.Proxied;
import io.gatehouse.proxyprotocol.ProxyHeader.Version;
import io.netty.buffer.ByteBuf;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Reads one binary header. It looks at each byte of the fixed part as it comes, and at the rest
 * only when the header is whole.
 */
final class V2Parser {
  private final ByteBuf in;
  private final int start;

  private V2Parser(ByteBuf in) {
    this.in = in;
    this.start = in.readerIndex();
  }

  static Decoding decode(ByteBuf in, int maxHeaderBytes) throws RejectedHeaderException {
    return new V2Parser(in).decode(maxHeaderBytes);
  }

  private Decoding decode(int maxHeaderBytes) throws RejectedHeaderException {
    int available = in.readableBytes();
    checkFixedPart(available);
    if (available < V2Layout.FIXED_BYTES) {
      return new Decoding.NeedMore(V2Layout.FIXED_BYTES - available);
    }
    int length = V2Layout.FIXED_BYTES + in.getUnsignedShort(start + V2Layout.LENGTH);
    if (length > maxHeaderBytes) {
      throw new RejectedHeaderException(
          Rejection.TOO_LONG, "header of %d bytes (expected: <= %d)", length, maxHeaderBytes);
    }
    int addressBytes = V2Layout.addressBytes(family());
    if (!isLocal() && length < V2Layout.FIXED_BYTES + addressBytes) {
      throw new RejectedHeaderException(
          Rejection.TOO_SHORT,
          "%d bytes after the fixed part (expected: >= %d for family 0x%02x)",
          length - V2Layout.FIXED_BYTES,
          addressBytes,
          family());
    }
    if (available < length) {
      return new Decoding.NeedMore(length - available);
    }
    var header = isLocal() ? local(length) : proxied(length);
    in.skipBytes(length);
    return new Decoding.Complete(header, length);
  }

  private void checkFixedPart(int available) throws RejectedHeaderException {
    for (int i = 0; i < Math.min(available, V2Layout.signatureLength()); i++) {
      if (in.getByte(start + i) != V2Layout.signatureByte(i)) {
        throw new RejectedHeaderException(
            Rejection.NOT_A_PROXY_HEADER,
            "byte %d is 0x%02x (expected: 0x%02x of the signature)",
            i,
            in.getByte(start + i),
            V2Layout.signatureByte(i));
      }
    }
    if (available > V2Layout.VERSION_AND_COMMAND) {
      checkVersionAndCommand(in.getUnsignedByte(start + V2Layout.VERSION_AND_COMMAND));
    }
    if (available > V2Layout.FAMILY_AND_PROTOCOL
        && !isLocal()
        && V2Layout.addressBytes(family()) < 0) {
      throw new RejectedHeaderException(
          Rejection.BAD_FAMILY,
          "family and protocol 0x%02x (expected: 00, 11, 12, 21, 22, 31 or 32)",
          family());
    }
  }

  private static void checkVersionAndCommand(int versionAndCommand) throws RejectedHeaderException {
    int version = versionAndCommand >> 4;
    int command = versionAndCommand & 0xf;
    if (version != V2Layout.VERSION) {
      throw new RejectedHeaderException(
          Rejection.UNSUPPORTED_VERSION, "version %d (expected: 2)", version);
    }
    if (command != V2Layout.LOCAL && command != V2Layout.PROXY) {
      throw new RejectedHeaderException(
          Rejection.BAD_COMMAND, "command %d (expected: 0 LOCAL or 1 PROXY)", command);
    }
  }

  private boolean isLocal() {
    return (in.getByte(start + V2Layout.VERSION_AND_COMMAND) & 0xf) == V2Layout.LOCAL;
  }

  private int family() {
    return in.getUnsignedByte(start + V2Layout.FAMILY_AND_PROTOCOL);
  }

  /**
   * The content of LOCAL has to be skipped whatever it is. What reads well is kept; only a checksum
   * that reads well and is wrong is refused, since then the length may be wrong too.
   */
  private Local local(int length) throws RejectedHeaderException {
    int tlvStart = V2Layout.FIXED_BYTES + V2Layout.addressBytes(family());
    if (tlvStart >= V2Layout.FIXED_BYTES && tlvStart <= length) {
      var tlvs = tlvsOrNull(tlvStart, length);
      if (tlvs != null) {
        return new Local(Version.V2, family(), bytes(V2Layout.FIXED_BYTES, tlvStart), tlvs);
      }
    }
    return new Local(Version.V2, family(), bytes(V2Layout.FIXED_BYTES, length), List.of());
  }

  private @Nullable List<Tlv> tlvsOrNull(int from, int length) throws RejectedHeaderException {
    try {
      return tlvs(from, length);
    } catch (RejectedHeaderException e) {
      if (e.rejected().reason() == Rejection.BAD_CHECKSUM) {
        throw e;
      }
      return null;
    }
  }

  private Proxied proxied(int length) throws RejectedHeaderException {
    int tlvStart = V2Layout.FIXED_BYTES + V2Layout.addressBytes(family());
    var tlvs = tlvs(tlvStart, length);
    var protocol = (family() & 0xf) == V2Layout.DGRAM ? Protocol.DGRAM : Protocol.STREAM;
    return new Proxied(Version.V2, protocol, addresses(), tlvs);
  }

  private Addresses addresses() {
    int at = V2Layout.FIXED_BYTES;
    int path = Addresses.Unix.MAX_PATH_BYTES;
    return switch (family() >> 4) {
      case V2Layout.INET -> inet(at, 4);
      case V2Layout.INET6 -> inet(at, 16);
      case V2Layout.UNIX ->
          new Addresses.Unix(bytes(at, at + path), bytes(at + path, at + 2 * path));
      default -> new Addresses.Unspecified();
    };
  }

  private Addresses.Inet inet(int at, int size) {
    int ports = start + at + 2 * size;
    return new Addresses.Inet(
        socketAddress(at, size, in.getUnsignedShort(ports)),
        socketAddress(at + size, size, in.getUnsignedShort(ports + 2)));
  }

  private InetSocketAddress socketAddress(int at, int size, int port) {
    return new InetSocketAddress(Addresses.fromBytes(bytes(at, at + size).toByteArray()), port);
  }

  private List<Tlv> tlvs(int from, int end) throws RejectedHeaderException {
    var tlvs = new ArrayList<Tlv>();
    boolean checksum = false;
    int at = from;
    while (at < end) {
      int valueAt = at + V2Layout.TLV_HEAD_BYTES;
      int next = tlvEnd(at, end, "TLV");
      var tlv = tlv(in.getUnsignedByte(start + at), valueAt, next);
      if (tlv instanceof Tlv.Crc32c) {
        if (checksum) {
          throw new RejectedHeaderException(
              Rejection.BAD_TLV, "a second CRC32C at byte %d (expected: at most 1)", at);
        }
        checksum = true;
        verifyChecksum(valueAt, end);
      }
      tlvs.add(tlv);
      at = next;
    }
    return tlvs;
  }

  private int tlvEnd(int at, int end, String what) throws RejectedHeaderException {
    int valueAt = at + V2Layout.TLV_HEAD_BYTES;
    if (valueAt > end) {
      throw new RejectedHeaderException(
          Rejection.BAD_TLV, "%s at byte %d has no room for type and length", what, at);
    }
    int next = valueAt + in.getUnsignedShort(start + at + 1);
    if (next > end) {
      throw new RejectedHeaderException(
          Rejection.BAD_TLV, "%s at byte %d ends at %d (expected: <= %d)", what, at, next, end);
    }
    return next;
  }

  private Tlv tlv(int type, int from, int end) throws RejectedHeaderException {
    return switch (type) {
      case 0x01 -> new Tlv.Alpn(bytes(from, end));
      case 0x02 -> new Tlv.Authority(bytes(from, end));
      case 0x03 -> {
        requireTlv(end - from == V2Layout.CHECKSUM_BYTES, "CRC32C", end - from, "4");
        yield new Tlv.Crc32c();
      }
      case 0x04 -> new Tlv.Noop(bytes(from, end));
      case 0x05 -> {
        requireTlv(end - from <= Tlv.UniqueId.MAX_BYTES, "UNIQUE_ID", end - from, "<= 128");
        yield new Tlv.UniqueId(bytes(from, end));
      }
      case 0x20 -> ssl(from, end);
      case 0x30 -> new Tlv.Netns(bytes(from, end));
      default -> new Tlv.Other(type, bytes(from, end));
    };
  }

  private Tlv.Ssl ssl(int from, int end) throws RejectedHeaderException {
    requireTlv(end - from >= Tlv.Ssl.FIXED_BYTES, "SSL", end - from, ">= 5");
    var subTlvs = new ArrayList<SslTlv>();
    int at = from + Tlv.Ssl.FIXED_BYTES;
    while (at < end) {
      int next = tlvEnd(at, end, "SSL sub-TLV");
      subTlvs.add(
          SslTlv.of(in.getUnsignedByte(start + at), bytes(at + V2Layout.TLV_HEAD_BYTES, next)));
      at = next;
    }
    return new Tlv.Ssl(in.getUnsignedByte(start + from), in.getInt(start + from + 1), subTlvs);
  }

  private static void requireTlv(boolean right, String name, int length, String expected)
      throws RejectedHeaderException {
    if (!right) {
      throw new RejectedHeaderException(
          Rejection.BAD_TLV, "%s TLV of %d bytes (expected: %s)", name, length, expected);
    }
  }

  /** Section 2.2.3: over the whole header, with the checksum's own four bytes as zeros. */
  private void verifyChecksum(int at, int end) throws RejectedHeaderException {
    var crc = new CRC32C();
    crc.update(in.nioBuffer(start, at));
    crc.update(new byte[V2Layout.CHECKSUM_BYTES]);
    int after = at + V2Layout.CHECKSUM_BYTES;
    crc.update(in.nioBuffer(start + after, end - after));
    int found = in.getInt(start + at);
    if (found != (int) crc.getValue()) {
      throw new RejectedHeaderException(
          Rejection.BAD_CHECKSUM,
          "CRC32C is 0x%08x (expected: 0x%08x)",
          found,
          (int) crc.getValue());
    }
  }

  /** A copy of what stands between two offsets from the start of the header. */
  private ByteString bytes(int from, int end) {
    return ByteString.copyOf(in, start + from, end - from);
  }
}
