package io.gatehouse.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * Memory that a descriptor stands for, mapped into this process: whoever maps the same descriptor
 * sees the same bytes, another process or a BPF program included, and it outlives this process for
 * as long as somebody holds the descriptor.
 *
 * <p>Words are of the machine's byte order and lie at multiples of their size. Reads acquire and
 * writes release, so what was written before a word is seen by who reads it; the plain ones order
 * nothing. Any thread may use it; who writes which word is up to its users. An offset out of bounds
 * throws {@link IndexOutOfBoundsException}, and any use after closing {@link
 * IllegalStateException}.
 */
public final class SharedMemory implements AutoCloseable {
  private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();
  private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();
  private static final long MAP_FAILED = -1;

  private final int fd;
  private final boolean ownsFd;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment memory;

  @SuppressWarnings("restricted") // this module is granted native access
  private SharedMemory(int fd, boolean ownsFd, long address, long bytes, boolean isWritable) {
    this.fd = fd;
    this.ownsFd = ownsFd;
    var mapped = MemorySegment.ofAddress(address).reinterpret(bytes, arena, SharedMemory::unmap);
    memory = isWritable ? mapped : mapped.asReadOnly();
  }

  /**
   * Makes a file in memory that has no place in the file system (memfd_create(2)), all zero, and
   * maps it.
   *
   * @param name seen in {@code /proc/PID/fd}, for debugging
   * @throws LinuxException if there is no descriptor or no memory left
   */
  public static SharedMemory memfd(String name, long bytes) throws LinuxException {
    requirePositive(bytes);
    int fd = Libc.check("memfd_create", Libc.CALLS.memfd_create(name, Libc.MFD_CLOEXEC));
    try {
      Libc.check("ftruncate", Libc.CALLS.ftruncate(fd, bytes));
      return map(fd, true, 0, bytes, true);
    } catch (LinuxException e) {
      Libc.close(fd);
      throw e;
    }
  }

  /**
   * Maps the first bytes of {@code fd}, which is borrowed and may be closed afterwards. It must be
   * at least that long: touching what lies beyond its end kills the process.
   *
   * @throws LinuxException if it cannot be mapped for reading and writing
   */
  public static SharedMemory map(int fd, long bytes) throws LinuxException {
    return map(fd, false, 0, bytes, true);
  }

  /**
   * Maps the whole of a file in memory that another process made; takes over {@code fd}.
   *
   * @throws LinuxException if it cannot be mapped for reading and writing; {@code fd} is closed
   */
  public static SharedMemory adopt(int fd) throws LinuxException {
    try {
      long bytes = Libc.CALLS.lseek(fd, 0, Libc.SEEK_END);
      Libc.check("lseek", (int) Math.min(bytes, 0));
      return map(fd, true, 0, bytes, true);
    } catch (LinuxException e) {
      Libc.close(fd);
      throw e;
    }
  }

  /** Maps another part; where it is not writable, writing throws. */
  static SharedMemory map(int fd, long from, long bytes, boolean isWritable) throws LinuxException {
    return map(fd, false, from, bytes, isWritable);
  }

  private static SharedMemory map(int fd, boolean ownsFd, long from, long bytes, boolean isWritable)
      throws LinuxException {
    requirePositive(bytes);
    int protection = Libc.PROT_READ | (isWritable ? Libc.PROT_WRITE : 0);
    long address = Libc.CALLS.mmap(null, bytes, protection, Libc.MAP_SHARED, fd, from);
    if (address == MAP_FAILED) {
      throw new LinuxException("mmap", Libc.errno());
    }
    return new SharedMemory(fd, ownsFd, address, bytes, isWritable);
  }

  private static void requirePositive(long bytes) {
    if (bytes <= 0) {
      throw new IllegalArgumentException(
          "shared memory: %d bytes (expected: > 0)".formatted(bytes));
    }
  }

  private static void unmap(MemorySegment mapped) {
    Libc.CALLS.munmap(mapped.address(), mapped.byteSize());
  }

  /** The descriptor it was made with or mapped from. */
  public int fd() {
    return fd;
  }

  /** How many bytes are mapped. */
  public long size() {
    return memory.byteSize();
  }

  /** The 64-bit word at that offset, with acquire. */
  public long getLong(long at) {
    return (long) LONG.getAcquire(memory, at);
  }

  /** Sets a 64-bit word, with release. */
  public void putLong(long at, long value) {
    LONG.setRelease(memory, at, value);
  }

  /** The 32-bit word at that offset, with acquire. */
  public int getInt(long at) {
    return (int) INT.getAcquire(memory, at);
  }

  /** Sets a 32-bit word, with release. */
  public void putInt(long at, int value) {
    INT.setRelease(memory, at, value);
  }

  /** The 64-bit word at that offset, whole but ordered with nothing. */
  public long getPlainLong(long at) {
    return (long) LONG.get(memory, at);
  }

  /** Sets a 64-bit word, whole but ordered with nothing. */
  public void putPlainLong(long at, long value) {
    LONG.set(memory, at, value);
  }

  /** Sets a 64-bit word if it has the expected value, atomically and as a volatile access. */
  public boolean compareAndSetLong(long at, long expected, long value) {
    return LONG.compareAndSet(memory, at, expected, value);
  }

  /** Unmaps it, and closes the descriptor if it was made here. */
  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
      if (ownsFd) {
        Libc.close(fd);
      }
    }
  }
}
