package io.gatehouse.l7.message;

import io.gatehouse.l7.http.ChunkWriter;
import io.gatehouse.l7.http.HeaderBlock;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import org.jspecify.annotations.Nullable;

/**
 * Writes HTTP/1.1 messages to one channel: heads, chunk framing and body gathered where they are
 * small.
 *
 * <p>Owned by its channel's event loop.
 */
public final class MessageWriter {
  private final OutputBuffer out;

  public MessageWriter(ChannelHandlerContext ctx) {
    this.out = new OutputBuffer(ctx, ctx.alloc());
  }

  /** Where a head is to be written, now; borrowed. */
  public ByteBuf head() {
    return out.buffer();
  }

  /**
   * Writes a piece of body.
   *
   * @param from lent; its next {@code length} bytes are consumed
   * @param length more than 0
   */
  public void body(ByteBuf from, int length, boolean chunked) {
    if (chunked) {
      ChunkWriter.writeHeader(out.buffer(), length);
    }
    out.append(from, length);
    if (chunked) {
      ChunkWriter.writeEnd(out.buffer());
    }
  }

  /**
   * Ends the body.
   *
   * @param trailers borrowed; null if there are none, and dropped unless the body is chunked
   */
  public void end(boolean chunked, @Nullable HeaderBlock trailers) {
    if (!chunked) {
      return;
    }
    if (trailers == null) {
      ChunkWriter.writeLastChunk(out.buffer());
    } else {
      ChunkWriter.writeLastChunk(out.buffer(), trailers);
    }
  }

  /** Sends what has been written. */
  public void flush() {
    out.flush();
  }

  /** All bytes that were ever written to the channel, before encryption. */
  public long writtenBytes() {
    return out.writtenBytes();
  }

  /** Forgets what was gathered; called when the channel is closed. */
  public void discard() {
    out.discard();
  }
}
