package io.gatehouse.health;

import io.netty.buffer.ByteBuf;

/**
 * Reads the status line of an HTTP/1 response (RFC 9112, section 4) as its bytes come, strictly:
 * {@code HTTP/1.x SP 3DIGIT SP reason CRLF}. What follows the line is left unread. Owned by the
 * loop of its channel.
 */
final class StatusLineReader {
  /** Longest line, its end included. */
  static final int MAX_LINE_BYTES = 1024;

  /** Each # is a digit. */
  private static final String START = "HTTP/1.# ### ";

  private static final int STATUS_AT = START.indexOf(" ") + 1;

  private int position;
  private int status;
  private boolean afterCr;

  /** What is known of the line so far. */
  sealed interface Line {}

  /** More bytes are needed. */
  record Incomplete() implements Line {}

  /**
   * @param status 100 to 999
   */
  record Status(int status) implements Line {}

  /**
   * @param cause for the operator
   */
  record Malformed(String cause) implements Line {}

  private static final Line INCOMPLETE = new Incomplete();
  private static final Line NOT_HTTP = new Malformed("the answer is not HTTP/1");
  private static final Line BAD_REASON = new Malformed("the status line has a forbidden byte");
  private static final Line TOO_LONG =
      new Malformed("the status line exceeds %d bytes".formatted(MAX_LINE_BYTES));

  /** Whether any byte of the line has come. */
  boolean begun() {
    return position > 0;
  }

  /** Takes in the readable bytes up to the end of the line. */
  Line read(ByteBuf in) {
    while (in.isReadable()) {
      if (position == MAX_LINE_BYTES) {
        return TOO_LONG;
      }
      byte b = in.readByte();
      if (position < START.length()) {
        if (!fitsStart(b)) {
          return NOT_HTTP;
        }
      } else if (afterCr) {
        return b == '\n' ? new Status(status) : BAD_REASON;
      } else if (b == '\r') {
        afterCr = true;
      } else if (!isReason(b)) {
        return BAD_REASON;
      }
      position++;
    }
    return INCOMPLETE;
  }

  private boolean fitsStart(byte b) {
    char expected = START.charAt(position);
    if (expected != '#') {
      return b == expected;
    }
    if (position >= STATUS_AT) {
      status = status * 10 + (b - '0');
    }
    boolean firstOfStatus = position == STATUS_AT;
    return b >= (firstOfStatus ? '1' : '0') && b <= '9';
  }

  /** HTAB, SP, VCHAR or obs-text. */
  private static boolean isReason(byte b) {
    return b == '\t' || (b >= ' ' && b < 0x7f) || b < 0;
  }
}
