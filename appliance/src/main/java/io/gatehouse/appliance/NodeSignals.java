package io.gatehouse.appliance;

import java.lang.reflect.Proxy;
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
  static StopSignals install() {
    var signals = new StopSignals();
    for (String name : new String[] {"TERM", "INT"}) {
      handle(name, signals::received);
    }
    return signals;
  }

  /**
   * No supported API handles a signal; sun.misc.Signal of module jdk.unsupported does, and
   * compiling against it warns in a way that cannot be silenced, hence reflection.
   */
  private static void handle(String name, Runnable action) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object proxy =
          Proxy.newProxyInstance(
              StopSignals.class.getClassLoader(),
              new Class<?>[] {handler},
              (self, method, arguments) ->
                  switch (method.getName()) {
                    case "handle" -> {
                      action.run();
                      yield null;
                    }
                    case "hashCode" -> name.hashCode();
                    case "toString" -> "on SIG" + name;
                    default -> false;
                  });
      signal
          .getMethod("handle", signal, handler)
          .invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("this JVM cannot handle SIG" + name, e);
    }
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
