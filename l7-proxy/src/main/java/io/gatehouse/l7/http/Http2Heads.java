package io.gatehouse.l7.http;

import io.gatehouse.l7.Upgrade;
import io.gatehouse.l7.http.HeadResult.Progress;
import io.netty.util.AsciiString;
import org.jspecify.annotations.Nullable;

/**
 * Makes heads of HTTP/2 what heads of HTTP/1.1 are after their parser: the start line from the
 * pseudo-header fields, one Host in lower case, the framing of the body. As strict as {@link
 * RequestParser}, by the rules of RFC 9113 sections 8.1 to 8.3, so that nothing can be said in
 * HTTP/2 that HTTP/1.1 would not be allowed to say to a backend.
 *
 * <p>The block holds the other fields already, each with a valid name and value.
 */
public final class Http2Heads {
  private static final HeaderName[] OF_A_CONNECTION = {
    HeaderName.CONNECTION,
    HeaderName.KEEP_ALIVE,
    HeaderName.PROXY_CONNECTION,
    HeaderName.TRANSFER_ENCODING,
    HeaderName.UPGRADE
  };

  private static final byte[] CRUMB_SEPARATOR = Syntax.ascii("; ");
  private static final AsciiString GET = AsciiString.cached("GET");
  private static final AsciiString WEBSOCKET = AsciiString.cached("websocket");
  private static final AsciiString HTTP = AsciiString.cached("http");
  private static final AsciiString HTTPS = AsciiString.cached("https");

  private Http2Heads() {}

  /**
   * Completes the head of a request. An extended CONNECT for a WebSocket (RFC 8441) becomes what it
   * is in HTTP/1.1: a GET without a body that asks for an {@link Upgrade}.
   *
   * @param endStream whether no body follows
   * @param framing set to how the body is delimited; unknown lengths are {@link
   *     BodyFraming.Kind#CHUNKED}
   * @return done or the first rule that is broken
   */
  public static HeadResult request(
      HeaderBlock head,
      @Nullable AsciiString method,
      @Nullable AsciiString scheme,
      @Nullable AsciiString authority,
      @Nullable AsciiString path,
      @Nullable AsciiString protocol,
      boolean endStream,
      HeadLimits limits,
      BodyFraming framing) {
    if (method == null) {
      return HttpViolation.PSEUDO_FIELD_MISSING;
    }
    HttpViolation violation = startLine(head, method, scheme, path, protocol, limits);
    if (violation == null) {
      violation = connectionFields(head);
    }
    if (violation == null) {
      violation = host(head, authority);
    }
    if (violation != null) {
      return violation;
    }
    joinCookies(head);
    return requestFraming(head, endStream, framing);
  }

  /**
   * Completes the head of a response.
   *
   * @param requestMethod of the request that it answers
   * @param endStream whether no body follows
   * @param framing set to how the body is delimited; unknown lengths are {@link
   *     BodyFraming.Kind#CHUNKED}
   * @return done or the first rule that is broken
   */
  public static HeadResult response(
      HeaderBlock head,
      @Nullable AsciiString status,
      HttpMethod requestMethod,
      boolean endStream,
      BodyFraming framing) {
    if (status == null) {
      return HttpViolation.PSEUDO_FIELD_MISSING;
    }
    int code = statusCode(status);
    if (code < 0) {
      return HttpViolation.STATUS_LINE_INVALID;
    }
    HttpViolation violation = connectionFields(head);
    if (violation != null) {
      return violation;
    }
    head.startResponse(HttpVersion.HTTP_2, code);
    HeadResult result = MessageFraming.ofResponse(head, requestMethod, framing);
    if (result instanceof HttpViolation) {
      return result;
    }
    if (code < 200) {
      // An interim head never ends the stream (RFC 9113 section 8.1).
      return endStream ? HttpViolation.BODY_LENGTH_MISMATCH : Progress.DONE;
    }
    boolean bodyMayBe = framing.kind() != BodyFraming.Kind.NONE;
    if (endStream && framing.kind() == BodyFraming.Kind.LENGTH) {
      return HttpViolation.BODY_LENGTH_MISMATCH;
    }
    if (endStream) {
      framing.setNone();
    } else if (bodyMayBe && framing.kind() != BodyFraming.Kind.LENGTH) {
      framing.setChunked();
    }
    return Progress.DONE;
  }

  /**
   * Checks a trailer section.
   *
   * @param hasPseudoFields whether it holds any pseudo-header field
   * @return done or {@link HttpViolation#TRAILER_INVALID}
   */
  public static HeadResult trailers(HeaderBlock trailers, boolean hasPseudoFields) {
    boolean valid =
        !hasPseudoFields
            && connectionFields(trailers) == null
            && !trailers.contains(HeaderName.CONTENT_LENGTH)
            && !trailers.contains(HeaderName.HOST);
    return valid ? Progress.DONE : HttpViolation.TRAILER_INVALID;
  }

  private static @Nullable HttpViolation startLine(
      HeaderBlock head,
      AsciiString method,
      @Nullable AsciiString scheme,
      @Nullable AsciiString path,
      @Nullable AsciiString protocol,
      HeadLimits limits) {
    if (method.length() > HeadLimits.MAX_METHOD_BYTES) {
      return HttpViolation.METHOD_TOO_LONG;
    }
    if (!isToken(method)) {
      return HttpViolation.METHOD_INVALID;
    }
    boolean webSocket = protocol != null && protocol.equals(WEBSOCKET);
    boolean connect =
        HttpMethod.of(method.array(), method.arrayOffset(), method.length()) == HttpMethod.CONNECT;
    if (connect && !webSocket) {
      return HttpViolation.CONNECT_REFUSED;
    }
    if (!connect && protocol != null) {
      return HttpViolation.PSEUDO_FIELD_MISPLACED;
    }
    if (scheme == null || path == null) {
      return HttpViolation.PSEUDO_FIELD_MISSING;
    }
    if (!scheme.equals(HTTPS) && !scheme.equals(HTTP)) {
      return HttpViolation.SCHEME_INVALID;
    }
    if (path.length() > limits.maxTargetBytes()) {
      return HttpViolation.TARGET_TOO_LONG;
    }
    AsciiString asked = webSocket ? GET : method;
    head.startRequest(
        HttpVersion.HTTP_2,
        asked.array(),
        asked.arrayOffset(),
        asked.length(),
        path.array(),
        path.arrayOffset(),
        path.length());
    head.setUpgrade(webSocket ? Upgrade.WEBSOCKET : null);
    return target(head);
  }

  private static boolean isToken(AsciiString text) {
    for (int i = 0; i < text.length(); i++) {
      if (Syntax.tokenLower(text.byteAt(i)) == 0) {
        return false;
      }
    }
    return !text.isEmpty();
  }

  /** Origin-form, or {@code *} with OPTIONS (RFC 9113 section 8.3.1). */
  private static @Nullable HttpViolation target(HeaderBlock head) {
    byte[] bytes = head.bytes();
    int start = head.targetStart();
    int end = start + head.targetLength();
    for (int i = start; i < end; i++) {
      if (!Syntax.isTargetOctet(bytes[i])) {
        return HttpViolation.TARGET_INVALID;
      }
    }
    boolean originForm = end > start && bytes[start] == '/';
    boolean asterisk =
        head.method() == HttpMethod.OPTIONS && end == start + 1 && bytes[start] == '*';
    return originForm || asterisk ? null : HttpViolation.TARGET_FORM;
  }

  /** RFC 9113 section 8.2.2. */
  private static @Nullable HttpViolation connectionFields(HeaderBlock head) {
    for (HeaderName name : OF_A_CONNECTION) {
      if (head.contains(name)) {
        return HttpViolation.CONNECTION_FIELD;
      }
    }
    for (int i = head.find(HeaderName.TE); i >= 0; i = head.find(HeaderName.TE, i + 1)) {
      if (!head.valueEqualsIgnoreCase(i, "trailers")) {
        return HttpViolation.CONNECTION_FIELD;
      }
    }
    return null;
  }

  /** Makes {@code :authority} the Host; where both are there they must agree (section 8.3.1). */
  private static @Nullable HttpViolation host(HeaderBlock head, @Nullable AsciiString authority) {
    int host = head.find(HeaderName.HOST);
    if (host >= 0 && head.find(HeaderName.HOST, host + 1) >= 0) {
      return HttpViolation.HOST_REPEATED;
    }
    if (authority == null) {
      return host < 0
          ? HttpViolation.HOST_MISSING
          : RequestAuthority.checkHost(head, host) instanceof HttpViolation broken ? broken : null;
    }
    if (host >= 0 && !head.valueEqualsIgnoreCase(host, authority)) {
      return HttpViolation.HOST_MISMATCH;
    }
    HeadResult result =
        RequestAuthority.set(head, authority.array(), authority.arrayOffset(), authority.length());
    return result instanceof HttpViolation broken ? broken : null;
  }

  /** A cookie may come in crumbs; HTTP/1.1 has one Cookie field (section 8.2.3). */
  private static void joinCookies(HeaderBlock head) {
    int first = head.find(HeaderName.COOKIE);
    if (first < 0 || head.find(HeaderName.COOKIE, first + 1) < 0) {
      return;
    }
    int fieldsBefore = head.count();
    head.beginField(HeaderName.COOKIE, head.valueLength(first));
    for (int i = first; i >= 0 && i < fieldsBefore; i = head.find(HeaderName.COOKIE, i + 1)) {
      if (i != first) {
        head.putValue(CRUMB_SEPARATOR, 0, CRUMB_SEPARATOR.length);
      }
      head.putValueFromHere(head.valueStart(i), head.valueLength(i));
      head.remove(i);
    }
    head.endField();
  }

  private static HeadResult requestFraming(
      HeaderBlock head, boolean endStream, BodyFraming framing) {
    boolean declared = head.contains(HeaderName.CONTENT_LENGTH);
    HeadResult result = MessageFraming.ofRequest(head, framing);
    if (result instanceof HttpViolation) {
      return result;
    }
    if (endStream || head.upgrade() != null) {
      return framing.kind() == BodyFraming.Kind.NONE
          ? Progress.DONE
          : HttpViolation.BODY_LENGTH_MISMATCH;
    }
    if (!declared) {
      framing.setChunked();
    }
    return Progress.DONE;
  }

  /** The three digits of a status from 100 to 599 (section 8.3.2) but 101, or -1. */
  private static int statusCode(AsciiString status) {
    if (status.length() != 3) {
      return -1;
    }
    int code = 0;
    for (int i = 0; i < 3; i++) {
      byte octet = status.byteAt(i);
      if (!Syntax.isDigit(octet)) {
        return -1;
      }
      code = code * 10 + (octet - '0');
    }
    // Section 8.6: HTTP/2 has no 101.
    return code >= 100 && code < 600 && code != 101 ? code : -1;
  }
}
