package io.gatehouse.membership;

import java.net.InetSocketAddress;
import java.util.List;

/**
 * What a node keeps of the ring from one life to the next.
 *
 * @param incarnation this node's last one; 0 if there is none
 * @param members others that were there, at most {@link #MAX_MEMBERS}
 */
record RingMemory(long incarnation, List<Known> members) {
  static final RingMemory NONE = new RingMemory(0, List.of());

  /** Enough to find any ring again. */
  static final int MAX_MEMBERS = 1024;

  /** Another node, and where it was last. */
  record Known(String name, InetSocketAddress address) {}

  RingMemory {
    members = List.copyOf(members.size() > MAX_MEMBERS ? members.subList(0, MAX_MEMBERS) : members);
  }
}
