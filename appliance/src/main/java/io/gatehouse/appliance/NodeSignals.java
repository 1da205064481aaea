package io.gatehouse.appliance;

import java.util.concurrent.CountDownLatch;

/**
 * Signals as a service manager and a person send them to a node. SIGTERM and SIGINT: the first asks
 * for a drain, the second for an end at once. SIGHUP asks for a hand-over, if it is the first of
 * all. Thread-safe.
 */
final class NodeSignals {
  /** What the first signal asked for. */
  enum Wish {
    STOP,
    HAND_OVER
  }

  private final CountDownLatch first = new CountDownLatch(1);
  private final CountDownLatch second = new CountDownLatch(1);
  private volatile Wish wish = Wish.STOP;

  private NodeSignals() {}

  /** Takes the signals over from the JVM, which would end on the first. */
  static NodeSignals install() {
    var signals = new NodeSignals();
    Signals.handle("TERM", signals::stop);
    Signals.handle("INT", signals::stop);
    Signals.handle("HUP", signals::handOver);
    return signals;
  }

  /** Does what SIGTERM does, for whatever else may ask this process to stop. */
  synchronized void stop() {
    if (first.getCount() > 0) {
      first.countDown();
    } else {
      second.countDown();
    }
  }

  /** Does what SIGHUP does. */
  private synchronized void handOver() {
    if (first.getCount() > 0) {
      wish = Wish.HAND_OVER;
      first.countDown();
    }
  }

  /** Waits until something is asked for. */
  Wish awaitFirst() throws InterruptedException {
    first.await();
    return wish;
  }

  /** Runs {@code action} on its own thread when a stop is asked for after the first signal. */
  void onSecond(Runnable action) {
    Thread.ofVirtual()
        .name("second-stop-signal")
        .start(
            () -> {
              try {
                second.await();
                action.run();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
  }
}
