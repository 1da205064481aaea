package io.gatehouse.l7.message;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelOutboundInvoker;
import org.jspecify.annotations.Nullable;

/**
 * What is on its way to a channel. Small things are gathered in one buffer, so that what belongs
 * together is one write and one TLS record; large pieces pass through uncopied.
 *
 * <p>Owned by its channel's event loop.
 */
public final class OutputBuffer {
  /** Pieces up to this size are copied behind what is there; larger ones go by themselves. */
  public static final int GATHER_BYTES = 4 * 1024;

  private static final int BUFFER_BYTES = 1024;
  // A gathering buffer of this size is written even if more is to come.
  private static final int FULL_BYTES = 16 * 1024;

  private final ChannelOutboundInvoker out;
  private final ByteBufAllocator allocator;
  private @Nullable ByteBuf gathered;
  private boolean dirty;
  private long writtenBytes;
  private long passedBuffers;

  /**
   * @param out where it goes: a channel, or a place in its pipeline
   */
  public OutputBuffer(ChannelOutboundInvoker out, ByteBufAllocator allocator) {
    this.out = out;
    this.allocator = allocator;
  }

  /** Where small things are to be written, now; borrowed. */
  public ByteBuf buffer() {
    if (gathered == null) {
      gathered = allocator.directBuffer(BUFFER_BYTES);
    }
    return gathered;
  }

  /**
   * Adds a piece.
   *
   * @param from lent; its next {@code length} bytes are consumed
   */
  public void append(ByteBuf from, int length) {
    if (length <= GATHER_BYTES) {
      buffer().writeBytes(from, length);
      passIfFull();
    } else {
      pass();
      write(from.readRetainedSlice(length));
    }
  }

  /** Buffers that have been handed on: what is in {@link #buffer()} is there while this stays. */
  public long passedBuffers() {
    return passedBuffers;
  }

  /** Hands what is gathered to the channel if it has become much. */
  public void passIfFull() {
    if (gathered != null && gathered.readableBytes() >= FULL_BYTES) {
      pass();
    }
  }

  /** Sends what has been written. */
  public void flush() {
    pass();
    if (dirty) {
      dirty = false;
      out.flush();
    }
  }

  /** All bytes that were ever handed to the channel, before encryption. */
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

  private void pass() {
    if (gathered != null) {
      write(gathered);
      gathered = null;
    }
  }

  private void write(ByteBuf bytes) {
    passedBuffers++;
    writtenBytes += bytes.readableBytes();
    out.write(bytes, out.voidPromise());
    dirty = true;
  }
}
