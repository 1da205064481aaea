package io.gatehouse.l4.plane;

import io.gatehouse.linux.LinuxException;
import java.util.List;

/**
 * What carries the bytes of the settled connections of one loop. Owned by that loop, but for the
 * memory in its table, which the kernel shares.
 */
sealed interface DataPlane extends AutoCloseable permits RelayPlane, KernelPlane {
  /** Where its flows are written down. */
  FlowTable table();

  /**
   * A flow has lived for a moment; it may be carried in another way from now on.
   *
   * @return false if that is to be tried again later
   */
  boolean takeOver(Flow flow);

  /** A flow ends: its sockets are about to be closed. */
  void release(Flow flow);

  /**
   * Takes up a flow that a predecessor had in this plane's table; its sockets are watched.
   *
   * @throws LinuxException if the kernel refuses
   */
  void resume(Flow flow) throws LinuxException;

  /** What a successor needs beside the sockets; stays the plane's. */
  List<KeptDescriptor> descriptors();

  @Override
  void close();

  /**
   * A descriptor to be kept.
   *
   * @param part of the plane that it is
   */
  record KeptDescriptor(String part, int fd) {}
}
