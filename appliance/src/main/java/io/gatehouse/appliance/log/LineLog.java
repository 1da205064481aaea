package io.gatehouse.appliance.log;

import io.gatehouse.appliance.json.JsonName;
import io.gatehouse.appliance.json.JsonWriter;
import io.netty.util.concurrent.FastThreadLocal;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lines that the event loops write and one thread of its own puts out, so that a slow disk or pipe
 * never stalls a request. Each loop gathers lines in a buffer and hands it over when it holds
 * {@link #CHUNK_BYTES} or after {@link #FLUSH_MILLIS}; between them lies a queue of at most {@link
 * #MAX_CHUNKS} chunks. When that is full, lines are dropped and counted: a log must not become the
 * reason that a front door stops.
 */
public final class LineLog implements AutoCloseable {
  /** A loop hands its lines over when it holds this many bytes. */
  static final int CHUNK_BYTES = 32 * 1024;

  /** A loop hands its lines over when the oldest is this old. */
  static final int FLUSH_MILLIS = 100;

  /** Room for a chunk and the line that fills it. */
  private static final int BUFFER_BYTES = CHUNK_BYTES + 8 * 1024;

  /** Buffers that a loop keeps for use again; more are made when the writer is behind. */
  private static final int MAX_SPARE = 4;

  /** Chunks that may wait for the writer; 20 MiB and a little. */
  static final int MAX_CHUNKS = 512;

  private static final JsonName TIME = new JsonName("time");
  private static final Logger log = LoggerFactory.getLogger(LineLog.class);
  private static final long IDLE_PARK_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
  private static final long CLOSE_TIMEOUT_MILLIS = 5_000;

  private final FastThreadLocal<LoopLines> linesOfThisLoop = new FastThreadLocal<>();
  private final Queue<Chunk> queue = new ConcurrentLinkedQueue<>();
  private final AtomicInteger queued = new AtomicInteger();
  private final LongAdder dropped = new LongAdder();
  private final List<LogLoop> loops;
  private final OutputStream out;
  private final Thread writer;
  private volatile boolean closing;

  /** The loop's until it is queued, then the writer's, then the loop's again, as a spare. */
  private record Chunk(LoopLines of, JsonWriter json, int lines) {}

  private LineLog(List<LogLoop> loops, OutputStream out) {
    this.loops = loops;
    this.out = out;
    writer = Thread.ofPlatform().name("line-log").daemon(true).unstarted(this::writeUntilClosed);
  }

  /**
   * Starts the writer.
   *
   * @param loops the threads that may write lines
   * @param out where lines go; closed with this log
   */
  public static LineLog start(List<LogLoop> loops, OutputStream out) {
    var lineLog = new LineLog(loops, out);
    for (LogLoop loop : loops) {
      CompletableFuture.runAsync(
              () -> lineLog.linesOfThisLoop.set(lineLog.new LoopLines(loop)), loop::execute)
          .join();
    }
    lineLog.writer.start();
    return lineLog;
  }

  /** Lines lost because the writer could not keep up. */
  public long dropped() {
    return dropped.sum();
  }

  /** The buffer of the loop that calls. */
  LoopLines lines() {
    return linesOfThisLoop.get();
  }

  /** Hands over what the loops hold, writes it, and closes. Not to be called on a loop. */
  @Override
  public void close() {
    for (LogLoop loop : loops) {
      try {
        CompletableFuture.runAsync(() -> lines().handOver(), loop::execute)
            .get(CLOSE_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
      } catch (ExecutionException | TimeoutException | RejectedExecutionException e) {
        log.atWarn().setCause(e).log("a loop's last lines are lost");
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    closing = true;
    LockSupport.unpark(writer);
    try {
      writer.join(CLOSE_TIMEOUT_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void writeUntilClosed() {
    try (out) {
      while (true) {
        boolean last = closing;
        writeQueued();
        if (last) {
          return;
        }
        LockSupport.parkNanos(this, IDLE_PARK_NANOS);
      }
    } catch (IOException e) {
      log.atError().setCause(e).log("the access log cannot be closed");
    }
  }

  private void writeQueued() {
    for (Chunk chunk = queue.poll(); chunk != null; chunk = queue.poll()) {
      queued.decrementAndGet();
      try {
        chunk.json.writeTo(out);
      } catch (IOException e) {
        dropped.add(chunk.lines);
        log.atError()
            .addKeyValue("lines", chunk.lines)
            .addKeyValue("cause", e.getMessage())
            .log("lines of the access log are lost: they cannot be written");
      }
      chunk.of.giveBack(chunk.json);
    }
    try {
      out.flush();
    } catch (IOException e) {
      log.atError().addKeyValue("cause", e.getMessage()).log("the access log cannot be flushed");
    }
  }

  /** The lines of one event loop. Owned by that loop's thread. */
  final class LoopLines {
    private final LogLoop loop;
    private final Queue<JsonWriter> spares = new ConcurrentLinkedQueue<>();
    private final AtomicInteger spare = new AtomicInteger();
    private JsonWriter json = new JsonWriter(BUFFER_BYTES);
    private final IsoTime time = new IsoTime();
    private final AddressText address = new AddressText();
    private int lines;

    private LoopLines(LogLoop loop) {
      this.loop = loop;
    }

    /** Begins a line with its time; {@link #end} ends it. */
    JsonWriter begin(long epochNanos) {
      assert loop.inLoop();
      return json.beginObject().name(TIME).value(time.at(epochNanos));
    }

    /** An address for the line, to be written before the next one is asked for. */
    CharSequence text(InetAddress of) {
      return address.of(of);
    }

    /** Ends the line. */
    void end() {
      json.endObject().newLine();
      if (++lines == 1) {
        loop.after(TimeUnit.MILLISECONDS.toNanos(FLUSH_MILLIS), this::handOver);
      }
      if (json.length() >= CHUNK_BYTES) {
        handOver();
      }
    }

    private void handOver() {
      if (lines == 0) {
        return;
      }
      if (queued.incrementAndGet() > MAX_CHUNKS) {
        queued.decrementAndGet();
        dropped.add(lines);
        json.reset();
      } else {
        queue.add(new Chunk(this, json, lines));
        LockSupport.unpark(writer);
        json = takeSpare();
      }
      lines = 0;
    }

    private JsonWriter takeSpare() {
      JsonWriter taken = spares.poll();
      if (taken == null) {
        return new JsonWriter(BUFFER_BYTES);
      }
      spare.decrementAndGet();
      return taken;
    }

    /** Called by the writer. */
    private void giveBack(JsonWriter written) {
      if (spare.get() < MAX_SPARE) {
        spare.incrementAndGet();
        written.reset();
        spares.add(written);
      }
    }
  }
}
