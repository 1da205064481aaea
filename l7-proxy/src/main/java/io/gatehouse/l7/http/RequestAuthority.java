package io.gatehouse.l7.http;

import io.gatehouse.l7.http.HeadResult.Progress;

/**
 * Host and the forms of the request target (RFC 9112 sections 3.2 and 3.3). What goes on is always
 * origin-form (or {@code *} for OPTIONS, host and port for CONNECT) with one Host in lower case.
 *
 * <p>Absolute-form is rewritten: its authority replaces whatever Host said, as the RFC demands.
 * User information is refused (RFC 9110 section 4.2.4), and so is any host octet outside letters,
 * digits and {@code -._~} or a bracketed IP literal: percent-encoding and sub-delimiters in host
 * names are legal but read differently from server to server.
 */
public final class RequestAuthority {
  private static final byte[] HTTP = Syntax.ascii("http://");
  private static final byte[] HTTPS = Syntax.ascii("https://");
  private static final byte[] ROOT = Syntax.ascii("/");
  private static final byte[] ASTERISK = Syntax.ascii("*");
  private static final int MAX_PORT = 65_535;

  private RequestAuthority() {}

  /**
   * Sets Host of a request that doesn't come from {@link RequestParser}, such as one of HTTP/2 from
   * its {@code :authority} (RFC 9113 section 8.3.1), under the same rules.
   *
   * @return {@link HttpViolation#HOST_INVALID} or {@link Progress#DONE}
   */
  public static HeadResult set(HeaderBlock head, byte[] authority, int start, int length) {
    if (length > HeadLimits.MAX_HOST_BYTES) {
      return HttpViolation.HOST_INVALID;
    }
    head.removeAll(HeaderName.HOST);
    head.append(HeaderName.HOST, authority, start, length);
    HeadResult result = checkHost(head, head.find(HeaderName.HOST));
    if (result instanceof HttpViolation) {
      head.removeAll(HeaderName.HOST);
    }
    return result;
  }

  static HeadResult check(HeaderBlock head) {
    int host = head.find(HeaderName.HOST);
    if (host >= 0 && head.find(HeaderName.HOST, host + 1) >= 0) {
      return HttpViolation.HOST_REPEATED;
    }
    if (host < 0 && head.version() != HttpVersion.HTTP_1_0) {
      return HttpViolation.HOST_MISSING;
    }
    if (head.method() == HttpMethod.CONNECT) {
      return authorityForm(head);
    }
    byte first = head.bytes()[head.targetStart()];
    if (first != '/' && !isAsterisk(head)) {
      return absoluteForm(head);
    }
    return host < 0 ? Progress.DONE : checkHost(head, host);
  }

  private static boolean isAsterisk(HeaderBlock head) {
    return head.method() == HttpMethod.OPTIONS
        && head.targetLength() == 1
        && head.bytes()[head.targetStart()] == '*';
  }

  /** The target of CONNECT is a host and a port (RFC 9112 section 3.2.3), and so is its Host. */
  private static HeadResult authorityForm(HeaderBlock head) {
    int start = head.targetStart();
    int length = head.targetLength();
    int host = head.find(HeaderName.HOST);
    if (host < 0 || !isTarget(head, host)) {
      head.removeAll(HeaderName.HOST);
      head.beginField(HeaderName.HOST, length);
      head.putValueFromHere(start, length);
      head.endField();
    }
    HeadResult result = checkHost(head, head.find(HeaderName.HOST));
    if (result instanceof HttpViolation) {
      return result;
    }
    byte last = head.bytes()[start + length - 1];
    return head.hostNameLength() < length && Syntax.isDigit(last)
        ? result
        : HttpViolation.TARGET_FORM;
  }

  private static boolean isTarget(HeaderBlock head, int index) {
    int length = head.targetLength();
    byte[] bytes = head.bytes();
    for (int i = 0; i < length && length == head.valueLength(index); i++) {
      if (Syntax.lower(bytes[head.targetStart() + i])
          != Syntax.lower(bytes[head.valueStart(index) + i])) {
        return false;
      }
    }
    return length == head.valueLength(index);
  }

  private static HeadResult absoluteForm(HeaderBlock head) {
    int start = head.targetStart();
    int end = start + head.targetLength();
    int authority = afterScheme(head);
    if (authority < 0) {
      return HttpViolation.TARGET_FORM;
    }
    byte[] bytes = head.bytes();
    int authorityEnd = authority;
    while (authorityEnd < end && bytes[authorityEnd] != '/' && bytes[authorityEnd] != '?') {
      authorityEnd++;
    }
    head.removeAll(HeaderName.HOST);
    head.beginField(HeaderName.HOST, authorityEnd - authority);
    head.putValueFromHere(authority, authorityEnd - authority);
    head.endField();
    originForm(head, authorityEnd, end);
    return checkHost(head, head.find(HeaderName.HOST));
  }

  /** Where the authority begins, or -1 if this isn't http or https. */
  private static int afterScheme(HeaderBlock head) {
    int start = head.targetStart();
    int length = head.targetLength();
    if (length > HTTP.length && startsWithIgnoreCase(head.bytes(), start, HTTP)) {
      return start + HTTP.length;
    }
    if (length > HTTPS.length && startsWithIgnoreCase(head.bytes(), start, HTTPS)) {
      return start + HTTPS.length;
    }
    return -1;
  }

  private static boolean startsWithIgnoreCase(byte[] bytes, int start, byte[] lower) {
    for (int i = 0; i < lower.length; i++) {
      if (Syntax.lower(bytes[start + i]) != lower[i]) {
        return false;
      }
    }
    return true;
  }

  private static void originForm(HeaderBlock head, int pathStart, int end) {
    if (pathStart == end) {
      byte[] whole = head.method() == HttpMethod.OPTIONS ? ASTERISK : ROOT;
      head.setTarget(whole, 0, whole.length);
    } else if (head.bytes()[pathStart] == '?') {
      // The slash that an empty path stands for; the octet before belongs to the authority, which
      // has been copied into Host.
      head.bytes()[pathStart - 1] = '/';
      head.setTarget(pathStart - 1, end - pathStart + 1);
    } else {
      head.setTarget(pathStart, end - pathStart);
    }
  }

  /** Checks {@code uri-host [ ":" port ]}, puts it in lower case and notes the name's length. */
  static HeadResult checkHost(HeaderBlock head, int index) {
    byte[] bytes = head.bytes();
    int start = head.valueStart(index);
    int end = start + head.valueLength(index);
    if (end - start > HeadLimits.MAX_HOST_BYTES || end == start) {
      return HttpViolation.HOST_INVALID;
    }
    int nameEnd = bytes[start] == '[' ? endOfLiteral(bytes, start, end) : start;
    if (nameEnd == start) {
      while (nameEnd < end && Syntax.isHostOctet(bytes[nameEnd])) {
        bytes[nameEnd] = Syntax.lower(bytes[nameEnd]);
        nameEnd++;
      }
    }
    if (nameEnd == start || !isPort(bytes, nameEnd, end)) {
      return HttpViolation.HOST_INVALID;
    }
    boolean trailingDot = bytes[nameEnd - 1] == '.';
    head.setHostNameLength(nameEnd - start - (trailingDot ? 1 : 0));
    return trailingDot && nameEnd - start == 1 ? HttpViolation.HOST_INVALID : Progress.DONE;
  }

  /** Behind the closing bracket of an IP literal; the start if it isn't one. */
  private static int endOfLiteral(byte[] bytes, int start, int end) {
    int i = start + 1;
    while (i < end && (Syntax.hex(bytes[i]) >= 0 || bytes[i] == ':' || bytes[i] == '.')) {
      bytes[i] = Syntax.lower(bytes[i]);
      i++;
    }
    boolean closed = i < end && bytes[i] == ']' && i - start > 2;
    return closed ? i + 1 : start;
  }

  private static boolean isPort(byte[] bytes, int start, int end) {
    if (start == end) {
      return true;
    }
    if (bytes[start] != ':' || end - start < 2 || end - start > 6) {
      return false;
    }
    int port = 0;
    for (int i = start + 1; i < end; i++) {
      if (!Syntax.isDigit(bytes[i])) {
        return false;
      }
      port = port * 10 + (bytes[i] - '0');
    }
    return port <= MAX_PORT;
  }
}
