package io.gatehouse.l4;

/** Hears of every connection's end. */
@FunctionalInterface
public interface ConnectionRecorder {

  /** Called once per accepted connection, on its event loop; must not block. */
  void ended(ConnectionRecord connection);
}
