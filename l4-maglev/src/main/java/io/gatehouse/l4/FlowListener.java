package io.gatehouse.l4;

/** Hears of a flow's end. */
interface FlowListener {

  /**
   * Called once, on the flow's event loop, when both channels have been closed.
   *
   * @param bytesFromClient read from the client and passed on
   * @param bytesToClient read from the endpoint and passed on
   */
  void ended(FlowEnd end, long bytesFromClient, long bytesToClient);
}
