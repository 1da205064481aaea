package io.gatehouse.l7.message;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayDeque;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Bytes that wait, in order. Small pieces are copied together, so that they don't hold on to a
 * large buffer each. Takes no memory while it is empty. Owned by its channel's event loop.
 */
public final class BufferQueue {
  private static final int COPY_BYTES = 2 * 1024;

  private @Nullable ArrayDeque<ByteBuf> pieces;
  private int bytes;

  /** Bytes that wait. */
  public int bytes() {
    return bytes;
  }

  public boolean isEmpty() {
    return bytes == 0;
  }

  /**
   * Adds a piece.
   *
   * @param from lent; its next {@code length} bytes are consumed
   */
  public void add(ByteBufAllocator allocator, ByteBuf from, int length) {
    if (length == 0) {
      return;
    }
    var queue = pieces;
    if (queue == null) {
      queue = new ArrayDeque<>(4);
      pieces = queue;
    }
    bytes += length;
    var last = queue.peekLast();
    if (length > COPY_BYTES) {
      queue.add(from.readRetainedSlice(length));
    } else if (last != null && !last.isReadOnly() && last.writableBytes() >= length) {
      last.writeBytes(from, length);
    } else {
      queue.add(allocator.directBuffer(2 * COPY_BYTES).writeBytes(from, length));
    }
  }

  /** The first piece, of which bytes may be consumed up to its end; there must be one. */
  public ByteBuf first() {
    return Objects.requireNonNull(Objects.requireNonNull(pieces).peek());
  }

  /** Says that bytes of the first piece have been consumed. */
  public void consumed(int count) {
    bytes -= count;
    if (!first().isReadable()) {
      Objects.requireNonNull(pieces).remove().release();
    }
  }

  /** Forgets what waits. */
  public void release() {
    if (pieces != null) {
      pieces.forEach(ByteBuf::release);
      pieces = null;
    }
    bytes = 0;
  }
}
