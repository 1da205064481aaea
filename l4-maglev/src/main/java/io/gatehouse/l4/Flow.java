package io.gatehouse.l4;

/** An established connection in the hands of a data plane. Owned by its event loop. */
interface Flow {

  /** Closes both sides at once, with a reset; the listener is told {@code why}. */
  void abort(FlowEnd why);

  /** Bytes that wait in this process, both directions together. */
  long waitingBytes();
}
