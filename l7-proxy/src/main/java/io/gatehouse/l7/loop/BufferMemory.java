package io.gatehouse.l7.loop;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.netty.util.internal.PlatformDependent;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the buffers of this process take of the memory, and whether that is as much as they may.
 * Then no new work is taken: connections are closed, requests are answered 503, and what is under
 * way, each part of it within bounds of its own, goes on and gives its memory back. New work is
 * taken again when a tenth of the bound is free.
 *
 * <p>Counted are whole chunks of the allocator, as it takes them from the system: what lies unused
 * in one counts, too. Thread-safe.
 */
public final class BufferMemory {
  private static final Logger log = LoggerFactory.getLogger(BufferMemory.class);

  private final LongSupplier used;
  private final long limitBytes;
  private final AtomicBoolean scarce = new AtomicBoolean();

  BufferMemory(LongSupplier usedBytes, long limitBytes) {
    this.used = usedBytes;
    this.limitBytes = limitBytes;
  }

  /**
   * Watches the allocator that all channels use.
   *
   * @param limitBytes 0: half of what the JVM gives for buffers
   * @throws IllegalArgumentException if the JVM gives less than the limit
   */
  public static BufferMemory ofThisProcess(long limitBytes) {
    // Without an option of its own, as much as in the heap.
    long mostBytes = PlatformDependent.maxDirectMemory();
    if (limitBytes > mostBytes) {
      throw new IllegalArgumentException(
          "bufferMemory: %d bytes (expected: <= %d, what the JVM gives for buffers, which is set by"
                  .formatted(limitBytes, mostBytes)
              + " -XX:MaxDirectMemorySize)");
    }
    var metric = ((ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT).metric();
    return new BufferMemory(metric::usedDirectMemory, limitBytes == 0 ? mostBytes / 2 : limitBytes);
  }

  /** Bytes that the buffers take now. */
  public long usedBytes() {
    return used.getAsLong();
  }

  /** Bytes from which on no new work is taken. */
  public long limitBytes() {
    return limitBytes;
  }

  /** Whether no new work is to be taken, as of the last look. */
  public boolean isScarce() {
    return scarce.get();
  }

  /** Looks how things stand; called now and then, and before a connection is taken. */
  public boolean look() {
    long now = used.getAsLong();
    boolean was = scarce.get();
    boolean is = was ? now > limitBytes - limitBytes / 10 : now >= limitBytes;
    if (is != was && scarce.compareAndSet(was, is)) {
      (is ? log.atWarn() : log.atInfo())
          .addKeyValue("usedBytes", now)
          .addKeyValue("limitBytes", limitBytes)
          .log(
              is
                  ? "buffers take as much memory as they may: new work is refused"
                  : "buffers have given memory back: new work is taken again");
    }
    return is;
  }
}
