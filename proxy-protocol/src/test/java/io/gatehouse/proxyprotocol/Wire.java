package io.gatehouse.proxyprotocol;

import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.zip.CRC32C;

/** Headers as bytes, for the tests. */
final class Wire {
  static final String SIGNATURE = "0d0a0d0a000d0a515549540a";
  static final String TCP4 = "21 11";
  static final String TCP4_ADDRESSES = "c0000207 c6336402 d903 01bb";

  private Wire() {}

  /** Bytes of hexadecimal text with spaces. */
  static byte[] hex(String text) {
    return HexFormat.of().parseHex(text.replaceAll("\\s", ""));
  }

  /** A v2 header: version, command and family in hexadecimal, then the content with its length. */
  static byte[] v2(String commandAndFamily, String content) {
    var body = hex(content);
    return concat(
        hex(SIGNATURE + commandAndFamily),
        new byte[] {(byte) (body.length >> 8), (byte) body.length},
        body);
  }

  static byte[] text(String line) {
    return line.getBytes(StandardCharsets.ISO_8859_1);
  }

  static byte[] concat(byte[]... parts) {
    var out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  /** Puts the right CRC-32C into four bytes of a header. */
  static byte[] withChecksumAt(int at, byte[] header) {
    var bytes = header.clone();
    for (int i = 0; i < 4; i++) {
      bytes[at + i] = 0;
    }
    var crc = new CRC32C();
    crc.update(bytes);
    for (int i = 0; i < 4; i++) {
      bytes[at + i] = (byte) (crc.getValue() >>> (24 - 8 * i));
    }
    return bytes;
  }

  static Decoding decode(byte[] bytes) {
    return decode(new ProxyHeaderDecoder(), bytes);
  }

  static Decoding decode(ProxyHeaderDecoder decoder, byte[] bytes) {
    return decoder.decode(Unpooled.wrappedBuffer(bytes));
  }

  static ProxyHeader header(byte[] bytes) {
    return switch (decode(bytes)) {
      case Decoding.Complete(var header, var length) -> header;
      case Decoding other -> throw new AssertionError("no header: " + other);
    };
  }

  static Rejection rejection(byte[] bytes) {
    return switch (decode(bytes)) {
      case Decoding.Rejected(var reason, var message) -> reason;
      case Decoding other -> throw new AssertionError("not refused: " + other);
    };
  }

  static byte[] encode(ProxyHeader header) {
    var out = ProxyHeaderEncoder.encode(header, UnpooledByteBufAllocator.DEFAULT);
    try {
      var bytes = new byte[out.readableBytes()];
      out.readBytes(bytes);
      return bytes;
    } finally {
      out.release();
    }
  }
}
