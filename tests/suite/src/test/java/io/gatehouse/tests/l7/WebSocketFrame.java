package io.gatehouse.tests.l7;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32;

/**
 * A frame of a WebSocket (RFC 6455 section 5.2), valid or not.
 *
 * @param head the first octet: FIN, the reserved bits and the opcode
 */
record WebSocketFrame(int head, byte[] payload) {
  static final int CONTINUATION = 0;
  static final int TEXT = 1;
  static final int BINARY = 2;
  static final int CLOSE = 8;
  static final int PING = 9;
  static final int PONG = 10;

  private static final int FIN = 0x80;
  private static final int MASKED = 0x80;
  private static final byte[] MASK = {0x12, 0x34, 0x56, 0x78};

  private static final int SHOWN_CHARACTERS = 24;

  static WebSocketFrame of(int opcode, byte[] payload) {
    return new WebSocketFrame(FIN | opcode, payload);
  }

  static WebSocketFrame of(int opcode, String text) {
    return of(opcode, text.getBytes(UTF_8));
  }

  /** Further frames of its message follow. */
  static WebSocketFrame begun(int opcode, String text) {
    return new WebSocketFrame(opcode, text.getBytes(UTF_8));
  }

  static WebSocketFrame close(int code, String reason) {
    byte[] text = reason.getBytes(UTF_8);
    return of(CLOSE, ByteBuffer.allocate(2 + text.length).putShort((short) code).put(text).array());
  }

  WebSocketFrame withReserved(int bits) {
    return new WebSocketFrame(head | bits << 4, payload);
  }

  int opcode() {
    return head & 0xF;
  }

  /** As a client sends it, masked. */
  byte[] octets() {
    int length = payload.length;
    var octets = ByteBuffer.allocate(14 + length).put((byte) head);
    if (length < 126) {
      octets.put((byte) (MASKED | length));
    } else if (length < 65_536) {
      octets.put((byte) (MASKED | 126)).putShort((short) length);
    } else {
      octets.put((byte) (MASKED | 127)).putLong(length);
    }
    octets.put(MASK);
    for (int i = 0; i < length; i++) {
      octets.put((byte) (payload[i] ^ MASK[i & 3]));
    }
    return Arrays.copyOf(octets.array(), octets.position());
  }

  /**
   * Reads one as a server sends it.
   *
   * @throws EOFException at the end
   */
  static WebSocketFrame read(DataInputStream in) throws IOException {
    int head = in.readUnsignedByte();
    int length = in.readUnsignedByte();
    if ((length & MASKED) != 0) {
      throw new IOException("a server masks");
    }
    long bytes =
        switch (length) {
          case 126 -> in.readUnsignedShort();
          case 127 -> in.readLong();
          default -> length;
        };
    var payload = new byte[Math.toIntExact(bytes)];
    in.readFully(payload);
    return new WebSocketFrame(head, payload);
  }

  /** Such as {@code text 'Hello'} or {@code binary 65536 octets, crc 1b2c3d4e}. */
  @Override
  public String toString() {
    String kind =
        switch (opcode()) {
          case CONTINUATION -> "continuation";
          case TEXT -> "text";
          case BINARY -> "binary";
          case CLOSE -> "close";
          case PING -> "ping";
          case PONG -> "pong";
          default -> "opcode " + opcode();
        };
    String flags = ((head & FIN) == 0 ? "begun " : "") + ((head & 0x70) == 0 ? "" : "reserved ");
    if (opcode() == CLOSE) {
      return payload.length < 2
          ? "close"
          : "close %d".formatted(ByteBuffer.wrap(payload).getShort() & 0xFFFF);
    }
    return flags + kind + " " + shown();
  }

  private String shown() {
    var text = new String(payload, UTF_8);
    boolean plain =
        text.length() <= SHOWN_CHARACTERS && text.chars().allMatch(c -> c >= ' ' && c < 0x7F);
    if (plain) {
      return "'" + text + "'";
    }
    var crc = new CRC32();
    crc.update(payload);
    return "%d octets, crc %08x".formatted(payload.length, crc.getValue());
  }
}
