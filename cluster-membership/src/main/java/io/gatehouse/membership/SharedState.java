package io.gatehouse.membership;

/**
 * State of the application that Gatehouse's nodes exchange in full with every push/pull, so that
 * whoever missed an event comes to know of it all the same. It is called on the ring's thread and
 * must not block. What it throws is logged and counted, and the push/pull goes on without it.
 */
public interface SharedState {

  /**
   * What this node knows. Left out of the push/pull, counted, where it is larger than {@link
   * SerfLimits#sharedBytes}.
   *
   * @return not to be changed afterwards; empty for nothing
   */
  byte[] local();

  /**
   * Takes in what another node knows. It may be of any age, come again, and hold anything at all
   * where the sender is hostile.
   *
   * @param remote never empty, at most {@link SerfLimits#sharedBytes} long
   */
  void merge(byte[] remote);
}
