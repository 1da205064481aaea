package io.gatehouse.l7.message;

import io.gatehouse.l7.http.ChunkWriter;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import org.jspecify.annotations.Nullable;

/**
 * Writes HTTP/1.1 messages to one channel. Heads, chunk framing and small pieces of body are
 * gathered in one buffer, so that a small message is one write and one TLS record; large pieces
 * pass through uncopied.
 *
 * <p>Owned by its channel's event loop.
 */
public final class MessageWriter {
  /** Pieces of body up to this size are copied behind the head; larger ones go by themselves. */
  public static final int GATHER_BYTES = 4 * 1024;

  private static final int BUFFER_BYTES = 1024;
  // A gathering buffer of this size is written even if more is to come.
  private static final int FULL_BYTES = 16 * 1024;

  private final ChannelHandlerContext ctx;
  private @Nullable ByteBuf gathered;
  private boolean dirty;
  private long writtenBytes;

  public MessageWriter(ChannelHandlerContext ctx) {
    this.ctx = ctx;
  }

  /** Where a head is to be written, now; borrowed. */
  public ByteBuf head() {
    assert ctx.executor().inEventLoop();
    return gathering();
  }

  /**
   * Writes a piece of body.
   *
   * @param from lent; its next {@code length} bytes are consumed
   * @param length more than 0
   */
  public void body(ByteBuf from, int length, boolean chunked) {
    assert ctx.executor().inEventLoop();
    if (chunked) {
      ChunkWriter.writeHeader(gathering(), length);
    }
    if (length <= GATHER_BYTES) {
      gathering().writeBytes(from, length);
    } else {
      pass();
      write(from.readRetainedSlice(length));
    }
    if (chunked) {
      ChunkWriter.writeEnd(gathering());
    }
    if (gathered != null && gathered.readableBytes() >= FULL_BYTES) {
      pass();
    }
  }

  /** Ends the message. */
  public void end(boolean chunked) {
    if (chunked) {
      ChunkWriter.writeLastChunk(gathering());
    }
  }

  /** Sends what has been written. */
  public void flush() {
    pass();
    if (dirty) {
      dirty = false;
      ctx.flush();
    }
  }

  /** All bytes that were ever written to the channel, before encryption. */
  public long writtenBytes() {
    return writtenBytes;
  }

  /** Forgets what was gathered; called when the channel is closed. */
  public void discard() {
    if (gathered != null) {
      gathered.release();
      gathered = null;
    }
    dirty = false;
  }

  private ByteBuf gathering() {
    if (gathered == null) {
      gathered = ctx.alloc().directBuffer(BUFFER_BYTES);
    }
    return gathered;
  }

  private void pass() {
    if (gathered != null) {
      write(gathered);
      gathered = null;
    }
  }

  private void write(ByteBuf bytes) {
    writtenBytes += bytes.readableBytes();
    ctx.write(bytes, ctx.voidPromise());
    dirty = true;
  }
}
