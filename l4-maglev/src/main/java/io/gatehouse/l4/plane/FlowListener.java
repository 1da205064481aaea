package io.gatehouse.l4.plane;

/** Hears how a flow fares. Called on the flow's loop. */
public interface FlowListener {
  /**
   * More payload has been put on its way since the last call. Told from time to time, not with
   * every packet, and always before {@link #ended}.
   *
   * @param bytesByKernel of both, those that the kernel forwarded
   */
  void moved(long bytesFromClient, long bytesToClient, long bytesByKernel);

  /** A sender is not read any more because its peer does not keep up. */
  void stalled();

  /** The kernel forwards the flow from now on. */
  void taken();

  /** The kernel's credit was used up before more was granted: the process relays for a while. */
  void creditSpent();

  /**
   * Called once, when both sockets have been closed.
   *
   * @param bytesFromClient passed on to the endpoint, over the whole life of the flow
   * @param bytesToClient passed on to the client
   */
  void ended(FlowEnd end, long bytesFromClient, long bytesToClient);
}
