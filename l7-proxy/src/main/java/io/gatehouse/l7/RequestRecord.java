package io.gatehouse.l7;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * One finished request, as the access log and the metrics see it.
 *
 * <p>This is a view of mutable state that the next request overwrites: it is lent for the call of
 * {@link RequestRecorder#record} and must not be kept. The texts are views, too: {@code toString()}
 * copies one that is to be kept. Texts that came from the client hold one char per byte (ISO
 * 8859-1), unchecked: escape them. Durations of phases that the request never reached are {@link
 * #NOT_REACHED}.
 */
public interface RequestRecord {
  /** The duration of a phase that was not reached. */
  long NOT_REACHED = -1;

  /** Wall clock at the first byte of the request, in nanoseconds since the epoch. */
  long startEpochNanos();

  /** The X-Request-ID that the upstream and the client were given; empty if none was made. */
  CharSequence requestId();

  /** Name of the listener. */
  String listener();

  /** The client: from the PROXY header where there is one, else the peer. */
  InetSocketAddress client();

  /** The other end of the TCP connection: the L4 node, where there is one. */
  InetSocketAddress peer();

  /** The UNIQUE_ID that the L4 node gave the connection; empty if none. */
  String l4UniqueId();

  /** The L4 node's name, which is how its UNIQUE_ID begins; empty if none. */
  String l4Node();

  /** Request method; empty if the head was not understood. */
  CharSequence method();

  /** Host that was asked for, without port; empty if the head was not understood. */
  CharSequence host();

  /** Path as it was routed on, without the query; empty if the head was not understood. */
  CharSequence path();

  /** {@code HTTP/2.0}, {@code HTTP/1.1} or {@code HTTP/1.0}. */
  String protocol();

  /** What the request became: {@code websocket} or {@code connect}; empty if it stayed plain. */
  String upgrade();

  /** {@code TLSv1.3}; empty on a plain listener. */
  String tlsVersion();

  /** The cipher suite; empty on a plain listener. */
  String tlsCipher();

  /** The name the client asked for by SNI; empty if none. */
  String sni();

  /** Name of the route; null if none matched. */
  @Nullable String route();

  /** Name of the pool; null if no route matched. */
  @Nullable String pool();

  /** Name of the endpoint that was tried last; null if none was. */
  @Nullable String endpoint();

  /** Endpoints tried, repeats included. */
  int attempts();

  /** Status sent to the client; 0 if the client went away before one was. */
  int status();

  /** No gRPC call, or one without a status. */
  int NO_GRPC_STATUS = -1;

  /** The status of a gRPC call, 0 to 16, whoever it comes from; or {@link #NO_GRPC_STATUS}. */
  int grpcStatus();

  /** Bytes of the request body, without framing. */
  long requestBodyBytes();

  /** Bytes of the response body, without framing. */
  long responseBodyBytes();

  /** TLS handshake of the connection; reported with its first request only. */
  long handshakeNanos();

  /** From the first byte of the request to the end of its head. */
  long readHeadNanos();

  /**
   * From the end of the head to the choice of the endpoint tried last: route, admit, choose, and
   * earlier attempts.
   */
  long chooseNanos();

  /** Waiting for a connection to that endpoint; 0 if a kept one was used. */
  long connectNanos();

  /** From the request head handed to the upstream to the head of its response. */
  long upstreamHeadNanos();

  /** From the first byte of the request to the last byte of the response handed over. */
  long totalNanos();

  /** A set of {@link ResponseFlag}s, tested with {@link ResponseFlag#in}. */
  int flags();

  /**
   * What decided the answer, as a short fixed text such as {@code via_upstream} or {@code
   * no_healthy_upstream}: a bounded set, fit for a label.
   */
  String reason();
}
