package io.gatehouse.appliance.log;

import io.gatehouse.l4.L4Loops;
import io.netty.channel.EventLoop;
import java.util.concurrent.TimeUnit;

/** What a {@link LineLog} needs of an event loop, of either tier. */
public interface LogLoop {
  /** Runs {@code task} on the loop; any thread. */
  void execute(Runnable task);

  /** Runs {@code task} on the loop after a while; called on the loop. */
  void after(long delayNanos, Runnable task);

  /** Whether the calling thread is the loop's. */
  boolean inLoop();

  static LogLoop of(EventLoop loop) {
    return new LogLoop() {
      @Override
      public void execute(Runnable task) {
        loop.execute(task);
      }

      @Override
      public void after(long delayNanos, Runnable task) {
        loop.schedule(task, delayNanos, TimeUnit.NANOSECONDS);
      }

      @Override
      public boolean inLoop() {
        return loop.inEventLoop();
      }
    };
  }

  static LogLoop of(L4Loops.Loop loop) {
    return new LogLoop() {
      @Override
      public void execute(Runnable task) {
        loop.execute(task);
      }

      @Override
      public void after(long delayNanos, Runnable task) {
        loop.after(delayNanos, task);
      }

      @Override
      public boolean inLoop() {
        return loop.inLoop();
      }
    };
  }
}
