package io.gatehouse.linux;

import java.nio.ByteBuffer;

/**
 * Each thread's own few bytes outside the heap, for arguments that a call takes by address and that
 * live no longer than the call. What one call left there is the next one's to overwrite.
 */
final class CallScratch {
  static final int BYTES = 256;

  private static final ThreadLocal<CallScratch> OF_THREAD =
      ThreadLocal.withInitial(CallScratch::new);

  /** Reached by absolute index only. */
  final ByteBuffer bytes;

  final long address;

  private final NativeBuffer buffer = NativeBuffer.collected(BYTES);

  private CallScratch() {
    bytes = buffer.bytes();
    address = buffer.address();
  }

  static CallScratch ofThisThread() {
    return OF_THREAD.get();
  }

  /** Sets the first bytes, a multiple of 8, to zero. */
  void clear(int count) {
    for (int at = 0; at < count; at += Long.BYTES) {
      bytes.putLong(at, 0);
    }
  }
}
