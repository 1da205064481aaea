package io.gatehouse.l7;

import static java.util.concurrent.TimeUnit.HOURS;

/**
 * HTTP/2 on a listener.
 *
 * @param enabled with TLS: offered by ALPN; without: taken from clients that begin with its preface
 *     (prior knowledge, RFC 9113 section 3.3)
 * @param maxStreams requests at once on one connection
 * @param streamWindowBytes most bytes of a request body that wait for the backend; at least {@value
 *     #MIN_WINDOW_BYTES}
 * @param connectionWindowBytes most bytes of all request bodies of a connection that wait; at least
 *     one stream's
 * @param maxAgeNanos after this time, give or take a tenth, a connection gets no more requests, so
 *     that long-lived clients spread over the nodes again; 0: never
 * @param pingNanos a connection with requests under way from which nothing comes for so long is
 *     asked whether it is still there, and closed when the same time passes again; 0: never
 * @param maxResets requests on one connection that a client may break off, or provoke an end of, in
 *     ten seconds
 */
public record Http2Config(
    boolean enabled,
    int maxStreams,
    int streamWindowBytes,
    int connectionWindowBytes,
    long maxAgeNanos,
    long pingNanos,
    int maxResets) {
  /** What a client may send before it has read our settings (RFC 9113 section 6.9.2). */
  public static final int MIN_WINDOW_BYTES = 65_535;

  public static final Http2Config DEFAULT =
      new Http2Config(true, 100, 256 * 1024, 1024 * 1024, HOURS.toNanos(1), 0, 200);

  /** No HTTP/2. */
  public static final Http2Config OFF =
      new Http2Config(
          false,
          DEFAULT.maxStreams,
          DEFAULT.streamWindowBytes,
          DEFAULT.connectionWindowBytes,
          DEFAULT.maxAgeNanos,
          DEFAULT.pingNanos,
          DEFAULT.maxResets);

  public Http2Config {
    if (maxStreams < 1) {
      throw new IllegalArgumentException("maxStreams: %d (expected: > 0)".formatted(maxStreams));
    }
    if (streamWindowBytes < MIN_WINDOW_BYTES) {
      throw new IllegalArgumentException(
          "streamWindowBytes: %d (expected: >= %d)".formatted(streamWindowBytes, MIN_WINDOW_BYTES));
    }
    if (connectionWindowBytes < streamWindowBytes) {
      throw new IllegalArgumentException(
          "connectionWindowBytes: %d (expected: >= streamWindowBytes, %d)"
              .formatted(connectionWindowBytes, streamWindowBytes));
    }
    if (maxResets < 1) {
      throw new IllegalArgumentException("maxResets: %d (expected: > 0)".formatted(maxResets));
    }
  }
}
