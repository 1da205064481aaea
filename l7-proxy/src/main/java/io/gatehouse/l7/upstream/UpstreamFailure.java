package io.gatehouse.l7.upstream;

import io.gatehouse.l7.L7Counter;
import io.gatehouse.l7.ResponseFlag;

/** How an attempt can fail, with the answer, the flags, and the reason that follow from it. */
public enum UpstreamFailure {
  CONNECT_FAILED(
      502, ResponseFlag.UF.bit(), "upstream_connect_failed", L7Counter.UPSTREAM_CONNECT_FAILED),
  CONNECT_TIMEOUT(
      504, ResponseFlag.UF.bit(), "upstream_connect_timeout", L7Counter.UPSTREAM_CONNECT_TIMEOUT),
  /** It would not agree on TLS, or broke it off. */
  TLS_FAILED(502, ResponseFlag.UF.bit(), "upstream_tls_failed", L7Counter.UPSTREAM_TLS_FAILED),
  TLS_TIMEOUT(504, ResponseFlag.UF.bit(), "upstream_tls_timeout", L7Counter.UPSTREAM_TLS_TIMEOUT),
  /** Its certificate is not in force: expired, or not yet valid. */
  TLS_EXPIRED(
      502,
      ResponseFlag.UF.bit(),
      "upstream_tls_certificate_expired",
      L7Counter.UPSTREAM_TLS_EXPIRED),
  /** No authority that is trusted here stands behind its certificate. */
  TLS_UNTRUSTED(
      502,
      ResponseFlag.UF.bit(),
      "upstream_tls_unknown_authority",
      L7Counter.UPSTREAM_TLS_UNTRUSTED),
  /** Its certificate is for another name. */
  TLS_WRONG_NAME(
      502, ResponseFlag.UF.bit(), "upstream_tls_wrong_name", L7Counter.UPSTREAM_TLS_WRONG_NAME),
  /** It closed the connection before its response was whole. */
  CLOSED(502, ResponseFlag.UC.bit(), "upstream_closed_early", L7Counter.UPSTREAM_CLOSED),
  /** It reset the connection before its response was whole. */
  RESET(
      502,
      ResponseFlag.UC.bit() | ResponseFlag.UR.bit(),
      "upstream_reset",
      L7Counter.UPSTREAM_CLOSED),
  /** It said that it has not begun to work on the request (RFC 9113 section 8.7). */
  REFUSED(502, ResponseFlag.UR.bit(), "upstream_refused_stream", L7Counter.UPSTREAM_REFUSED),
  /** It ended this one stream by RST_STREAM before its response was whole. */
  STREAM_RESET(
      502, ResponseFlag.UR.bit(), "upstream_reset_stream", L7Counter.UPSTREAM_STREAM_RESET),
  /** It didn't answer a PING. */
  PING_TIMEOUT(
      504,
      ResponseFlag.UT.bit() | ResponseFlag.UC.bit(),
      "upstream_ping_timeout",
      L7Counter.UPSTREAM_PING_TIMEOUT),
  /** What it sent is not a valid response. */
  BAD_RESPONSE(
      502, ResponseFlag.UPE.bit(), "upstream_bad_response", L7Counter.UPSTREAM_BAD_RESPONSE),
  RESPONSE_TIMEOUT(
      504, ResponseFlag.UT.bit(), "upstream_response_timeout", L7Counter.UPSTREAM_RESPONSE_TIMEOUT),
  /** It took no byte of the request body for the idle time. */
  SEND_TIMEOUT(
      504,
      ResponseFlag.UT.bit() | ResponseFlag.SI.bit(),
      "upstream_request_body_timeout",
      L7Counter.UPSTREAM_BODY_TIMEOUT),
  /** It sent no byte of the response body for the idle time. */
  BODY_TIMEOUT(
      504,
      ResponseFlag.UT.bit() | ResponseFlag.SI.bit(),
      "upstream_response_body_timeout",
      L7Counter.UPSTREAM_BODY_TIMEOUT),
  /** No byte went either way in a tunnel for its idle time. */
  TUNNEL_IDLE(504, ResponseFlag.SI.bit(), "tunnel_idle_timeout", L7Counter.TUNNELS_IDLE);

  private final int status;
  private final int flags;
  private final String reason;
  private final L7Counter counter;

  UpstreamFailure(int status, int flags, String reason, L7Counter counter) {
    this.status = status;
    this.flags = flags;
    this.reason = reason;
    this.counter = counter;
  }

  /** What the client is told, if nothing has been told yet. */
  public int status() {
    return status;
  }

  /** A set of {@link ResponseFlag}s. */
  public int flags() {
    return flags;
  }

  /** For the record. */
  public String reason() {
    return reason;
  }

  public L7Counter counter() {
    return counter;
  }

  /** Whether nothing of the request has been sent. */
  public boolean beforeSending() {
    return switch (this) {
      case CONNECT_FAILED,
          CONNECT_TIMEOUT,
          TLS_FAILED,
          TLS_TIMEOUT,
          TLS_EXPIRED,
          TLS_UNTRUSTED,
          TLS_WRONG_NAME ->
          true;
      case CLOSED,
          RESET,
          REFUSED,
          STREAM_RESET,
          PING_TIMEOUT,
          BAD_RESPONSE,
          RESPONSE_TIMEOUT,
          SEND_TIMEOUT,
          BODY_TIMEOUT,
          TUNNEL_IDLE ->
          false;
    };
  }

  /** Whether the connection broke, as it does when a kept one was just being closed. */
  public boolean isBreak() {
    return this == CLOSED || this == RESET;
  }
}
