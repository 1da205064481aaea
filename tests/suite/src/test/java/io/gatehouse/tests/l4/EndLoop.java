package io.gatehouse.tests.l4;

import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * A thread that plays one end of many connections. Reads come before writes, so that a reset is met
 * by the read and not taken from it by a write.
 *
 * <p>The thread owns everything but the queue of tasks, through which others hand work over.
 */
final class EndLoop implements AutoCloseable {
  /** What is told of a channel's readiness, and of time that has come. */
  interface Player {
    /** May be called without need. */
    void proceed() throws IOException;

    /** An exception that {@link #proceed} let through. */
    void failed(Exception cause);
  }

  private record Alarm(long atNanos, Player player) {}

  private final Selector selector;
  private final Thread thread;
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final PriorityQueue<Alarm> alarms =
      new PriorityQueue<>((a, b) -> Long.compare(a.atNanos - b.atNanos, 0));
  private volatile boolean closing;
  private volatile @Nullable Throwable death;

  EndLoop(String name) {
    try {
      selector = Selector.open();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    thread = Thread.ofPlatform().daemon().name(name).start(this::run);
  }

  /** From any thread. */
  void execute(Runnable task) {
    tasks.add(task);
    selector.wakeup();
  }

  SelectionKey register(SelectableChannel channel, int interest, Player player) throws IOException {
    channel.configureBlocking(false);
    return channel.register(selector, interest, player);
  }

  void wakeAt(long atNanos, Player player) {
    alarms.add(new Alarm(atNanos, player));
  }

  /** Fails if the thread has died, for then nothing more is to be waited for. */
  void check() {
    if (death != null) {
      throw new AssertionError(thread.getName() + " has died", death);
    }
  }

  private void run() {
    try {
      while (!closing) {
        selector.select(this::proceed, millisToNextAlarm());
        for (var task = tasks.poll(); task != null; task = tasks.poll()) {
          task.run();
        }
        long now = System.nanoTime();
        for (var next = alarms.peek(); next != null && next.atNanos - now <= 0; ) {
          alarms.remove();
          proceed(next.player);
          next = alarms.peek();
        }
      }
      for (var key : selector.keys()) {
        key.channel().close();
      }
      selector.close();
    } catch (IOException | RuntimeException | Error e) {
      death = e;
    }
  }

  private long millisToNextAlarm() {
    var next = alarms.peek();
    if (next == null) {
      return SECONDS.toMillis(1);
    }
    return Math.clamp(NANOSECONDS.toMillis(next.atNanos - System.nanoTime()) + 1, 1, 1_000);
  }

  private void proceed(SelectionKey key) {
    proceed((Player) key.attachment());
  }

  private static void proceed(Player player) {
    try {
      player.proceed();
    } catch (IOException | RuntimeException e) {
      player.failed(e);
    }
  }

  /** Closes every channel. */
  @Override
  public void close() {
    closing = true;
    selector.wakeup();
    try {
      thread.join(SECONDS.toMillis(10));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
