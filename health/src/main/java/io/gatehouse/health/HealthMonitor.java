package io.gatehouse.health;

import java.util.function.Consumer;

/**
 * Watches pools and publishes verdicts. Every method may be called from any thread; listeners are
 * called on the monitor's own thread and must not block.
 */
public interface HealthMonitor extends AutoCloseable {

  /** The latest verdicts. */
  HealthSnapshot snapshot();

  /** Calls {@code listener} with the present snapshot now and with every later one. */
  void onChange(Consumer<HealthSnapshot> listener);

  /**
   * Tells what the data path saw: a hint to probe now, not a verdict.
   *
   * @param cause for the log, such as {@code connect refused}
   */
  void reportFailure(String pool, String endpoint, String cause);

  @Override
  void close();
}
