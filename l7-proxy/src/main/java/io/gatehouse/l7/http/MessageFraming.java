package io.gatehouse.l7.http;

import io.gatehouse.l7.http.HeadResult.Progress;

/**
 * Decides from a head how its body is delimited (RFC 9112 section 6.3), and declares it in a head
 * that goes out. Stricter than the RFC where parsers are known to differ: Content-Length with
 * Transfer-Encoding is refused, so is Content-Length more than once, so is any transfer coding but
 * a single {@code chunked}.
 */
public final class MessageFraming {
  /** Longest Content-Length: what is below 10^18 needs no overflow check. */
  public static final int MAX_LENGTH_DIGITS = 18;

  private static final byte[] CHUNKED = Syntax.ascii("chunked");

  private MessageFraming() {}

  /** Reads the framing of a request. */
  static HeadResult ofRequest(HeaderBlock head, BodyFraming into) {
    into.setNone();
    return declared(head, into);
  }

  /** Reads the framing of a response to a request with this method. */
  static HeadResult ofResponse(HeaderBlock head, HttpMethod requestMethod, BodyFraming into) {
    into.setUntilClose();
    HeadResult result = declared(head, into);
    int status = head.status();
    boolean tunnel = requestMethod == HttpMethod.CONNECT && status < 300;
    if (requestMethod == HttpMethod.HEAD
        || tunnel
        || status < 200
        || status == 204
        || status == 304) {
      into.setNone();
    }
    return result;
  }

  /**
   * Makes a head say how its body goes out: Content-Length, or {@code Transfer-Encoding: chunked},
   * or neither. For {@link BodyFraming.Kind#NONE} a Content-Length stays as it is: in a response to
   * HEAD and in a 304 it tells of a body that isn't sent. Trailer stays only where trailers can
   * follow.
   */
  public static void declare(HeaderBlock head, BodyFraming framing) {
    head.removeAll(HeaderName.TRANSFER_ENCODING);
    if (framing.kind() != BodyFraming.Kind.CHUNKED) {
      head.removeAll(HeaderName.TRAILER);
    }
    switch (framing.kind()) {
      case NONE -> {}
      case LENGTH -> {
        if (!head.contains(HeaderName.CONTENT_LENGTH)) {
          head.appendDecimal(HeaderName.CONTENT_LENGTH, framing.length());
        }
      }
      case CHUNKED -> {
        head.removeAll(HeaderName.CONTENT_LENGTH);
        head.append(HeaderName.TRANSFER_ENCODING, CHUNKED);
      }
      case UNTIL_CLOSE -> head.removeAll(HeaderName.CONTENT_LENGTH);
    }
  }

  /** What the fields say; leaves the framing alone if they say nothing. */
  private static HeadResult declared(HeaderBlock head, BodyFraming into) {
    int length = head.find(HeaderName.CONTENT_LENGTH);
    int coding = head.find(HeaderName.TRANSFER_ENCODING);
    if (coding >= 0) {
      return length >= 0
          ? HttpViolation.LENGTH_WITH_TRANSFER_ENCODING
          : transferEncoding(head, coding, into);
    }
    return length >= 0 ? contentLength(head, length, into) : Progress.DONE;
  }

  private static HeadResult transferEncoding(HeaderBlock head, int index, BodyFraming into) {
    if (head.version() == HttpVersion.HTTP_1_0) {
      return HttpViolation.TRANSFER_ENCODING_IN_HTTP_1_0;
    }
    if (head.find(HeaderName.TRANSFER_ENCODING, index + 1) >= 0) {
      return HttpViolation.TRANSFER_ENCODING_INVALID;
    }
    if (head.valueEqualsIgnoreCase(index, "chunked")) {
      into.setChunked();
      return Progress.DONE;
    }
    byte[] bytes = head.bytes();
    int end = head.valueStart(index) + head.valueLength(index);
    for (int i = head.valueStart(index); i < end; i++) {
      if (Syntax.tokenLower(bytes[i]) == 0) {
        return HttpViolation.TRANSFER_ENCODING_INVALID;
      }
    }
    return head.valueLength(index) == 0
        ? HttpViolation.TRANSFER_ENCODING_INVALID
        : HttpViolation.TRANSFER_ENCODING_UNSUPPORTED;
  }

  private static HeadResult contentLength(HeaderBlock head, int index, BodyFraming into) {
    if (head.find(HeaderName.CONTENT_LENGTH, index + 1) >= 0) {
      return HttpViolation.CONTENT_LENGTH_REPEATED;
    }
    int digits = head.valueLength(index);
    if (digits == 0) {
      return HttpViolation.CONTENT_LENGTH_INVALID;
    }
    byte[] bytes = head.bytes();
    int start = head.valueStart(index);
    for (int i = start; i < start + digits; i++) {
      if (!Syntax.isDigit(bytes[i])) {
        return HttpViolation.CONTENT_LENGTH_INVALID;
      }
    }
    if (digits > MAX_LENGTH_DIGITS) {
      return HttpViolation.CONTENT_LENGTH_OVERFLOW;
    }
    long length = 0;
    for (int i = start; i < start + digits; i++) {
      length = length * 10 + (bytes[i] - '0');
    }
    if (bytes[start] == '0' && digits > 1) {
      // Leading zeros are legal, yet some parsers read them as octal: send our own reading on.
      head.remove(index);
      head.appendDecimal(HeaderName.CONTENT_LENGTH, length);
    }
    into.setLength(length);
    return Progress.DONE;
  }
}
