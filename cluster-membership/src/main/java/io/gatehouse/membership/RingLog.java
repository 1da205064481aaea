package io.gatehouse.membership;

import static java.util.concurrent.TimeUnit.SECONDS;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.EnumMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the ring tells the operator. What a peer can cause at will is logged once in a while, and
 * counted always. Owned by the ring's loop.
 */
final class RingLog {
  private static final Logger log = LoggerFactory.getLogger(Ring.class);
  private static final long QUIET_NANOS = SECONDS.toNanos(10);

  private final String self;
  private final Map<RingCounter, Long> lastNanos = new EnumMap<>(RingCounter.class);
  private ClusterView last = ClusterView.EMPTY;

  RingLog(String self) {
    this.self = self;
  }

  void stateChanged(String node, InetSocketAddress address, NodeState state) {
    log.atInfo()
        .addKeyValue("member", node)
        .addKeyValue("address", address)
        .addKeyValue("state", state)
        .log("node is " + describe(state));
  }

  /** Says when this node begins to doubt itself, and when it no longer does. */
  void healthChanged(int before, int score) {
    if (before == 0 || score == 0) {
      log.atInfo()
          .addKeyValue("member", self)
          .addKeyValue("score", score)
          .log(score == 0 ? "this node keeps up again" : "this node may not keep up");
    }
  }

  void viewChanged(ClusterView view) {
    for (Member member : view.members().values()) {
      Member before = last.members().get(member.name());
      if (before != null && !before.tags().equals(member.tags())) {
        log.atInfo()
            .addKeyValue("member", member.name())
            .addKeyValue("tags", member.tags())
            .log("node has new tags");
      }
    }
    last = view;
  }

  private static String describe(NodeState state) {
    return switch (state) {
      case ALIVE -> "alive";
      case SUSPECT -> "suspect";
      case DEAD -> "dead";
      case LEFT -> "gone: it left";
    };
  }

  void nameConflict(Effect.NameConflict conflict, long nowNanos) {
    if (quiet(RingCounter.NAME_CONFLICTS, nowNanos)) {
      return;
    }
    log.atError()
        .addKeyValue("member", conflict.node())
        .addKeyValue("held", conflict.held())
        .addKeyValue("claimed", conflict.claimed())
        .log("two addresses claim one node name");
  }

  void refuted(Effect.Refuted refuted) {
    log.atWarn()
        .addKeyValue("member", self)
        .addKeyValue("accuser", refuted.accuser())
        .addKeyValue("incarnation", refuted.incarnation())
        .log("refuted what is said of this node");
  }

  void limitReached(RingCounter limit, String detail, long nowNanos) {
    if (quiet(limit, nowNanos)) {
      return;
    }
    log.atWarn()
        .addKeyValue("limit", limit.metric())
        .addKeyValue("detail", detail)
        .log("membership limit reached");
  }

  void packetRefused(RingCounter reason, InetSocketAddress from, long nowNanos) {
    if (quiet(reason, nowNanos)) {
      return;
    }
    log.atWarn()
        .addKeyValue("peer", from)
        .addKeyValue("metric", reason.metric())
        .addKeyValue("cause", reason.help())
        .log("gossip packet refused");
  }

  void streamRefused(SocketAddress peer, String cause, long nowNanos) {
    if (quiet(RingCounter.STREAM_MALFORMED, nowNanos)) {
      return;
    }
    log.atWarn().addKeyValue("peer", peer).addKeyValue("cause", cause).log("gossip stream refused");
  }

  void seedUnresolved(InetSocketAddress seed, long nowNanos) {
    if (quiet(RingCounter.SEEDS_UNRESOLVED, nowNanos)) {
      return;
    }
    log.atWarn().addKeyValue("seed", seed.getHostString()).log("a seed's name has no address");
  }

  private boolean quiet(RingCounter what, long nowNanos) {
    Long before = lastNanos.get(what);
    if (before != null && nowNanos - before < QUIET_NANOS) {
      return true;
    }
    lastNanos.put(what, nowNanos);
    return false;
  }
}
