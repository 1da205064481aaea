package io.gatehouse.l7.http;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads the trailer section of a chunked body (RFC 9112 section 7.1.2), octet by octet and as
 * strictly as a head. Its memory comes with the first trailer field of a connection and stays.
 *
 * <p>Owned by the event loop of its connection; not thread-safe.
 */
final class TrailerReader {
  /** Longest trailer section. */
  static final int MAX_BYTES = 8 * 1024;

  /** Most trailer fields. */
  static final int MAX_FIELDS = 64;

  private static final int INITIAL_LINE_BYTES = 128;

  private enum State {
    LINE_START,
    NAME,
    VALUE,
    LINE_LF,
    END_LF,
    ENDED
  }

  private State state = State.ENDED;
  private byte[] line = {};
  private int lineLength;
  private int nameLength;
  private int sectionBytes;
  private int count;
  private @Nullable HeaderBlock fields;

  /** Begins a section. */
  void begin() {
    state = State.LINE_START;
    sectionBytes = 0;
    count = 0;
  }

  /** Forgets the section that was read last. */
  void clear() {
    state = State.ENDED;
    count = 0;
  }

  boolean hasEnded() {
    return state == State.ENDED;
  }

  /** The fields that were read; null if there are none. Overwritten by the next section. */
  @Nullable HeaderBlock fields() {
    return count == 0 ? null : fields;
  }

  /** Reads one octet. */
  @Nullable HttpViolation next(byte octet) {
    if (++sectionBytes > MAX_BYTES) {
      return HttpViolation.TRAILER_TOO_LARGE;
    }
    return switch (state) {
      case LINE_START -> lineStart(octet);
      case NAME -> name(octet);
      case VALUE -> value(octet);
      case LINE_LF -> {
        state = State.LINE_START;
        yield octet == Syntax.LF ? endOfLine() : HttpViolation.BARE_CR;
      }
      case END_LF, ENDED -> {
        state = State.ENDED;
        yield octet == Syntax.LF ? null : HttpViolation.BARE_CR;
      }
    };
  }

  private @Nullable HttpViolation lineStart(byte octet) {
    if (octet == Syntax.CR) {
      state = State.END_LF;
      return null;
    }
    if (octet == Syntax.LF) {
      return HttpViolation.BARE_LF;
    }
    lineLength = 0;
    nameLength = 0;
    state = State.NAME;
    return name(octet);
  }

  private @Nullable HttpViolation name(byte octet) {
    if (octet == ':' && lineLength > 0) {
      nameLength = lineLength;
      state = State.VALUE;
      return null;
    }
    byte lower = Syntax.tokenLower(octet);
    put(lower);
    return lower == 0 ? HttpViolation.TRAILER_INVALID : null;
  }

  private @Nullable HttpViolation value(byte octet) {
    if (octet == Syntax.CR) {
      state = State.LINE_LF;
      return null;
    }
    boolean leadingSpace = lineLength == nameLength && Syntax.isWhitespace(octet);
    if (!leadingSpace) {
      put(octet);
    }
    if (Syntax.isValueOctet(octet)) {
      return null;
    }
    return octet == Syntax.LF ? HttpViolation.BARE_LF : HttpViolation.TRAILER_INVALID;
  }

  private void put(byte octet) {
    if (lineLength == line.length) {
      line = Arrays.copyOf(line, Math.max(INITIAL_LINE_BYTES, 2 * lineLength));
    }
    line[lineLength++] = octet;
  }

  private @Nullable HttpViolation endOfLine() {
    if (count == MAX_FIELDS) {
      return HttpViolation.TRAILER_TOO_LARGE;
    }
    while (lineLength > nameLength && Syntax.isWhitespace(line[lineLength - 1])) {
      lineLength--;
    }
    if (fields == null) {
      fields = new HeaderBlock(MAX_BYTES);
    }
    if (count++ == 0) {
      fields.reset();
    }
    var broken =
        fields.appendChecked(line, 0, nameLength, line, nameLength, lineLength - nameLength);
    return broken == null ? null : HttpViolation.TRAILER_INVALID;
  }
}
