package io.gatehouse.l7.exchange;

import io.gatehouse.l7.RequestRecord;
import io.gatehouse.l7.http.HeaderBlock;
import io.gatehouse.l7.http.HeaderName;
import io.gatehouse.l7.http.HttpVersion;
import java.nio.charset.StandardCharsets;

/**
 * What gRPC says within HTTP (gRPC over HTTP/2, PROTOCOL-HTTP2.md [1]): the caller's deadline, and
 * a status of its own that comes last. An error of Gatehouse's own is told to such a caller as a
 * status, too, since it looks at nothing else.
 *
 * <ol>
 *   <li>https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 * </ol>
 */
final class Grpc {
  private static final HeaderName STATUS = HeaderName.of("grpc-status");
  private static final HeaderName MESSAGE = HeaderName.of("grpc-message");
  private static final HeaderName TIMEOUT = HeaderName.of("grpc-timeout");
  private static final byte[] CONTENT_TYPE = "application/grpc".getBytes(StandardCharsets.US_ASCII);

  /** Room for what is written here. */
  private static final int MAX_HEAD_BYTES = 1024;

  private static final int MAX_TIMEOUT_DIGITS = 8;
  private static final int MAX_STATUS = 16;

  private static final int UNKNOWN = 2;
  private static final int DEADLINE_EXCEEDED = 4;
  private static final int PERMISSION_DENIED = 7;
  private static final int UNIMPLEMENTED = 12;
  private static final int INTERNAL = 13;
  private static final int UNAVAILABLE = 14;
  private static final int UNAUTHENTICATED = 16;

  private Grpc() {}

  /**
   * Whether a request is a gRPC call: {@code application/grpc}, alone or with a suffix or
   * parameters; {@code application/grpc-web} is none.
   */
  static boolean isCall(HeaderBlock head) {
    int field = head.find(HeaderName.CONTENT_TYPE);
    if (field < 0 || head.valueLength(field) < CONTENT_TYPE.length) {
      return false;
    }
    byte[] bytes = head.bytes();
    int start = head.valueStart(field);
    for (int i = 0; i < CONTENT_TYPE.length; i++) {
      if ((bytes[start + i] | 0x20) != CONTENT_TYPE[i] && bytes[start + i] != CONTENT_TYPE[i]) {
        return false;
      }
    }
    if (head.valueLength(field) == CONTENT_TYPE.length) {
      return true;
    }
    byte next = bytes[start + CONTENT_TYPE.length];
    return next == '+' || next == ';' || next == ' ';
  }

  /**
   * The caller's deadline from its call on, in nanoseconds; {@link Long#MAX_VALUE} if there is none
   * that can be understood.
   */
  static long timeoutNanos(HeaderBlock head) {
    int field = head.find(TIMEOUT);
    int digits = field < 0 ? 0 : head.valueLength(field) - 1;
    if (digits < 1 || digits > MAX_TIMEOUT_DIGITS) {
      return Long.MAX_VALUE;
    }
    byte[] bytes = head.bytes();
    int start = head.valueStart(field);
    long value = 0;
    for (int i = start; i < start + digits; i++) {
      if (bytes[i] < '0' || bytes[i] > '9') {
        return Long.MAX_VALUE;
      }
      value = value * 10 + (bytes[i] - '0');
    }
    long unitNanos =
        switch (bytes[start + digits]) {
          case 'H' -> 3_600_000_000_000L;
          case 'M' -> 60_000_000_000L;
          case 'S' -> 1_000_000_000L;
          case 'm' -> 1_000_000L;
          case 'u' -> 1_000L;
          case 'n' -> 1L;
          default -> 0L;
        };
    // 99999999 hours are more than a long holds, and as good as none.
    return unitNanos == 0 || value > Long.MAX_VALUE / unitNanos
        ? Long.MAX_VALUE
        : value * unitNanos;
  }

  /** The status in a trailer section, or in a head that is one; -1 if there is none. */
  static int statusIn(HeaderBlock fields) {
    int field = fields.find(STATUS);
    int digits = field < 0 ? 0 : fields.valueLength(field);
    if (digits < 1 || digits > 2) {
      return RequestRecord.NO_GRPC_STATUS;
    }
    int status = 0;
    for (int i = fields.valueStart(field); i < fields.valueStart(field) + digits; i++) {
      int digit = fields.bytes()[i] - '0';
      if (digit < 0 || digit > 9) {
        return RequestRecord.NO_GRPC_STATUS;
      }
      status = status * 10 + digit;
    }
    return status <= MAX_STATUS ? status : RequestRecord.NO_GRPC_STATUS;
  }

  /**
   * The status for a status of HTTP (http-grpc-status-mapping.md of the gRPC project).
   *
   * @param deadlinePassed whether it was the caller's own deadline that ended the call
   */
  static int statusFor(int httpStatus, boolean deadlinePassed) {
    if (deadlinePassed) {
      return DEADLINE_EXCEEDED;
    }
    return switch (httpStatus) {
      case 400 -> INTERNAL;
      case 401 -> UNAUTHENTICATED;
      case 403 -> PERMISSION_DENIED;
      case 404 -> UNIMPLEMENTED;
      case 429, 502, 503, 504 -> UNAVAILABLE;
      default -> UNKNOWN;
    };
  }

  /** An answer of one head, without a body ("Trailers-Only"). */
  static HeaderBlock answer(int grpcStatus, String reason) {
    var head = new HeaderBlock(MAX_HEAD_BYTES);
    head.startResponse(HttpVersion.HTTP_2, 200);
    head.append(HeaderName.CONTENT_TYPE, CONTENT_TYPE);
    putStatus(head, grpcStatus, reason);
    return head;
  }

  /** The end of an answer that has begun. */
  static HeaderBlock trailers(int grpcStatus, String reason) {
    var trailers = new HeaderBlock(MAX_HEAD_BYTES);
    putStatus(trailers, grpcStatus, reason);
    return trailers;
  }

  private static void putStatus(HeaderBlock head, int grpcStatus, String reason) {
    head.appendDecimal(STATUS, grpcStatus);
    head.append(MESSAGE, reason.getBytes(StandardCharsets.US_ASCII));
  }
}
