package io.gatehouse.l7.http;

/**
 * Checks the extensions of a chunk (RFC 9112 section 7.1.1), octet by octet: {@code ;name}, {@code
 * ;name=token} or {@code ;name="quoted"}, with white space around {@code ;} and {@code =} as some
 * senders write it. What is no such thing is refused, above all a quoted string that is still open
 * at the end of the line: some parsers look for its end beyond, and see other chunks than the next
 * hop (CVE-2026-33870).
 *
 * <p>Owned by the event loop of its connection; not thread-safe.
 */
final class ChunkExtension {
  private enum State {
    /** Behind a semicolon. */
    BEGIN,
    NAME,
    /** White space behind a name. */
    NAME_ENDED,
    /** Behind an equals sign. */
    VALUE_BEGIN,
    TOKEN,
    QUOTED,
    /** Behind a backslash in a quoted string. */
    QUOTED_PAIR,
    /** Behind a value: only another extension may follow. */
    VALUE_ENDED
  }

  private State state = State.BEGIN;

  /** A semicolon has been read behind a chunk size. */
  void begin() {
    state = State.BEGIN;
  }

  /** Whether the line may end here. */
  boolean mayEnd() {
    return switch (state) {
      case NAME, NAME_ENDED, TOKEN, VALUE_ENDED -> true;
      case BEGIN, VALUE_BEGIN, QUOTED, QUOTED_PAIR -> false;
    };
  }

  /** Goes on by one octet, neither CR nor LF; false if no extension goes on so. */
  boolean accept(byte octet) {
    return switch (state) {
      case BEGIN -> Syntax.isWhitespace(octet) || token(octet, State.NAME);
      case NAME -> token(octet, State.NAME) || behindName(octet);
      case NAME_ENDED -> behindName(octet);
      case VALUE_BEGIN -> Syntax.isWhitespace(octet) || quote(octet) || token(octet, State.TOKEN);
      case TOKEN -> token(octet, State.TOKEN) || behindValue(octet);
      case QUOTED -> quoted(octet);
      case QUOTED_PAIR -> to(State.QUOTED, Syntax.isValueOctet(octet));
      case VALUE_ENDED -> behindValue(octet);
    };
  }

  private boolean to(State next, boolean fits) {
    if (fits) {
      state = next;
    }
    return fits;
  }

  private boolean token(byte octet, State next) {
    return to(next, Syntax.tokenLower(octet) != 0);
  }

  private boolean quote(byte octet) {
    return to(State.QUOTED, octet == '"');
  }

  private boolean behindName(byte octet) {
    return to(State.NAME_ENDED, Syntax.isWhitespace(octet))
        || to(State.VALUE_BEGIN, octet == '=')
        || to(State.BEGIN, octet == ';');
  }

  private boolean behindValue(byte octet) {
    return to(State.VALUE_ENDED, Syntax.isWhitespace(octet)) || to(State.BEGIN, octet == ';');
  }

  private boolean quoted(byte octet) {
    return to(State.VALUE_ENDED, octet == '"')
        || to(State.QUOTED_PAIR, octet == '\\')
        || Syntax.isValueOctet(octet);
  }
}
