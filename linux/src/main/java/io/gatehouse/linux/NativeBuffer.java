package io.gatehouse.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Memory outside the heap, for system calls to read and fill: it does not move, and has an address.
 * Zero at first and aligned to a cache line.
 *
 * <p>Owned by whoever allocated it. Any thread may use it, one at a time. The address is valid
 * until it is closed; views fail from then on, a system call that was handed the address does not.
 */
public final class NativeBuffer implements AutoCloseable {
  private static final long ALIGNMENT_BYTES = 64;

  private final Arena arena;
  private final MemorySegment memory;

  private NativeBuffer(Arena arena, int bytes) {
    this.arena = arena;
    memory = arena.allocate(bytes, ALIGNMENT_BYTES);
  }

  /**
   * Allocates, to be closed.
   *
   * @throws IllegalArgumentException if there are to be no bytes
   */
  @SuppressWarnings("MustBeClosedChecker") // closed with the buffer
  public static NativeBuffer allocate(int bytes) {
    requirePositive(bytes);
    return new NativeBuffer(Arena.ofShared(), bytes);
  }

  /** Allocates what lives for as long as something refers to it, and cannot be closed. */
  static NativeBuffer collected(int bytes) {
    requirePositive(bytes);
    return new NativeBuffer(Arena.ofAuto(), bytes);
  }

  private static void requirePositive(int bytes) {
    if (bytes <= 0) {
      throw new IllegalArgumentException(
          "native buffer: %d bytes (expected: > 0)".formatted(bytes));
    }
  }

  /** Where it begins. */
  public long address() {
    return memory.address();
  }

  /** How many bytes it has. */
  public int size() {
    return (int) memory.byteSize();
  }

  /** A new view of all of it, in the machine's byte order. */
  public ByteBuffer bytes() {
    return memory.asByteBuffer().order(ByteOrder.nativeOrder());
  }

  /** Sets all of it to zero. */
  void clear() {
    memory.fill((byte) 0);
  }

  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}
