package io.gatehouse.l7.exchange;

import io.gatehouse.l7.L7Counter;
import io.gatehouse.l7.ResponseFlag;

/** Why Gatehouse answers a request itself, with the answer and where it is counted. */
enum Refusal {
  NO_ROUTE(404, ResponseFlag.NR.bit(), "route_not_found", L7Counter.REFUSED_NO_ROUTE),
  HEAD_TIMEOUT(408, ResponseFlag.DPE.bit(), "request_head_timeout", L7Counter.REFUSED_HEAD_TIMEOUT),
  BODY_TIMEOUT(408, ResponseFlag.SI.bit(), "request_body_timeout", L7Counter.REFUSED_BODY_TIMEOUT),
  BODY_TOO_LARGE(413, 0, "request_body_too_large", L7Counter.REFUSED_BODY_TOO_LARGE),
  NONE_HEALTHY(503, ResponseFlag.UH.bit(), "no_healthy_upstream", L7Counter.UPSTREAM_NONE_HEALTHY),
  OVERFLOW(503, ResponseFlag.UO.bit(), "upstream_overflow", L7Counter.UPSTREAM_OVERFLOW),
  MEMORY(503, ResponseFlag.OM.bit(), "buffer_memory", L7Counter.REFUSED_MEMORY);

  final int status;
  final int flags;
  final String reason;
  final L7Counter counter;

  Refusal(int status, int flags, String reason, L7Counter counter) {
    this.status = status;
    this.flags = flags;
    this.reason = reason;
    this.counter = counter;
  }

  /** Where a request that breaks a rule of HTTP is counted, by the status that it gets. */
  static L7Counter counterOf(int status) {
    return switch (status) {
      case 400 -> L7Counter.REFUSED_BAD_REQUEST;
      case 414 -> L7Counter.REFUSED_TARGET_TOO_LONG;
      case 431 -> L7Counter.REFUSED_HEAD_TOO_LARGE;
      case 501 -> L7Counter.REFUSED_METHOD;
      default -> L7Counter.REFUSED_OTHER;
    };
  }
}
