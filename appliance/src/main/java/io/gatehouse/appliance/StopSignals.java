package io.gatehouse.appliance;

import java.util.concurrent.CountDownLatch;

/**
 * SIGTERM and SIGINT as a service manager and a person send them: the first asks for a drain, the
 * second for an end at once. Thread-safe.
 */
final class StopSignals {
  private final CountDownLatch first = new CountDownLatch(1);
  private final CountDownLatch second = new CountDownLatch(1);

  private StopSignals() {}

  /** Takes both signals over from the JVM, which would end on the first. */
  @SuppressWarnings("sunapi") // no supported API handles a signal
  static StopSignals install() {
    var signals = new StopSignals();
    for (String name : new String[] {"TERM", "INT"}) {
      sun.misc.Signal.handle(new sun.misc.Signal(name), signal -> signals.received());
    }
    return signals;
  }

  /** Does what a signal does, for whatever else may ask this process to stop. */
  synchronized void received() {
    if (first.getCount() > 0) {
      first.countDown();
    } else {
      second.countDown();
    }
  }

  /** Waits until a drain is asked for. */
  void awaitFirst() throws InterruptedException {
    first.await();
  }

  /** Runs {@code action} on its own thread when the second signal comes. */
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
