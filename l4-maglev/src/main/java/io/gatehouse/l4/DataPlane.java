package io.gatehouse.l4;

/**
 * What carries the bytes of an established connection. The tier hands over a pair of sockets whose
 * PROXY header is written and whose reads are stopped; from then on the data plane owns both,
 * counts the bytes as they pass ({@link L4Counter#BYTES_FROM_CLIENTS}, {@link
 * L4Counter#BYTES_TO_CLIENTS}), and reports the end to the flow's listener.
 *
 * <p>All calls are made on the event loop that both channels live on.
 */
public sealed interface DataPlane permits Relay {

  /** What the configuration may ask for. */
  enum Choice {
    /** The kernel's where it is offered, else the relay; {@code /status} says which and why. */
    AUTO,
    /** Only the kernel's: the node does not start without it. */
    KERNEL,
    /** Only the relay. */
    RELAY
  }

  /**
   * Takes over an established pair.
   *
   * @param pair takes ownership of both channels
   * @param listener called once, when both channels have been closed
   */
  Flow join(Pair pair, FlowListener listener);
}
