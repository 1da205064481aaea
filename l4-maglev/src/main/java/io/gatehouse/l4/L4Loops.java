package io.gatehouse.l4;

import io.gatehouse.l4.plane.SocketLoop;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The event loops of an L4 tier: threads that watch sockets. Opened before the tier and closed
 * after it, by one thread.
 */
public final class L4Loops implements AutoCloseable {
  private final List<SocketLoop> sockets = new ArrayList<>();

  private L4Loops() {}

  /**
   * Starts them.
   *
   * @throws IOException if there are no descriptors left
   */
  public static L4Loops start(int count) throws IOException {
    var loops = new L4Loops();
    try {
      for (int i = 1; i <= count; i++) {
        loops.sockets.add(SocketLoop.start("l4-loop-" + i, System::nanoTime));
      }
      return loops;
    } catch (IOException e) {
      loops.close();
      throw e;
    }
  }

  List<SocketLoop> sockets() {
    return sockets;
  }

  /** The loops, for others that have something to do on them. */
  public List<Loop> all() {
    return sockets.stream().map(Loop::new).toList();
  }

  @Override
  public void close() {
    sockets.forEach(SocketLoop::close);
  }

  /** One of them. */
  public static final class Loop {
    private final SocketLoop sockets;

    private Loop(SocketLoop sockets) {
      this.sockets = sockets;
    }

    /** Runs {@code task} on the loop; any thread. */
    public void execute(Runnable task) {
      sockets.execute(task);
    }

    /** Runs {@code task} on the loop after a while; to be called on the loop. */
    public void after(long delayNanos, Runnable task) {
      sockets.after(delayNanos, task);
    }

    /** Whether the calling thread is the loop's. */
    public boolean inLoop() {
      return sockets.inLoop();
    }
  }
}
