package io.gatehouse.l7.h2;

/** Error codes (RFC 9113 section 7); the ordinal is the code. */
public enum Http2Error {
  NO_ERROR,
  PROTOCOL_ERROR,
  INTERNAL_ERROR,
  FLOW_CONTROL_ERROR,
  SETTINGS_TIMEOUT,
  STREAM_CLOSED,
  FRAME_SIZE_ERROR,
  REFUSED_STREAM,
  CANCEL,
  COMPRESSION_ERROR,
  CONNECT_ERROR,
  ENHANCE_YOUR_CALM,
  INADEQUATE_SECURITY,
  HTTP_1_1_REQUIRED;

  private static final Http2Error[] ALL = values();

  /** As it stands in a frame. */
  public int code() {
    return ordinal();
  }

  /** The error of a code; an unknown one has no meaning of its own (RFC 9113 section 7). */
  public static Http2Error of(long code) {
    return code >= 0 && code < ALL.length ? ALL[(int) code] : INTERNAL_ERROR;
  }
}
