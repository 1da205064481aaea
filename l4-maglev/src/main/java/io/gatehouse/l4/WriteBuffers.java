package io.gatehouse.l4;

import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;

/**
 * How a service's {@code bufferBytes} are divided. Once more than half wait to be written the
 * sender is not read any more; what is then still on its way is at most one read of a quarter, and
 * one that io_uring has already begun: the sum is the limit.
 */
record WriteBuffers(WriteBufferWaterMark waterMark, AdaptiveRecvByteBufAllocator readSizes) {
  private static final int MAX_READ_BYTES = 64 * 1024;
  private static final int MIN_READ_BYTES = 1024;
  private static final int FIRST_READ_BYTES = 4096;

  static WriteBuffers of(int bufferBytes) {
    int maxRead = Math.min(MAX_READ_BYTES, bufferBytes / 4);
    var readSizes =
        new AdaptiveRecvByteBufAllocator(
            Math.min(MIN_READ_BYTES, maxRead), Math.min(FIRST_READ_BYTES, maxRead), maxRead);
    readSizes.maxMessagesPerRead(16);
    return new WriteBuffers(new WriteBufferWaterMark(bufferBytes / 4, bufferBytes / 2), readSizes);
  }
}
