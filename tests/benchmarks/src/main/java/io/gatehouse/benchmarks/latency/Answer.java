package io.gatehouse.benchmarks.latency;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/** Finds the end of an HTTP/1.1 answer that states its length and fits into one buffer. */
final class Answer {
  private static final Pattern LENGTH = Pattern.compile("(?i)\r\ncontent-length: *(\\d{1,9})\r\n");
  private static final int HEAD_END = 0x0d0a0d0a;

  private Answer() {}

  /**
   * The length in bytes of the answer that a buffer begins with; -1 if it is not there as a whole.
   *
   * @param received its bytes are those before its position
   * @throws IllegalStateException if it is not a 200 with a Content-Length that fits
   */
  static int length(ByteBuffer received) {
    int headBytes = headBytes(received);
    if (headBytes < 0) {
      return requireRoom(received, received.capacity());
    }
    var head = new String(received.array(), 0, headBytes, StandardCharsets.ISO_8859_1);
    var length = LENGTH.matcher(head);
    if (!head.startsWith("HTTP/1.1 200 ") || !length.find()) {
      throw new IllegalStateException("answer: %s (expected: 200 with a length)".formatted(head));
    }
    int bytes = headBytes + Integer.parseInt(length.group(1));
    return bytes <= received.position() ? bytes : requireRoom(received, bytes);
  }

  private static int headBytes(ByteBuffer received) {
    for (int at = 4; at <= received.position(); at++) {
      if (received.getInt(at - 4) == HEAD_END) {
        return at;
      }
    }
    return -1;
  }

  private static int requireRoom(ByteBuffer received, int bytes) {
    if (!received.hasRemaining() || bytes > received.capacity()) {
      throw new IllegalStateException(
          "answer: longer than %d bytes (expected: at most)".formatted(received.capacity()));
    }
    return -1;
  }
}
