package io.gatehouse.l7.http;

import io.gatehouse.l7.http.HeadResult.Progress;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * The part of a head that requests and responses share: loading and field lines (RFC 9112 section
 * 5). The start line is the subclass's.
 *
 * <p>One pass: octets are copied into the header block in slabs and read there once, wherever the
 * buffer's boundaries fall, so a head that arrives octet by octet costs no more than one that
 * arrives whole. The caller owns the buffer and lends it; its reader index moves only when the head
 * is whole, past exactly the head. Until then the caller may add octets behind and compact in
 * front, but not consume.
 *
 * <p>Owned by the event loop of its connection; not thread-safe.
 */
public abstract sealed class HeadParser permits RequestParser, ResponseParser {
  /** Heads are mostly shorter than this, and what follows the head is copied in vain. */
  private static final int SLAB_BYTES = 1024;

  // States from FIELD_START on are the field section; the subclass numbers its own from 0 up.
  static final int FIELD_START = 100;
  private static final int FIELD_NAME = 101;
  private static final int FIELD_SPACE = 102;
  private static final int FIELD_VALUE = 103;
  private static final int FIELD_LF = 104;
  private static final int END_LF = 105;
  private static final int WHOLE = 106;

  final HeadLimits limits;
  final BodyFraming framing = new BodyFraming();

  /** Where in the head the parser stands. */
  int state;

  /** Next octet to read, as an offset into the block. */
  int at;

  /** Octets that are loaded into the block. */
  int loaded;

  private int nameStart;
  private int nameLength;
  private int nameHash;
  private int valueStart;
  private @Nullable HttpViolation violation;

  HeadParser(HeadLimits limits) {
    this.limits = limits;
  }

  /**
   * Reads on. The block is reset when a head begins and belongs to the parser until {@link
   * Progress#DONE}; the same block must be given until then.
   *
   * @param in borrowed; consumed up to the end of the head when that is whole, else untouched
   * @param out filled
   * @return {@link Progress#DONE} when the head is whole and valid; a violation is final, and is
   *     returned again until {@link #reset()}
   */
  public final HeadResult parse(ByteBuf in, HeaderBlock out) {
    if (violation != null) {
      return violation;
    }
    if (loaded == 0) {
      out.reset();
    }
    while (true) {
      if (at == loaded && !load(in, out)) {
        return loaded < limits.maxHeadBytes() ? Progress.NEED_MORE : fail(tooLarge());
      }
      HeadResult result = advance(out);
      if (result instanceof HttpViolation broken) {
        return fail(broken);
      }
      if (state == WHOLE) {
        return complete(in, out);
      }
    }
  }

  /** Forgets a head that has begun, for instance before the connection's buffer is reused. */
  public final void reset() {
    state = 0;
    at = 0;
    loaded = 0;
    violation = null;
  }

  /** Whether part of a head has been read, so that the end of input would be a truncation. */
  public final boolean hasBegun() {
    return loaded > 0;
  }

  /** How the body of the head that was read last is delimited; overwritten by the next head. */
  public final BodyFraming framing() {
    return framing;
  }

  /** Reads the start line as far as it is loaded. */
  abstract HeadResult startLine(HeaderBlock out);

  /** Checks what needs the whole head. */
  abstract HeadResult checkHead(HeaderBlock out);

  /** What a head is that has used up its bytes. */
  HttpViolation tooLarge() {
    return HttpViolation.HEAD_TOO_LARGE;
  }

  private HttpViolation fail(HttpViolation broken) {
    violation = broken;
    return broken;
  }

  private boolean load(ByteBuf in, HeaderBlock out) {
    int available = in.readableBytes() - loaded;
    int length = Math.min(Math.min(available, SLAB_BYTES), limits.maxHeadBytes() - loaded);
    if (length <= 0) {
      return false;
    }
    out.load(in, in.readerIndex() + loaded, loaded, length);
    loaded += length;
    return true;
  }

  private HeadResult complete(ByteBuf in, HeaderBlock out) {
    int length = at;
    // Without the empty line, so that appended fields follow the others and go out in one copy.
    out.truncate(length - 2);
    HeadResult result = checkHead(out);
    if (result instanceof HttpViolation broken) {
      return fail(broken);
    }
    in.skipBytes(length);
    reset();
    return result;
  }

  /**
   * Reads until a rule is broken, the head is whole, or what is loaded is used up. Of a state's
   * result only a violation counts; where to go on is in {@link #state} and {@link #at}.
   */
  private HeadResult advance(HeaderBlock out) {
    HeadResult result = Progress.DONE;
    while (at < loaded && state != WHOLE && !(result instanceof HttpViolation)) {
      result =
          switch (state) {
            case FIELD_START -> fieldStart(out);
            case FIELD_NAME -> fieldName(out);
            case FIELD_SPACE -> fieldSpace(out);
            case FIELD_VALUE -> fieldValue(out);
            case FIELD_LF -> lineFeed(out, FIELD_START);
            case END_LF -> lineFeed(out, WHOLE);
            default -> startLine(out);
          };
    }
    return result;
  }

  private HeadResult fieldStart(HeaderBlock out) {
    byte octet = out.bytes()[at];
    if (octet == Syntax.CR) {
      at++;
      state = END_LF;
      return Progress.NEED_MORE;
    }
    if (Syntax.isWhitespace(octet)) {
      return out.count() == 0
          ? HttpViolation.WHITESPACE_BEFORE_FIRST_FIELD
          : HttpViolation.OBS_FOLD;
    }
    if (octet == ':') {
      return HttpViolation.FIELD_NAME_EMPTY;
    }
    if (octet == Syntax.LF) {
      return HttpViolation.BARE_LF;
    }
    if (out.count() == limits.maxHeaders()) {
      return HttpViolation.TOO_MANY_HEADERS;
    }
    nameStart = at;
    nameHash = 0;
    state = FIELD_NAME;
    return Progress.NEED_MORE;
  }

  private HeadResult fieldName(HeaderBlock out) {
    byte[] bytes = out.bytes();
    int i = at;
    int end = loaded;
    int hash = nameHash;
    byte lower;
    while (i < end && (lower = Syntax.tokenLower(bytes[i])) != 0) {
      bytes[i++] = lower;
      hash = Syntax.nameHash(hash, lower);
    }
    at = i;
    nameHash = hash;
    if (i == end) {
      return Progress.NEED_MORE;
    }
    return switch (bytes[i]) {
      case ':' -> {
        nameLength = i - nameStart;
        at = i + 1;
        state = FIELD_SPACE;
        yield Progress.NEED_MORE;
      }
      case Syntax.SP, Syntax.HTAB -> HttpViolation.WHITESPACE_BEFORE_COLON;
      case Syntax.CR, Syntax.LF -> HttpViolation.FIELD_WITHOUT_COLON;
      default -> HttpViolation.FIELD_NAME_INVALID;
    };
  }

  private HeadResult fieldSpace(HeaderBlock out) {
    byte[] bytes = out.bytes();
    while (at < loaded && Syntax.isWhitespace(bytes[at])) {
      at++;
    }
    if (at < loaded) {
      valueStart = at;
      state = FIELD_VALUE;
    }
    return Progress.NEED_MORE;
  }

  private HeadResult fieldValue(HeaderBlock out) {
    byte[] bytes = out.bytes();
    at = Syntax.endOfValue(bytes, at, loaded);
    if (at == loaded) {
      return Progress.NEED_MORE;
    }
    if (bytes[at] != Syntax.CR) {
      return bytes[at] == Syntax.LF ? HttpViolation.BARE_LF : HttpViolation.FIELD_VALUE_INVALID;
    }
    int valueEnd = at;
    while (valueEnd > valueStart && Syntax.isWhitespace(bytes[valueEnd - 1])) {
      valueEnd--;
    }
    out.addField(nameStart, nameLength, valueStart, valueEnd - valueStart, nameHash);
    at++;
    state = FIELD_LF;
    return Progress.NEED_MORE;
  }

  /** The LF that a CR calls for. */
  final HeadResult lineFeed(HeaderBlock out, int next) {
    if (out.bytes()[at] != Syntax.LF) {
      return HttpViolation.BARE_CR;
    }
    at++;
    state = next;
    return Progress.NEED_MORE;
  }
}
