package io.gatehouse.l7;

import java.net.InetSocketAddress;

/**
 * A connection that never came to a request.
 *
 * @param startEpochNanos wall clock at accept, in nanoseconds since the epoch
 * @param listener name of the listener
 * @param peer the other end of the TCP connection
 * @param client the client, once a PROXY header has named it; the peer until then
 * @param l4UniqueId UNIQUE_ID of the PROXY header; empty if none
 * @param reason why
 * @param detail in words, for the log; may quote bytes of the client
 */
public record RejectedConnection(
    long startEpochNanos,
    String listener,
    InetSocketAddress peer,
    InetSocketAddress client,
    String l4UniqueId,
    Reason reason,
    String detail) {

  /** Why a connection never came to a request. */
  public enum Reason {
    /** The peer is not in a network that may send PROXY headers. */
    UNTRUSTED_PEER(L7Counter.REJECTED_UNTRUSTED_PEER),
    /** The bytes are not a PROXY header, or one with a fault. */
    PROXY_HEADER_INVALID(L7Counter.REJECTED_PROXY_HEADER_INVALID),
    /** The PROXY header was not whole within its deadline. */
    PROXY_HEADER_TIMEOUT(L7Counter.REJECTED_PROXY_HEADER_TIMEOUT),
    /** The peer closed in the middle of the PROXY header. */
    PROXY_HEADER_CUT(L7Counter.REJECTED_PROXY_HEADER_CUT),
    /** The PROXY header carries no signature, where one is required. */
    ORIGIN_UNSIGNED(L7Counter.REJECTED_ORIGIN_UNSIGNED),
    /** The PROXY header's signature is not one of the cluster's, or not this header's. */
    ORIGIN_FORGED(L7Counter.REJECTED_ORIGIN_FORGED),
    /** The PROXY header was signed too long ago, or by a clock that is wrong. */
    ORIGIN_EXPIRED(L7Counter.REJECTED_ORIGIN_EXPIRED),
    /** HTTP without TLS on a TLS port. */
    PLAIN_HTTP_ON_TLS_PORT(L7Counter.REJECTED_PLAIN_HTTP),
    /** The client speaks no TLS version that the listener does. */
    TLS_VERSION(L7Counter.REJECTED_TLS_VERSION),
    /** Client and listener have no cipher, group, or signature in common. */
    TLS_NOTHING_IN_COMMON(L7Counter.REJECTED_TLS_NOTHING_IN_COMMON),
    /** The client asks for a name that no certificate holds, where that matters. */
    TLS_UNKNOWN_NAME(L7Counter.REJECTED_TLS_UNKNOWN_NAME),
    /** The client shows no certificate, where one is required. */
    TLS_CLIENT_CERTIFICATE_MISSING(L7Counter.REJECTED_TLS_CLIENT_CERTIFICATE_MISSING),
    /** The client's certificate isn't accepted. */
    TLS_CLIENT_CERTIFICATE_INVALID(L7Counter.REJECTED_TLS_CLIENT_CERTIFICATE_INVALID),
    /** The client gave up with an alert; often because it doesn't trust the certificate. */
    TLS_CLIENT_ALERT(L7Counter.REJECTED_TLS_CLIENT_ALERT),
    /** The client closed in the middle of the TLS handshake. */
    TLS_HANDSHAKE_CUT(L7Counter.REJECTED_TLS_CUT),
    /** The TLS handshake failed for another reason; what came wasn't TLS, for one. */
    TLS_HANDSHAKE_FAILED(L7Counter.REJECTED_TLS_FAILED),
    /** The listener has as many handshakes under way as it may. */
    TLS_HANDSHAKES_LIMIT(L7Counter.REJECTED_TLS_LIMIT),
    /** More handshakes began than may in a second. */
    TLS_HANDSHAKES_RATE(L7Counter.REJECTED_TLS_RATE),
    /** The TLS handshake was not done within its deadline. */
    TLS_HANDSHAKE_TIMEOUT(L7Counter.REJECTED_TLS_TIMEOUT),
    /** The listener has as many connections as it may. */
    CONNECTION_LIMIT(L7Counter.REJECTED_CONNECTION_LIMIT),
    /** The buffers of the process take as much memory as they may. */
    BUFFER_MEMORY(L7Counter.REJECTED_MEMORY),
    /** An HTTP/2 connection broke a rule before it had a request. */
    HTTP2_FAULT(L7Counter.REJECTED_HTTP2_FAULT),
    /** No byte of a first request within the head timeout. */
    NO_REQUEST_TIMEOUT(L7Counter.REJECTED_NO_REQUEST);

    private final L7Counter counter;

    Reason(L7Counter counter) {
      this.counter = counter;
    }

    /** Where such connections are counted. */
    public L7Counter counter() {
      return counter;
    }
  }
}
