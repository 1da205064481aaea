package io.gatehouse.health;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http2.Http2Headers;
import org.jspecify.annotations.Nullable;

/** What a probe says and expects on its one stream of HTTP/2. Owned by the loop of its channel. */
interface Http2Dialogue {
  /** The request's head. */
  Http2Headers head();

  /** The request's body; empty if it has none. */
  byte[] body();

  /** Takes in a head or trailers; the result, if that decides. */
  @Nullable ProbeResult headers(Http2Headers headers, boolean end, long tookNanos);

  /** Takes in a piece of the body; the result, if that decides. */
  @Nullable ProbeResult data(ByteBuf piece, boolean end, long tookNanos);
}
