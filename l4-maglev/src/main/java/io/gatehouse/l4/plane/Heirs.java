package io.gatehouse.l4.plane;

import org.jspecify.annotations.Nullable;

/** Finds who goes on with the flows of a predecessor. Called on the loop that adopts them. */
@FunctionalInterface
public interface Heirs {
  /**
   * Who hears of a flow from now on.
   *
   * @return null if nobody does: the flow is closed
   */
  @Nullable Heir of(FlowIdentity identity);

  /** Goes on with one flow. */
  interface Heir extends FlowListener {
    /** What bounds the flow from now on. */
    FlowLimits limits();

    /** Called once, before anything else happens to the flow. */
    void adopted(Flow flow);
  }
}
