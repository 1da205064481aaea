package io.gatehouse.l7;

import java.util.List;

/**
 * The most that the buffers of one client connection can take, whatever client and backend do: what
 * has arrived and isn't wanted yet, and what waits for a peer that takes it slowly, on both sides.
 * Heads are on the heap, and bounded by {@code maxHead} and {@code maxResponseHead}.
 *
 * @param listener its name
 * @param maxConnections at once
 * @param http1Bytes for one connection of HTTP/1.1 and the backend's that serves it
 * @param http2Bytes for one of HTTP/2 with as many requests as it may have, and the backends' that
 *     serve them; 0 if it isn't spoken
 */
public record BufferBound(String listener, int maxConnections, long http1Bytes, long http2Bytes) {
  /** Most that one read brings (Netty's adaptive receive buffers). */
  static final long READ_BYTES = 64 * 1024L;

  /** A record that isn't whole yet, each way. */
  private static final int TLS_BYTES = 2 * 17 * 1024;

  /** The bound of each listener, with the pool that takes most. */
  public static List<BufferBound> of(L7Config config) {
    long backendBytes = 0;
    long streamBytes = 0;
    for (PoolConfig pool : config.pools()) {
      backendBytes = Math.max(backendBytes, ofBackend(pool));
      streamBytes = Math.max(streamBytes, ofStream(pool));
    }
    long backend = backendBytes;
    long stream = streamBytes;
    return config.listeners().stream().map(l -> of(l, backend, stream)).toList();
  }

  private static BufferBound of(ListenerConfig listener, long backendBytes, long streamBytes) {
    var limits = listener.limits();
    var http2 = listener.http2();
    long tls = listener.tls() == null ? 0 : TLS_BYTES;
    long answers = limits.bufferBytes() + READ_BYTES;
    return new BufferBound(
        listener.name(),
        limits.maxConnections(),
        tls + limits.maxHeadBytes() + READ_BYTES + answers + backendBytes,
        http2.enabled()
            ? tls
                + READ_BYTES
                + http2.connectionWindowBytes()
                + answers
                + http2.maxStreams() * streamBytes
            : 0);
  }

  /** A connection of HTTP/1.1 to a backend: what comes from it, and what waits for it. */
  private static long ofBackend(PoolConfig pool) {
    var limits = pool.limits();
    long tls = pool.connections().tls() == null ? 0 : TLS_BYTES;
    return tls + limits.maxResponseHeadBytes() + READ_BYTES + limits.bufferBytes() + READ_BYTES;
  }

  /** A request of HTTP/2, with a backend connection of its own or a stream of one. */
  private static long ofStream(PoolConfig pool) {
    return switch (pool.connections().protocol()) {
      case H1 -> READ_BYTES + ofBackend(pool);
      case H2, H2C -> READ_BYTES + pool.connections().http2().streamWindowBytes();
      case AUTO ->
          READ_BYTES + Math.max(ofBackend(pool), pool.connections().http2().streamWindowBytes());
    };
  }

  /** If every connection took the most at once. */
  public long allBytes() {
    return maxConnections * Math.max(http1Bytes, http2Bytes);
  }
}
