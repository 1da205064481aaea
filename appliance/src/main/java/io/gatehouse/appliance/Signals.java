package io.gatehouse.appliance;

import java.io.IOException;
import java.lang.reflect.Proxy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What may ask this process for something from outside. Stateless; any thread may call. */
final class Signals {
  private static final Logger log = LoggerFactory.getLogger(Signals.class);

  private Signals() {}

  /**
   * Does {@code action} on each signal, on a thread of the JVM. The JVM needs QUIT for itself, and
   * USR2 though it does not say so.
   *
   * <p>No supported API handles a signal; sun.misc.Signal of module jdk.unsupported does, and
   * compiling against it warns in a way that cannot be silenced, hence reflection.
   *
   * @param name without SIG
   */
  static void handle(String name, Runnable action) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object proxy =
          Proxy.newProxyInstance(
              Signals.class.getClassLoader(),
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

  /** Does {@code action} when standard input ends, as it does with a parent that holds it open. */
  static void onEndOfInput(Runnable action) {
    Thread.ofPlatform()
        .daemon(true)
        .name("stop-on-eof")
        .start(
            () -> {
              try {
                while (System.in.read() >= 0) {
                  // what is written does not matter
                }
              } catch (IOException e) {
                log.atDebug().setCause(e).log("standard input failed, which is an end too");
              }
              action.run();
            });
  }
}
