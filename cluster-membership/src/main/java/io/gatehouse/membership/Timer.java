package io.gatehouse.membership;

import java.net.InetSocketAddress;

/** What may be due. Of equal timers only the one scheduled last counts. */
sealed interface Timer {
  /** The next member is probed, and the last probe judged. */
  record Probe() implements Timer {}

  /** The direct ping of the present probe has taken too long. */
  record ProbeTimeout() implements Timer {}

  /** A ping on behalf of another member has taken too long. */
  record IndirectProbe(long seq) implements Timer {}

  /** The next round of gossip. */
  record Gossip() implements Timer {}

  /** Others know that this node leaves; now it says goodbye. */
  record Goodbye() implements Timer {}

  /** The next exchange of full state. */
  record PushPull() implements Timer {}

  /** Whether a seed is to be contacted again. */
  record Rejoin(InetSocketAddress seed) implements Timer {}

  /** Whether nobody else is left, so that old acquaintances are to be asked. */
  record Recall() implements Timer {}

  /** A suspect has had its time. */
  record Suspicion(String node) implements Timer {}
}
