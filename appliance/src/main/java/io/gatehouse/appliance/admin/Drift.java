package io.gatehouse.appliance.admin;

import io.gatehouse.membership.Member;
import io.gatehouse.membership.NodeState;
import io.gatehouse.membership.Ring;

/**
 * Which nodes run with another configuration than this one.
 *
 * @param configurationHash of what this node runs with
 */
record Drift(String configurationHash) {

  /** Whether a node that is there differs. A stock Serf agent says nothing of a configuration. */
  boolean differs(Member member) {
    String hash = member.tags().get(Member.TAG_CONFIGURATION);
    boolean there = member.state() == NodeState.ALIVE || member.state() == NodeState.SUSPECT;
    return there && hash != null && !hash.equals(configurationHash);
  }

  /** How many nodes of a ring differ. */
  long count(Ring ring) {
    return ring.view().members().values().stream().filter(this::differs).count();
  }
}
