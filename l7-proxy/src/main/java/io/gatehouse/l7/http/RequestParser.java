package io.gatehouse.l7.http;

import io.gatehouse.l7.http.HeadResult.Progress;

/**
 * Reads request heads of HTTP/1.0 and HTTP/1.1, strictly (RFC 9112 sections 2 to 6). After {@link
 * Progress#DONE} the block holds a valid head: origin-form or asterisk-form target (authority-form
 * for CONNECT), one valid Host in lower case (HTTP/1.0 may have none), and {@link #framing()} says
 * how the body is delimited.
 *
 * <p>Owned by the event loop of its connection; not thread-safe.
 */
public final class RequestParser extends HeadParser {
  private static final int BEGIN = 0;
  private static final int BLANK_LF = 1;
  private static final int METHOD = 2;
  private static final int TARGET = 3;
  private static final int VERSION = 4;
  private static final int LINE_LF = 5;

  private static final byte[] HTTP_1 = Syntax.ascii("HTTP/1.");
  private static final long WORD_HTTP_1_1 = Syntax.word(Syntax.ascii("HTTP/1.1"), 0);
  private static final int VERSION_LENGTH = 8;

  private boolean blankLineSeen;
  private int partStart;

  public RequestParser(HeadLimits limits) {
    super(limits);
  }

  @Override
  HeadResult startLine(HeaderBlock out) {
    return switch (state) {
      case BEGIN -> begin(out);
      case BLANK_LF -> lineFeed(out, BEGIN);
      case METHOD -> method(out);
      case TARGET -> target(out);
      case VERSION -> version(out);
      default -> lineFeed(out, FIELD_START);
    };
  }

  @Override
  HeadResult checkHead(HeaderBlock out) {
    HeadResult host = RequestAuthority.check(out);
    if (host instanceof HttpViolation) {
      return host;
    }
    HeadResult connection = ConnectionOptions.read(out);
    if (connection instanceof HttpViolation) {
      return connection;
    }
    HeadResult body = MessageFraming.ofRequest(out, framing);
    boolean bodyOfConnect =
        out.method() == HttpMethod.CONNECT && framing.kind() != BodyFraming.Kind.NONE;
    return bodyOfConnect ? HttpViolation.CONNECT_REFUSED : body;
  }

  @Override
  HttpViolation tooLarge() {
    return state == TARGET ? HttpViolation.TARGET_TOO_LONG : HttpViolation.HEAD_TOO_LARGE;
  }

  /** One empty line may come first: old clients send it after a body (RFC 9112 section 2.2). */
  private HeadResult begin(HeaderBlock out) {
    byte octet = out.bytes()[at];
    if (at == 0) {
      blankLineSeen = false;
    }
    if (octet == Syntax.LF) {
      return HttpViolation.BARE_LF;
    }
    if (octet == Syntax.CR) {
      if (blankLineSeen) {
        return HttpViolation.LEADING_BLANK_LINES;
      }
      blankLineSeen = true;
      at++;
      state = BLANK_LF;
      return Progress.NEED_MORE;
    }
    partStart = at;
    state = METHOD;
    return Progress.NEED_MORE;
  }

  private HeadResult method(HeaderBlock out) {
    byte[] bytes = out.bytes();
    int i = at;
    while (i < loaded && Syntax.tokenLower(bytes[i]) != 0) {
      i++;
    }
    at = i;
    if (i - partStart > HeadLimits.MAX_METHOD_BYTES) {
      return HttpViolation.METHOD_TOO_LONG;
    }
    if (i == loaded) {
      return Progress.NEED_MORE;
    }
    if (bytes[i] != Syntax.SP || i == partStart) {
      return HttpViolation.METHOD_INVALID;
    }
    out.setMethod(partStart, i - partStart);
    at = i + 1;
    partStart = at;
    state = TARGET;
    return Progress.NEED_MORE;
  }

  private HeadResult target(HeaderBlock out) {
    byte[] bytes = out.bytes();
    int i = at;
    while (i < loaded && Syntax.isTargetOctet(bytes[i])) {
      i++;
    }
    at = i;
    if (i - partStart > limits.maxTargetBytes()) {
      return HttpViolation.TARGET_TOO_LONG;
    }
    if (i == loaded) {
      return Progress.NEED_MORE;
    }
    return switch (bytes[i]) {
      case Syntax.SP -> {
        if (i == partStart) {
          yield HttpViolation.SPACE_IN_TARGET;
        }
        out.setTarget(partStart, i - partStart);
        at = i + 1;
        partStart = at;
        state = VERSION;
        yield Progress.NEED_MORE;
      }
      case Syntax.CR -> HttpViolation.VERSION_MISSING;
      case Syntax.LF -> HttpViolation.BARE_LF;
      default -> HttpViolation.TARGET_INVALID;
    };
  }

  private HeadResult version(HeaderBlock out) {
    byte[] bytes = out.bytes();
    if (at == partStart
        && loaded - at > VERSION_LENGTH
        && Syntax.word(bytes, at) == WORD_HTTP_1_1
        && bytes[at + VERSION_LENGTH] == Syntax.CR) {
      out.setVersion(HttpVersion.HTTP_1_1);
      at += VERSION_LENGTH + 1;
      state = LINE_LF;
      return Progress.NEED_MORE;
    }
    return versionOctet(out, bytes[at]);
  }

  /** One octet of a version that isn't loaded whole, isn't 1.1 or is wrong. */
  private HeadResult versionOctet(HeaderBlock out, byte octet) {
    int index = at - partStart;
    if (octet == Syntax.LF) {
      return HttpViolation.BARE_LF;
    }
    if (index == 0 && octet != 'H' && octet != 'h') {
      return octet == Syntax.CR ? HttpViolation.VERSION_MISSING : HttpViolation.SPACE_IN_TARGET;
    }
    boolean minor = index == HTTP_1.length;
    boolean fits =
        switch (index) {
          case 5, 7 -> Syntax.isDigit(octet);
          case VERSION_LENGTH -> octet == Syntax.CR;
          default -> octet == HTTP_1[index];
        };
    if (!fits) {
      return HttpViolation.VERSION_MALFORMED;
    }
    at++;
    if (index == VERSION_LENGTH) {
      return endOfVersion(out);
    }
    if (minor) {
      out.setVersion(octet == '0' ? HttpVersion.HTTP_1_0 : HttpVersion.HTTP_1_1);
    }
    return Progress.NEED_MORE;
  }

  private HeadResult endOfVersion(HeaderBlock out) {
    byte[] bytes = out.bytes();
    byte major = bytes[partStart + 5];
    byte minor = bytes[partStart + 7];
    if (major != '1' || (minor != '0' && minor != '1')) {
      return HttpViolation.VERSION_UNSUPPORTED;
    }
    state = LINE_LF;
    return Progress.NEED_MORE;
  }
}
