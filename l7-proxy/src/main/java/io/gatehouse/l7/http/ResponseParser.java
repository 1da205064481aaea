package io.gatehouse.l7.http;

import io.gatehouse.l7.http.HeadResult.Progress;
import io.netty.buffer.ByteBuf;

/**
 * Reads response heads of HTTP/1.0 and HTTP/1.1 with the strictness of {@link RequestParser}: an
 * upstream that is read two ways poisons whoever shares its connection. Call {@link #expect} before
 * each response; an interim response (1xx) comes as a head of its own, and the next {@link
 * #parse(ByteBuf, HeaderBlock)} reads what follows it.
 *
 * <p>Owned by the event loop of its connection; not thread-safe.
 */
public final class ResponseParser extends HeadParser {
  private static final int STATUS_LINE = 0;
  private static final int REASON = 1;
  private static final int LINE_LF = 2;

  private static final byte[] HTTP_1 = Syntax.ascii("HTTP/1.");
  private static final int MINOR = 7;
  private static final int STATUS = 9;
  private static final int AFTER_STATUS = 12;

  private HttpMethod requestMethod = HttpMethod.GET;

  public ResponseParser(HeadLimits limits) {
    super(limits);
  }

  /** Says which request the next response answers: what follows a head depends on it. */
  public void expect(HttpMethod method) {
    requestMethod = method;
  }

  @Override
  HeadResult startLine(HeaderBlock out) {
    return switch (state) {
      case STATUS_LINE -> statusLine(out);
      case REASON -> reason(out);
      default -> lineFeed(out, FIELD_START);
    };
  }

  @Override
  HeadResult checkHead(HeaderBlock out) {
    HeadResult connection = ConnectionOptions.read(out);
    return connection instanceof HttpViolation
        ? connection
        : MessageFraming.ofResponse(out, requestMethod, framing);
  }

  private HeadResult statusLine(HeaderBlock out) {
    byte[] bytes = out.bytes();
    while (at < loaded) {
      byte octet = bytes[at];
      if (at == AFTER_STATUS) {
        return endOfStatus(out, octet);
      }
      boolean fits =
          switch (at) {
            case MINOR -> octet == '0' || octet == '1';
            case STATUS - 1 -> octet == Syntax.SP;
            case STATUS -> octet >= '1' && octet <= '5';
            case STATUS + 1, STATUS + 2 -> Syntax.isDigit(octet);
            default -> octet == HTTP_1[at];
          };
      if (!fits) {
        return HttpViolation.STATUS_LINE_INVALID;
      }
      at++;
    }
    return Progress.NEED_MORE;
  }

  /** The space before the reason may be missing along with the reason: many servers do that. */
  private HeadResult endOfStatus(HeaderBlock out, byte octet) {
    byte[] bytes = out.bytes();
    out.setVersion(bytes[MINOR] == '0' ? HttpVersion.HTTP_1_0 : HttpVersion.HTTP_1_1);
    int code =
        (bytes[STATUS] - '0') * 100 + (bytes[STATUS + 1] - '0') * 10 + (bytes[STATUS + 2] - '0');
    out.setStatus(code, AFTER_STATUS + 1, 0);
    at++;
    if (octet == Syntax.SP) {
      state = REASON;
      return Progress.NEED_MORE;
    }
    state = LINE_LF;
    return octet == Syntax.CR ? Progress.NEED_MORE : HttpViolation.STATUS_LINE_INVALID;
  }

  private HeadResult reason(HeaderBlock out) {
    byte[] bytes = out.bytes();
    at = Syntax.endOfValue(bytes, at, loaded);
    if (at == loaded) {
      return Progress.NEED_MORE;
    }
    if (bytes[at] != Syntax.CR) {
      return bytes[at] == Syntax.LF ? HttpViolation.BARE_LF : HttpViolation.STATUS_LINE_INVALID;
    }
    out.setStatus(out.status(), AFTER_STATUS + 1, at - AFTER_STATUS - 1);
    at++;
    state = LINE_LF;
    return Progress.NEED_MORE;
  }
}
