package io.gatehouse.l4.plane;

/** Hears what epoll tells of one descriptor. Called on the loop that watches it. */
@FunctionalInterface
public interface Watch {
  /**
   * The descriptor is ready.
   *
   * @param events of {@code io.gatehouse.linux.Epoll}; may tell more than was asked for, and what
   *     it tells may be old: a call on the socket decides
   */
  void ready(int events);
}
