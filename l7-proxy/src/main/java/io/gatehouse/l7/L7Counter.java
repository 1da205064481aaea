package io.gatehouse.l7;

import io.gatehouse.transport.Metric;

/**
 * What the L7 tier counts. Each constant is one time series: a metric name, and for those that are
 * told apart by reason, the label {@code reason}.
 */
public enum L7Counter implements Metric {
  CONNECTIONS_ACCEPTED("connections_total", "Connections accepted"),
  CONNECTIONS_OPEN("connections_open", "Client connections open now"),
  CONNECTIONS_LOCAL("connections_local_total", "Connections that opened with PROXY LOCAL (probes)"),
  CONNECTIONS_UNUSED("connections_unused_total", "Connections closed by the client unused"),
  KEEP_ALIVE_EXPIRED("keep_alive_expired_total", "Idle client connections closed after their time"),
  MAX_REQUESTS_REACHED(
      "max_requests_reached_total", "Client connections closed at their last allowed request"),

  REJECTED_UNTRUSTED_PEER(Names.REJECTED, Names.REJECTED_HELP, "untrusted_peer"),
  REJECTED_PROXY_HEADER_INVALID(Names.REJECTED, Names.REJECTED_HELP, "proxy_header_invalid"),
  REJECTED_PROXY_HEADER_TIMEOUT(Names.REJECTED, Names.REJECTED_HELP, "proxy_header_timeout"),
  REJECTED_PROXY_HEADER_CUT(Names.REJECTED, Names.REJECTED_HELP, "proxy_header_cut"),
  REJECTED_ORIGIN_UNSIGNED(Names.REJECTED, Names.REJECTED_HELP, "origin_unsigned"),
  REJECTED_ORIGIN_FORGED(Names.REJECTED, Names.REJECTED_HELP, "origin_forged"),
  REJECTED_ORIGIN_EXPIRED(Names.REJECTED, Names.REJECTED_HELP, "origin_expired"),
  REJECTED_PLAIN_HTTP(Names.REJECTED, Names.REJECTED_HELP, "plain_http_on_tls_port"),
  REJECTED_TLS_VERSION(Names.REJECTED, Names.REJECTED_HELP, "tls_version"),
  REJECTED_TLS_NOTHING_IN_COMMON(Names.REJECTED, Names.REJECTED_HELP, "tls_nothing_in_common"),
  REJECTED_TLS_UNKNOWN_NAME(Names.REJECTED, Names.REJECTED_HELP, "tls_unknown_name"),
  REJECTED_TLS_CLIENT_CERTIFICATE_MISSING(
      Names.REJECTED, Names.REJECTED_HELP, "tls_client_certificate_missing"),
  REJECTED_TLS_CLIENT_CERTIFICATE_INVALID(
      Names.REJECTED, Names.REJECTED_HELP, "tls_client_certificate_invalid"),
  REJECTED_TLS_CLIENT_ALERT(Names.REJECTED, Names.REJECTED_HELP, "tls_client_alert"),
  REJECTED_TLS_CUT(Names.REJECTED, Names.REJECTED_HELP, "tls_handshake_cut"),
  REJECTED_TLS_FAILED(Names.REJECTED, Names.REJECTED_HELP, "tls_handshake_failed"),
  REJECTED_TLS_LIMIT(Names.REJECTED, Names.REJECTED_HELP, "tls_handshakes_limit"),
  REJECTED_TLS_RATE(Names.REJECTED, Names.REJECTED_HELP, "tls_handshakes_rate"),
  REJECTED_TLS_TIMEOUT(Names.REJECTED, Names.REJECTED_HELP, "tls_handshake_timeout"),
  REJECTED_CONNECTION_LIMIT(Names.REJECTED, Names.REJECTED_HELP, "connection_limit"),
  REJECTED_MEMORY(Names.REJECTED, Names.REJECTED_HELP, "buffer_memory"),
  REJECTED_HTTP2_FAULT(Names.REJECTED, Names.REJECTED_HELP, "http2_fault"),
  REJECTED_NO_REQUEST(Names.REJECTED, Names.REJECTED_HELP, "no_request_timeout"),

  TLS_FULL_HANDSHAKES("tls_full_handshakes_total", "TLS handshakes done, with new sessions"),
  TLS_RESUMED_HANDSHAKES("tls_resumed_handshakes_total", "TLS handshakes done by resumption"),
  TLS_HANDSHAKES_ACTIVE("tls_handshakes_active", "TLS handshakes under way"),

  CERTIFICATES_RELOADED(
      "certificate_reloads_total",
      "Changed certificate files looked at, by what came of it",
      "done"),
  CERTIFICATES_REFUSED(
      "certificate_reloads_total",
      "Changed certificate files looked at, by what came of it",
      "refused"),

  REQUESTS("requests_total", "Requests ended"),
  REQUESTS_ACTIVE("requests_active", "Requests under way"),
  REQUEST_BODY_BYTES("request_body_bytes_total", "Bytes of request bodies passed on"),
  RESPONSE_BODY_BYTES("response_body_bytes_total", "Bytes of response bodies passed on"),
  ANSWERS_INFORMATIONAL("informational_responses_total", "Interim 1xx responses passed on"),

  TUNNELS("tunnels_total", "Requests that became tunnels: WebSockets and CONNECT"),
  TUNNELS_OPEN("tunnels_open", "Tunnels open now"),
  TUNNELS_IDLE("tunnels_idle_closed_total", "Tunnels closed: no byte either way for too long"),
  UPGRADES_IGNORED(
      "upgrades_ignored_total",
      "Requests whose Upgrade their route doesn't allow, sent without it"),
  TRAILERS_REFUSED(
      "trailer_fields_refused_total", "Trailer fields dropped: they may stand in a head only"),

  REFUSED_BAD_REQUEST(Names.REFUSED, Names.REFUSED_HELP, "bad_request"),
  REFUSED_NO_ROUTE(Names.REFUSED, Names.REFUSED_HELP, "no_route"),
  REFUSED_HEAD_TIMEOUT(Names.REFUSED, Names.REFUSED_HELP, "head_timeout"),
  REFUSED_BODY_TIMEOUT(Names.REFUSED, Names.REFUSED_HELP, "body_idle_timeout"),
  REFUSED_BODY_TOO_LARGE(Names.REFUSED, Names.REFUSED_HELP, "body_too_large"),
  REFUSED_TARGET_TOO_LONG(Names.REFUSED, Names.REFUSED_HELP, "target_too_long"),
  REFUSED_HEAD_TOO_LARGE(Names.REFUSED, Names.REFUSED_HELP, "head_too_large"),
  REFUSED_METHOD(Names.REFUSED, Names.REFUSED_HELP, "method_not_allowed"),
  REFUSED_MEMORY(Names.REFUSED, Names.REFUSED_HELP, "buffer_memory"),
  REFUSED_OTHER(Names.REFUSED, Names.REFUSED_HELP, "other"),

  CLIENT_ABORTED("client_aborts_total", "Requests whose client went away before the end"),
  CLIENT_WRITE_TIMEOUT(
      "client_write_timeouts_total", "Clients closed because they took no byte of a response"),

  HTTP2_CONNECTIONS("http2_connections_total", "Client connections that speak HTTP/2"),
  HTTP2_MAX_AGE_REACHED("max_age_reached_total", "HTTP/2 connections given up for their age"),
  HTTP2_REFUSED_STREAMS(
      "http2_refused_streams_total", "HTTP/2 requests beyond what a connection may have at once"),
  HTTP2_STREAM_FAULTS("http2_stream_faults_total", "HTTP/2 streams reset: a rule was broken"),
  HTTP2_CONNECTION_FAULTS(
      "http2_connection_faults_total", "HTTP/2 connections closed: a rule was broken"),
  HTTP2_SLOW_FRAMES(
      "http2_slow_frames_total", "HTTP/2 connections closed: a frame or head didn't come whole"),
  HTTP2_PING_TIMEOUT("http2_ping_timeouts_total", "HTTP/2 connections closed: no answer to a PING"),
  HTTP2_RAPID_RESET(Names.FLOODS, Names.FLOODS_HELP, "rapid_reset"),
  HTTP2_PROVOKED_RESET(Names.FLOODS, Names.FLOODS_HELP, "provoked_reset"),
  HTTP2_CONTINUATION_FLOOD(Names.FLOODS, Names.FLOODS_HELP, "continuation"),
  HTTP2_PING_FLOOD(Names.FLOODS, Names.FLOODS_HELP, "ping"),
  HTTP2_SETTINGS_FLOOD(Names.FLOODS, Names.FLOODS_HELP, "settings"),
  HTTP2_PRIORITY_FLOOD(Names.FLOODS, Names.FLOODS_HELP, "priority"),
  HTTP2_EMPTY_FRAMES(Names.FLOODS, Names.FLOODS_HELP, "empty_data"),
  HTTP2_UNKNOWN_FRAMES(Names.FLOODS, Names.FLOODS_HELP, "unknown_frames"),
  HTTP2_WINDOW_FLOOD(Names.FLOODS, Names.FLOODS_HELP, "window_update"),
  HTTP2_DATA_DRIBBLE(Names.FLOODS, Names.FLOODS_HELP, "data_dribble"),

  UPSTREAM_CONNECTIONS("upstream_connections_total", "Upstream connections opened"),
  UPSTREAM_CONNECTIONS_OPEN("upstream_connections_open", "Upstream connections open now"),
  UPSTREAM_TLS_FULL(Names.UPSTREAM_TLS, Names.UPSTREAM_TLS_HELP, "full"),
  UPSTREAM_TLS_RESUMED(Names.UPSTREAM_TLS, Names.UPSTREAM_TLS_HELP, "resumed"),
  UPSTREAM_PRECONNECTED(
      "upstream_preconnects_total", "Upstream connections made before a request needed them"),
  UPSTREAM_PRECONNECT_FAILED(
      "upstream_preconnect_failures_total", "Such connections that could not be made"),
  UPSTREAM_REUSED("upstream_reused_total", "Requests sent on a kept upstream connection"),
  UPSTREAM_IDLE_DROPPED(
      "upstream_idle_dropped_total", "Kept upstream connections dropped: closed by the backend"),
  UPSTREAM_UNSOLICITED(
      "upstream_unsolicited_total", "Kept upstream connections dropped: bytes without a request"),
  UPSTREAM_IDLE_EXPIRED(
      "upstream_idle_expired_total", "Kept upstream connections dropped: idle too long"),
  UPSTREAM_IDLE_OVERFLOW(
      "upstream_idle_overflow_total", "Upstream connections not kept: as many as may be idle are"),
  UPSTREAM_AGED("upstream_aged_total", "Upstream connections ended at their greatest age"),
  UPSTREAM_GOAWAY("upstream_goaways_total", "HTTP/2 connections that an endpoint ended by GOAWAY"),
  RETRIES("retries_total", "Requests tried again, on another connection or endpoint"),

  UPSTREAM_NONE_HEALTHY(Names.UPSTREAM, Names.UPSTREAM_HELP, "no_healthy_endpoint"),
  UPSTREAM_OVERFLOW(Names.UPSTREAM, Names.UPSTREAM_HELP, "connection_cap"),
  UPSTREAM_CONNECT_FAILED(Names.UPSTREAM, Names.UPSTREAM_HELP, "connect_failed"),
  UPSTREAM_CONNECT_TIMEOUT(Names.UPSTREAM, Names.UPSTREAM_HELP, "connect_timeout"),
  UPSTREAM_TLS_FAILED(Names.UPSTREAM, Names.UPSTREAM_HELP, "tls_handshake_failed"),
  UPSTREAM_TLS_TIMEOUT(Names.UPSTREAM, Names.UPSTREAM_HELP, "tls_handshake_timeout"),
  UPSTREAM_TLS_EXPIRED(Names.UPSTREAM, Names.UPSTREAM_HELP, "tls_certificate_expired"),
  UPSTREAM_TLS_UNTRUSTED(Names.UPSTREAM, Names.UPSTREAM_HELP, "tls_unknown_authority"),
  UPSTREAM_TLS_WRONG_NAME(Names.UPSTREAM, Names.UPSTREAM_HELP, "tls_wrong_name"),
  UPSTREAM_RESPONSE_TIMEOUT(Names.UPSTREAM, Names.UPSTREAM_HELP, "response_timeout"),
  UPSTREAM_BODY_TIMEOUT(Names.UPSTREAM, Names.UPSTREAM_HELP, "body_idle_timeout"),
  UPSTREAM_CLOSED(Names.UPSTREAM, Names.UPSTREAM_HELP, "closed_early"),
  UPSTREAM_REFUSED(Names.UPSTREAM, Names.UPSTREAM_HELP, "refused_stream"),
  UPSTREAM_STREAM_RESET(Names.UPSTREAM, Names.UPSTREAM_HELP, "reset_stream"),
  UPSTREAM_PING_TIMEOUT(Names.UPSTREAM, Names.UPSTREAM_HELP, "ping_timeout"),
  UPSTREAM_FLOOD(Names.UPSTREAM, Names.UPSTREAM_HELP, "frame_flood"),
  UPSTREAM_BAD_RESPONSE(Names.UPSTREAM, Names.UPSTREAM_HELP, "bad_response"),

  DRAIN_CUT("drain_cut_total", "Client connections cut when the drain's deadline passed"),
  INTERNAL_ERRORS("internal_errors_total", "Connections closed because of a fault of Gatehouse");

  private static final String PREFIX = "gatehouse_l7_";
  private final String metric;
  private final String help;
  private final String reason;

  L7Counter(String metric, String help) {
    this(metric, help, "");
  }

  L7Counter(String metric, String help, String reason) {
    this.metric = PREFIX + metric;
    this.help = help;
    this.reason = reason;
  }

  @Override
  public String metric() {
    return metric;
  }

  @Override
  public String help() {
    return help;
  }

  @Override
  public String reason() {
    return reason;
  }

  private static final class Names {
    static final String REJECTED = "connections_rejected_total";
    static final String REJECTED_HELP = "Connections that ended before they had a request";
    static final String REFUSED = "requests_refused_total";
    static final String REFUSED_HELP = "Requests answered with an error made here";
    static final String UPSTREAM_TLS = "upstream_tls_handshakes_total";
    static final String UPSTREAM_TLS_HELP =
        "TLS handshakes done with endpoints; a resumed one needs no certificate";
    static final String FLOODS = "http2_floods_total";
    static final String FLOODS_HELP = "HTTP/2 connections closed for frames that only cost";
    static final String UPSTREAM = "upstream_failures_total";
    static final String UPSTREAM_HELP = "Failures at the upstream, attempts included";

    private Names() {}
  }
}
