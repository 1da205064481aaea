package io.gatehouse.membership;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import io.netty.channel.EventLoop;
import java.io.IOException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes down what the ring remembers: a while after something has changed, so that many changes
 * are one write, and at the end. Owned by the ring's loop, but for {@link #write}, which waits for
 * the disk on a thread of its own; at the end the loop waits itself.
 */
final class MemoryKeeper {
  private static final Logger log = LoggerFactory.getLogger(Ring.class);
  private static final long DELAY_MILLIS = 1_000;

  private final MemoryFile file;
  private final EventLoop loop;
  private final Supplier<RingMemory> memory;
  private final Consumer<RingCounter> counter;
  private RingMemory written = RingMemory.NONE;
  private boolean pending;
  private boolean failing;
  private boolean closed;

  /** Guarded by {@code this}. */
  private boolean lastIsWritten;

  /**
   * @param memory asked on the loop
   * @param counter told on the loop
   */
  MemoryKeeper(
      MemoryFile file, EventLoop loop, Supplier<RingMemory> memory, Consumer<RingCounter> counter) {
    this.file = file;
    this.loop = loop;
    this.memory = memory;
    this.counter = counter;
  }

  /** There may be something new to remember. */
  void changed() {
    if (file.exists() && !pending) {
      pending = true;
      loop.schedule(this::save, DELAY_MILLIS, MILLISECONDS);
    }
  }

  private void save() {
    pending = false;
    if (closed) {
      return;
    }
    RingMemory next = memory.get();
    if (next.equals(written)) {
      return;
    }
    written = next;
    Thread.ofVirtual()
        .name("ring-memory")
        .start(
            () -> {
              String failure = write(next, false);
              if (!loop.isShuttingDown()) {
                loop.execute(() -> tell(failure));
              }
            });
  }

  /**
   * @param last whether nothing is to be written after it
   * @return why it failed, empty if it did not
   */
  private synchronized String write(RingMemory next, boolean last) {
    if (lastIsWritten) {
      return "";
    }
    lastIsWritten = last;
    try {
      file.write(next);
      return "";
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** A failure is logged when it begins and when it ends, and counted each time. */
  private void tell(String failure) {
    if (!failure.isEmpty()) {
      counter.accept(RingCounter.MEMORY_FAILURES);
      written = RingMemory.NONE;
      if (!failing) {
        log.atWarn()
            .addKeyValue("cause", failure)
            .log("the ring's memory cannot be written; after a restart only its seeds lead back");
      }
    } else if (failing) {
      log.info("the ring's memory is written again");
    }
    failing = !failure.isEmpty();
  }

  /** Writes for the last time, and waits for it. */
  void close() {
    closed = true;
    if (file.exists()) {
      tell(write(memory.get(), true));
    }
  }
}
