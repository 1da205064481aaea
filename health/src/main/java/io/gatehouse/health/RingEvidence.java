package io.gatehouse.health;

import io.gatehouse.membership.ClusterView;
import io.gatehouse.membership.Member;
import io.gatehouse.membership.NodeState;

/** What the ring says of one endpoint. */
sealed interface RingEvidence {

  /** The ring has said nothing of it, or the pool does not follow the ring. */
  record Unseen() implements RingEvidence {}

  /**
   * @param draining whether the node has announced that it takes no new work
   */
  record Seen(NodeState state, boolean draining) implements RingEvidence {}

  /** Before the ring has said anything. */
  RingEvidence UNSEEN = new Unseen();

  static RingEvidence of(Member member) {
    return new Seen(member.state(), member.draining());
  }

  /**
   * Whether a view tells more about its observer than about the others: with three members or more,
   * everybody but one is suspected or dead. Cut off, a node sees exactly this; it then keeps what
   * it knew (fail static) and goes by its own probes.
   */
  static boolean looksCutOff(ClusterView view) {
    int present = 0;
    int alive = 0;
    for (var member : view.members().values()) {
      switch (member.state()) {
        case ALIVE -> {
          present++;
          alive++;
        }
        case SUSPECT, DEAD -> present++;
        case LEFT -> {}
      }
    }
    return present >= 3 && alive <= 1;
  }
}
