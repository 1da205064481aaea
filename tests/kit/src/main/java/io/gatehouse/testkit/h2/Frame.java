package io.gatehouse.testkit.h2;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A frame as it was read (RFC 9113 section 4.1).
 *
 * @param fields of HEADERS that are whole, each as {@code name: value}; else empty
 */
public record Frame(int type, int flags, int streamId, byte[] payload, List<String> fields) {
  public static final int DATA = 0;
  public static final int HEADERS = 1;
  public static final int PRIORITY = 2;
  public static final int RST_STREAM = 3;
  public static final int SETTINGS = 4;
  public static final int PUSH_PROMISE = 5;
  public static final int PING = 6;
  public static final int GOAWAY = 7;
  public static final int WINDOW_UPDATE = 8;
  public static final int CONTINUATION = 9;

  public static final int END_STREAM = 0x1;
  public static final int ACK = 0x1;
  public static final int END_HEADERS = 0x4;
  public static final int PADDED = 0x8;
  public static final int WITH_PRIORITY = 0x20;

  /** Whether it ends its stream. */
  public boolean endsStream() {
    return (type == DATA || type == HEADERS) && (flags & END_STREAM) != 0;
  }

  public boolean isAck() {
    return (flags & ACK) != 0;
  }

  /** The 32-bit number at this place of the payload. */
  public int intAt(int index) {
    return ByteBuffer.wrap(payload).getInt(index);
  }

  /** The error code of RST_STREAM or GOAWAY. */
  public int errorCode() {
    return type == GOAWAY ? intAt(4) : intAt(0);
  }

  /** The status of a response; 0 if there is none. */
  public int status() {
    return fields.stream()
        .filter(field -> field.startsWith(":status: "))
        .mapToInt(field -> Integer.parseInt(field.substring(9)))
        .findFirst()
        .orElse(0);
  }

  public String text() {
    return new String(payload, StandardCharsets.ISO_8859_1);
  }

  @Override
  public String toString() {
    return "type=%d flags=%#x stream=%d length=%d %s"
        .formatted(type, flags, streamId, payload.length, fields);
  }
}
