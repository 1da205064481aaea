package io.gatehouse.l7.http;

import io.gatehouse.l7.PathPolicy;
import io.gatehouse.transport.Metric;
import java.util.Locale;

/**
 * Why a message is refused: one constant per rule, so that each is counted on its own. {@link
 * #status()} is the answer to a client; a response that breaks a rule is a 502 whatever the
 * constant.
 */
public enum HttpViolation implements HeadResult, BodyResult, Metric {
  // Request line, RFC 9112 section 3
  /** More than one empty line before the request line (section 2.2). */
  LEADING_BLANK_LINES(400),
  /** The method is empty or not a token. */
  METHOD_INVALID(400),
  /** The method is longer than {@link HeadLimits#MAX_METHOD_BYTES}. */
  METHOD_TOO_LONG(501),
  /** CONNECT where the route allows none, or with a body. */
  CONNECT_REFUSED(501),
  /** The target holds a byte that no URI may hold, such as a control, {@code #} or non-ASCII. */
  TARGET_INVALID(400),
  /** The target is longer than {@link HeadLimits#maxTargetBytes()}. */
  TARGET_TOO_LONG(414),
  /** Neither origin-form nor absolute-form of http(s), nor {@code *} with OPTIONS. */
  TARGET_FORM(400),
  /** A second space, or a space within the target. */
  SPACE_IN_TARGET(400),
  /** A request line without a version (HTTP/0.9). */
  VERSION_MISSING(400),
  /** The version is not {@code HTTP/digit.digit} followed by CRLF. */
  VERSION_MALFORMED(400),
  /** A well-formed version other than 1.0 and 1.1. */
  VERSION_UNSUPPORTED(505),
  /** A response's status line is malformed (section 4). */
  STATUS_LINE_INVALID(502),

  // Lines and fields, RFC 9112 sections 2.2 and 5
  /** LF without CR before it. */
  BARE_LF(400),
  /** CR without LF after it. */
  BARE_CR(400),
  /** White space between the start line and the first field (section 2.2). */
  WHITESPACE_BEFORE_FIRST_FIELD(400),
  /** A field value that goes on in the next line (section 5.2). */
  OBS_FOLD(400),
  /** White space between a field name and its colon (section 5.1, CVE-2019-16869). */
  WHITESPACE_BEFORE_COLON(400),
  /** A field line without a colon. */
  FIELD_WITHOUT_COLON(400),
  /** A field with an empty name (CVE-2023-25725). */
  FIELD_NAME_EMPTY(400),
  /** A field name that is not a token; in HTTP/2, not one in lower case. */
  FIELD_NAME_INVALID(400),
  /**
   * A control character within a field value (CVE-2019-9900 is the NUL); in HTTP/2, white space
   * around it.
   */
  FIELD_VALUE_INVALID(400),
  /** The head is longer than {@link HeadLimits#maxHeadBytes()}. */
  HEAD_TOO_LARGE(431),
  /** More fields than {@link HeadLimits#maxHeaders()}. */
  TOO_MANY_HEADERS(431),

  // HTTP/2, RFC 9113 sections 8.1 to 8.3
  /** A pseudo-header field behind another field, or one that this request may not have. */
  PSEUDO_FIELD_MISPLACED(400),
  /** A pseudo-header field more than once. */
  PSEUDO_FIELD_REPEATED(400),
  /** A pseudo-header field that is not defined. */
  PSEUDO_FIELD_UNKNOWN(400),
  /** No method, scheme, path or status. */
  PSEUDO_FIELD_MISSING(400),
  /** A scheme other than http and https. */
  SCHEME_INVALID(400),
  /** A field that only HTTP/1.1 has, such as Connection, or TE with more than trailers. */
  CONNECTION_FIELD(400),
  /** Host and {@code :authority} disagree. */
  HOST_MISMATCH(400),
  /** The body is shorter or longer than Content-Length says. */
  BODY_LENGTH_MISMATCH(400),

  // Host, RFC 9112 section 3.2
  HOST_MISSING(400),
  HOST_REPEATED(400),
  /** Not a host name or address with an optional port. */
  HOST_INVALID(400),

  // Framing, RFC 9112 section 6
  /** Content-Length is empty or holds anything but digits: a sign, a list, a space. */
  CONTENT_LENGTH_INVALID(400),
  /** Content-Length of more than {@link MessageFraming#MAX_LENGTH_DIGITS} digits. */
  CONTENT_LENGTH_OVERFLOW(400),
  /** Content-Length more than once, even with one value. */
  CONTENT_LENGTH_REPEATED(400),
  /** Both Content-Length and Transfer-Encoding. */
  LENGTH_WITH_TRANSFER_ENCODING(400),
  /** A transfer coding other than {@code chunked}. */
  TRANSFER_ENCODING_UNSUPPORTED(501),
  /** Transfer-Encoding more than once, as a list or empty. */
  TRANSFER_ENCODING_INVALID(400),
  /** Transfer-Encoding in a version that doesn't have it (section 6.1). */
  TRANSFER_ENCODING_IN_HTTP_1_0(400),

  // Connection, RFC 9110 section 7.6.1
  /** More than {@link ConnectionOptions#MAX_OPTIONS} members. */
  TOO_MANY_CONNECTION_OPTIONS(400),

  // Chunks, RFC 9112 section 7.1
  /** A chunk size that isn't hexadecimal digits. */
  CHUNK_SIZE_INVALID(400),
  /** A chunk size of more than {@link BodyReader#MAX_CHUNK_SIZE_DIGITS} digits, or above 2^63-1. */
  CHUNK_SIZE_OVERFLOW(400),
  /** No chunk extension, or a quoted string in one that the line's end cuts (CVE-2026-33870). */
  CHUNK_EXTENSION_INVALID(400),
  /** A chunk extension of more than {@link BodyReader#MAX_CHUNK_EXTENSION_BYTES}. */
  CHUNK_EXTENSION_TOO_LONG(400),
  /** Chunk data that no CRLF follows. */
  CHUNK_TERMINATOR_INVALID(400),
  /** Far more framing than data (CVE-2023-39326). */
  CHUNK_OVERHEAD(400),
  /** A trailer section that isn't made of field lines. */
  TRAILER_INVALID(400),
  /** A trailer section of more than {@link TrailerReader#MAX_BYTES} or fields. */
  TRAILER_TOO_LARGE(431),

  // Path, RFC 3986 sections 3.3 and 6.2.2
  /** A percent sign without two hexadecimal digits. */
  PERCENT_ENCODING_INVALID(400),
  /**
   * An encoded slash or backslash in the path (CVE-2019-9901, CVE-2021-29492); see {@link
   * PathPolicy.EscapedSlashes}.
   */
  ENCODED_SEPARATOR(400),
  /** An encoded NUL in the path. */
  ENCODED_NUL(400),
  /** A backslash in the path, which some servers take for a slash. */
  BACKSLASH_IN_PATH(400),
  /**
   * A dot segment with a parameter, such as {@code ..;}, which some servers take for a plain one.
   */
  DOT_SEGMENT_PARAMETER(400),
  /** More {@code ..} segments than there is path. */
  PATH_ABOVE_ROOT(400),
  /** A dot segment, where {@link PathPolicy.DotSegments} says so. */
  DOT_SEGMENT(400),
  /** More than one slash in a row, where {@link PathPolicy.RepeatedSlashes} says so. */
  EMPTY_SEGMENT(400);

  private final int status;
  private final String label;

  HttpViolation(int status) {
    this.status = status;
    this.label = name().toLowerCase(Locale.ROOT);
  }

  /** The status for the client that sent the message. */
  public int status() {
    return status;
  }

  @Override
  public String metric() {
    return "gatehouse_l7_http_violations_total";
  }

  @Override
  public String help() {
    return "Messages refused because they break a rule of HTTP, from clients and upstreams";
  }

  /** In metrics and logs, such as {@code obs_fold}. */
  @Override
  public String reason() {
    return label;
  }
}
