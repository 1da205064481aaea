package io.gatehouse.l7.http;

import io.netty.buffer.ByteBuf;

/**
 * Frames payload as chunks (RFC 9112 section 7.1), without extensions. A chunk is {@link
 * #writeHeader}, its payload, {@link #writeEnd}; the body is closed by {@link #writeLastChunk}. The
 * end of one chunk and the header of the next may share a buffer.
 */
public final class ChunkWriter {
  /** Most octets of one header: eight hexadecimal digits and CRLF. */
  public static final int MAX_HEADER_BYTES = 10;

  /** Octets of {@link #writeEnd}. */
  public static final int END_BYTES = 2;

  /** Octets of {@link #writeLastChunk}. */
  public static final int LAST_CHUNK_BYTES = 5;

  private static final int CRLF = '\r' << 8 | '\n';
  private static final byte[] LAST_HEADER = Syntax.ascii("0\r\n");
  private static final byte[] LAST_CHUNK = Syntax.ascii("0\r\n\r\n");
  private static final byte[] HEX = Syntax.ascii("0123456789abcdef");

  private ChunkWriter() {}

  /**
   * Writes the line before the payload.
   *
   * @param payloadBytes more than 0: a chunk of 0 would end the body
   */
  public static void writeHeader(ByteBuf out, int payloadBytes) {
    if (payloadBytes <= 0) {
      throw new IllegalArgumentException(
          "payloadBytes: %d (expected: > 0)".formatted(payloadBytes));
    }
    int bits = Integer.SIZE - Integer.numberOfLeadingZeros(payloadBytes);
    for (int shift = (bits - 1) / 4 * 4; shift >= 0; shift -= 4) {
      out.writeByte(HEX[payloadBytes >>> shift & 0xF]);
    }
    out.writeShort(CRLF);
  }

  /** Writes what follows the payload of a chunk. */
  public static void writeEnd(ByteBuf out) {
    out.writeShort(CRLF);
  }

  /** Writes the last chunk and the empty trailer section. */
  public static void writeLastChunk(ByteBuf out) {
    out.writeBytes(LAST_CHUNK);
  }

  /** Writes the last chunk and a trailer section with these fields; borrowed. */
  public static void writeLastChunk(ByteBuf out, HeaderBlock trailers) {
    out.writeBytes(LAST_HEADER);
    HeadWriter.writeFields(trailers, out);
  }
}
