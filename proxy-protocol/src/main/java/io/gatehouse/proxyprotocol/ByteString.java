package io.gatehouse.proxyprotocol;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/**
 * An immutable sequence of bytes with value equality: what a TLV holds. Nothing is assumed of its
 * content; a NUL is a byte like any other.
 */
public final class ByteString {
  /** No bytes. */
  public static final ByteString EMPTY = new ByteString(new byte[0]);

  private static final int MAX_PRINTED = 64;

  private final byte[] bytes;

  private ByteString(byte[] bytes) {
    this.bytes = bytes;
  }

  /** A copy of {@code bytes}. */
  public static ByteString of(byte... bytes) {
    return bytes.length == 0 ? EMPTY : new ByteString(bytes.clone());
  }

  /** A copy of what the buffer holds from {@code index} to its limit. */
  static ByteString of(ByteBuffer buffer, int index) {
    var bytes = new byte[buffer.limit() - index];
    buffer.get(index, bytes);
    return new ByteString(bytes);
  }

  /** The UTF-8 encoding of {@code text}. */
  public static ByteString utf8(String text) {
    return text.isEmpty() ? EMPTY : new ByteString(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Copies {@code length} bytes from {@code index}; the reader index stays. Borrows the buffer. */
  static ByteString copyOf(ByteBuf buffer, int index, int length) {
    if (length == 0) {
      return EMPTY;
    }
    var bytes = new byte[length];
    buffer.getBytes(index, bytes);
    return new ByteString(bytes);
  }

  /** Number of bytes. */
  public int length() {
    return bytes.length;
  }

  /**
   * The byte at {@code index}.
   *
   * @throws ArrayIndexOutOfBoundsException if there is none
   */
  public byte at(int index) {
    return bytes[index];
  }

  /** A copy. */
  public byte[] toByteArray() {
    return bytes.clone();
  }

  /** A read-only view. */
  public ByteBuffer asByteBuffer() {
    return ByteBuffer.wrap(bytes).asReadOnlyBuffer();
  }

  /**
   * The text, if the bytes are well-formed UTF-8. Peers send other bytes too (Envoy
   * CVE-2024-23324), so there is no conversion that loses any.
   */
  public Optional<String> asUtf8() {
    try {
      var text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      return Optional.of(text.toString());
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }

  void writeTo(ByteBuf out) {
    out.writeBytes(bytes);
  }

  ByteString withoutTrailingNuls() {
    int end = bytes.length;
    while (end > 0 && bytes[end - 1] == 0) {
      end--;
    }
    return end == bytes.length ? this : of(Arrays.copyOf(bytes, end));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ByteString that && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /** Hexadecimal, cut after 64 bytes: safe to log whatever the peer sent. */
  @Override
  public String toString() {
    if (bytes.length <= MAX_PRINTED) {
      return HexFormat.of().formatHex(bytes);
    }
    return HexFormat.of().formatHex(bytes, 0, MAX_PRINTED) + "… (" + bytes.length + " bytes)";
  }
}
