package io.gatehouse.membership;

import static java.util.concurrent.TimeUnit.MINUTES;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Consumer;

/**
 * Joins and leaves as they are meant, ordered by a Lamport clock: they tell a node that has left
 * from one that has failed, which to SWIM are both dead, and let an operator say that a failed node
 * will not come back ({@code serf force-leave}). Owned by the ring's loop.
 */
final class Intents {
  /** An intent of a node that is not known (yet). */
  private record Pending(boolean leave, long time, long heardNanos) {}

  /** How long an intent of a node that is not known is remembered, as Serf has it. */
  private static final long PENDING_NANOS = MINUTES.toNanos(5);

  private final Limits limits;
  private final MemberTable table;
  private final SerfGossip gossip;
  private final Outbox outbox;
  private final Consumer<RingCounter> counter;
  private final LamportClock clock = new LamportClock();
  private final SequencedMap<String, Pending> pending = new LinkedHashMap<>();
  private boolean leaving;

  Intents(
      Limits limits,
      MemberTable table,
      SerfGossip gossip,
      Outbox outbox,
      Consumer<RingCounter> counter) {
    this.limits = limits;
    this.table = table;
    this.gossip = gossip;
    this.outbox = outbox;
    this.counter = counter;
  }

  LamportClock clock() {
    return clock;
  }

  /** This node has joined, or somebody believes that it leaves: it says that it is here. */
  void sayJoin(long nowNanos) {
    var join = new SerfMessage.Join(clock.time(), table.self().name());
    join(join, nowNanos);
    gossip.intent(join.node(), SerfEncoder.encode(join));
  }

  /** Whether this node has ever said that it is here. */
  boolean saidJoin() {
    return table.self().statusTime() > 0;
  }

  /** This node is about to leave; gives what it says of that. */
  UserData sayLeave(long nowNanos) {
    leaving = true;
    var leave = new SerfMessage.Leave(clock.time(), table.self().name());
    leave(leave, nowNanos);
    UserData data = SerfEncoder.encode(leave);
    gossip.intent(leave.node(), data);
    return data;
  }

  /** Takes in a join; gives whether it is to be gossiped on. */
  boolean join(SerfMessage.Join join, long nowNanos) {
    clock.witness(join.time());
    Peer peer = table.get(join.node());
    if (peer == null) {
      return remember(join.node(), new Pending(false, join.time(), nowNanos));
    }
    if (join.time() <= peer.statusTime()) {
      return false;
    }
    peer.intends(false, join.time());
    return true;
  }

  /** Takes in a leave; gives whether it is to be gossiped on. */
  boolean leave(SerfMessage.Leave leave, long nowNanos) {
    clock.witness(leave.time());
    Peer peer = table.get(leave.node());
    if (peer == null) {
      return remember(leave.node(), new Pending(true, leave.time(), nowNanos));
    }
    if (leave.time() <= peer.statusTime()) {
      return false;
    }
    if (peer == table.self() && !leaving) {
      counter.accept(RingCounter.REFUTATIONS);
      sayJoin(nowNanos);
      return false;
    }
    return switch (peer.state()) {
      case ALIVE, SUSPECT -> {
        boolean news = !peer.leaving();
        peer.intends(true, news ? leave.time() : peer.statusTime());
        yield news;
      }
      case DEAD -> {
        peer.intends(true, leave.time());
        peer.become(NodeState.LEFT, peer.incarnation(), nowNanos);
        table.markChanged();
        outbox.add(new Effect.StateChanged(peer.name(), peer.address(), NodeState.LEFT));
        yield true;
      }
      case LEFT -> false;
    };
  }

  /** A node is heard of for the first time: what it intends may be known already. */
  void introduced(Peer peer) {
    Pending intent = pending.remove(peer.name());
    if (intent != null) {
      peer.intends(intent.leave(), intent.time());
    }
  }

  private boolean remember(String node, Pending intent) {
    Pending known = pending.get(node);
    if (known != null && intent.time() <= known.time()) {
      return false;
    }
    pending.remove(node);
    while (!pending.isEmpty()
        && intent.heardNanos() - pending.firstEntry().getValue().heardNanos() > PENDING_NANOS) {
      pending.pollFirstEntry();
    }
    if (pending.size() >= limits.serf().intents()) {
      pending.pollFirstEntry();
      gossip.limitReached(RingCounter.LIMIT_INTENTS, node);
    }
    pending.putLast(node, intent);
    return true;
  }

  /** Takes in what another node remembers. */
  void merge(SerfState state, long nowNanos) {
    if (state.time() > 0) {
      clock.witness(state.time() - 1);
    }
    // When a leave was said is not told; it was after the node's join, or it would not have
    // counted.
    for (String node : state.left()) {
      long time = state.statusTimes().getOrDefault(node, 0L);
      leave(new SerfMessage.Leave(Math.min(time + 1, LamportClock.MAX_TIME), node), nowNanos);
    }
    var left = new HashSet<>(state.left());
    for (var status : state.statusTimes().entrySet()) {
      if (!left.contains(status.getKey())) {
        join(new SerfMessage.Join(status.getValue(), status.getKey()), nowNanos);
      }
    }
  }

  /** When each node's last join or leave was said; those who said none are left out. */
  Map<String, Long> statusTimes() {
    var times = new LinkedHashMap<String, Long>();
    for (Peer peer : table.all()) {
      if (peer.statusTime() > 0) {
        times.put(peer.name(), peer.statusTime());
      }
    }
    return times;
  }
}
