package io.gatehouse.l7.message;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What has arrived on a channel and has not been taken yet: nothing at all, as a rule. Owned by its
 * channel's event loop.
 */
public final class InputBuffer {
  private @Nullable ByteBuf bytes;

  /** Adds what has arrived, and takes it over. */
  public void add(ByteBufAllocator allocator, ByteBuf arrived) {
    bytes =
        bytes == null
            ? arrived
            : ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(allocator, bytes, arrived);
  }

  /** The bytes, to be consumed; borrowed until the next call here. Null if there are none. */
  public @Nullable ByteBuf bytes() {
    return bytes;
  }

  /** Gives the bytes to the caller; there must be some. */
  public ByteBuf take() {
    var taken = Objects.requireNonNull(bytes);
    bytes = null;
    return taken;
  }

  /** Whether nothing is left to be taken. */
  public boolean isEmpty() {
    return bytes == null || !bytes.isReadable();
  }

  /** Gives the memory back if all has been taken. */
  public void trim() {
    if (isEmpty()) {
      release();
    }
  }

  /** Forgets what is left. */
  public void release() {
    if (bytes != null) {
      bytes.release();
      bytes = null;
    }
  }
}
