package io.gatehouse.membership;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What is said of nodes, and what comes of it: the rules of SWIM's suspicion and incarnations
 * (section 4.2) as memberlist applies them. A claim counts when its incarnation is high enough; it
 * is gossiped on when it is news; and what is said of this node is contradicted. Owned by the
 * ring's loop.
 */
final class Rumours {
  private final Timing timing;
  private final Limits limits;
  private final MemberTable table;
  private final Intents intents;
  private final Outbox outbox;
  private final Consumer<RingCounter> counter;
  private final LocalHealth health;
  private final Hearing hearing;
  private final Map<String, Suspicion> suspicions = new LinkedHashMap<>();
  private final Guard guard;
  private boolean left;
  private int appeared;

  Rumours(
      Timing timing,
      Limits limits,
      MemberTable table,
      Intents intents,
      LocalHealth health,
      Hearing hearing,
      Outbox outbox,
      Consumer<RingCounter> counter) {
    this.timing = timing;
    this.guard = timing.guard();
    this.health = health;
    this.hearing = hearing;
    this.limits = limits;
    this.table = table;
    this.intents = intents;
    this.outbox = outbox;
    this.counter = counter;
  }

  /** Whether this node has said goodbye. */
  boolean left() {
    return left;
  }

  /** Members that have appeared, or have come back, since the last call. */
  int takeAppeared() {
    int count = appeared;
    appeared = 0;
    return count;
  }

  void alive(Message.Alive claim, long nowNanos) {
    if (!claim.versions().compatible()) {
      counter.accept(RingCounter.DROPPED_INCOMPATIBLE);
      return;
    }
    if (claim.meta().bytes().length > limits.metaBytes()) {
      limitReached(RingCounter.LIMIT_META, claim.node());
      return;
    }
    if (claim.node().equals(table.self().name())) {
      aliveSelf(claim, nowNanos);
      return;
    }
    Peer known = table.get(claim.node());
    if (known == null) {
      introduce(claim, nowNanos);
    } else if (known.address().equals(claim.address())) {
      if (claim.incarnation() > known.incarnation()) {
        accept(known, claim, nowNanos);
      }
    } else if (nameIsFree(known, nowNanos)) {
      accept(known, claim, nowNanos);
    } else {
      conflict(known, claim.address());
    }
  }

  private void introduce(Message.Alive claim, long nowNanos) {
    if (table.isFull()) {
      limitReached(RingCounter.LIMIT_MEMBERS, claim.node());
      return;
    }
    Peer peer = table.add(new Peer(claim.node(), claim.address(), nowNanos));
    accept(peer, claim, nowNanos);
    intents.introduced(peer);
  }

  private boolean nameIsFree(Peer holder, long nowNanos) {
    return switch (holder.state()) {
      case LEFT -> true;
      case DEAD -> holder.nanosSinceStateChange(nowNanos) > timing.deadNodeReclaimNanos();
      case ALIVE, SUSPECT -> false;
    };
  }

  private void accept(Peer peer, Message.Alive claim, long nowNanos) {
    endSuspicion(peer);
    if (peer.deadOrLeft()) {
      appeared++;
    }
    peer.describe(claim.address(), claim.meta(), claim.versions());
    become(peer, NodeState.ALIVE, claim.incarnation(), nowNanos);
    changed(claim.node(), claim);
  }

  /** Somebody describes this node: an earlier life of it, or another node of its name. */
  private void aliveSelf(Message.Alive claim, long nowNanos) {
    Peer self = table.self();
    if (left || claim.incarnation() < self.incarnation()) {
      return;
    }
    if (!self.address().equals(claim.address())) {
      conflict(self, claim.address());
      return;
    }
    boolean same =
        claim.incarnation() == self.incarnation()
            && claim.meta().equals(self.meta())
            && claim.versions().equals(self.versions());
    if (!same) {
      refute(claim.incarnation(), "an earlier life", nowNanos);
    }
  }

  void suspect(Message.Suspect claim, long nowNanos) {
    Peer peer = table.get(claim.node());
    if (peer == null || claim.incarnation() < peer.incarnation()) {
      return;
    }
    if (peer == table.self()) {
      if (!left) {
        refute(claim.incarnation(), claim.from(), nowNanos);
      }
      return;
    }
    Suspicion running = peer.suspicion();
    if (running != null) {
      if (running.confirm(claim.from())) {
        gossip(claim.node(), claim);
        outbox.schedule(new Timer.Suspicion(claim.node()), running.deadlineNanos());
      }
    } else if (peer.state() == NodeState.ALIVE) {
      beginSuspicion(peer, claim, nowNanos);
    }
  }

  /** A probe of this node's own was not answered. */
  void suspectUnanswered(Peer peer, long incarnation, long nowNanos) {
    if (peer.state() == NodeState.ALIVE && ownSuspicionsAreTooMany()) {
      counter.accept(RingCounter.SUSPICIONS_HELD);
      outbox.add(new Effect.LimitReached(RingCounter.SUSPICIONS_HELD, peer.name()));
      return;
    }
    suspect(new Message.Suspect(incarnation, peer.name(), table.self().name()), nowNanos);
  }

  /** Whether this node alone suspects so many that the fault may be its own. */
  private boolean ownSuspicionsAreTooMany() {
    if (guard.ownSuspicions() == 0) {
      return false;
    }
    int own = 0;
    for (Suspicion suspicion : suspicions.values()) {
      if (!suspicion.shared() && suspicion.startedBy(table.self().name())) {
        own++;
      }
    }
    return own >= guard.ownSuspicions();
  }

  private void beginSuspicion(Peer peer, Message.Suspect claim, long nowNanos) {
    int n = table.size();
    // A constant time has no use for confirmations.
    int expected =
        timing.suspicionMaxMult() == 1
            ? 0
            : Formulas.expectedConfirmations(timing.suspicionMult(), n);
    long min = Formulas.suspicionMinNanos(timing.suspicionMult(), n, timing.probeIntervalNanos());
    var suspicion =
        new Suspicion(claim.from(), expected, min, min * timing.suspicionMaxMult(), nowNanos);
    peer.suspicion(suspicion);
    suspicions.put(claim.node(), suspicion);
    become(peer, NodeState.SUSPECT, claim.incarnation(), nowNanos);
    outbox.schedule(new Timer.Suspicion(claim.node()), suspicion.deadlineNanos());
    counter.accept(RingCounter.SUSPICIONS);
    changed(claim.node(), claim);
  }

  /**
   * A suspect may have had its time.
   *
   * @return the suspect, if it is to be asked once more before it is declared dead
   */
  @Nullable Peer suspicionDue(String node, long nowNanos) {
    Peer peer = table.get(node);
    Suspicion suspicion = peer == null ? null : peer.suspicion();
    if (peer == null || suspicion == null) {
      return null;
    }
    if (nowNanos - suspicion.deadlineNanos() < 0) {
      scheduleEnd(node, suspicion.deadlineNanos());
    } else if (hearing.deaf(nowNanos) && table.othersPresent() > 1) {
      counter.accept(RingCounter.VERDICTS_HELD);
      scheduleEnd(node, nowNanos + timing.probeIntervalNanos());
    } else if (guard.lastWord() && suspicion.takeLastWord()) {
      counter.accept(RingCounter.LAST_WORDS);
      scheduleEnd(node, nowNanos + health.scale(timing.probeTimeoutNanos()));
      return peer;
    } else {
      dead(new Message.Dead(peer.incarnation(), node, table.self().name()), nowNanos);
    }
    return null;
  }

  private void scheduleEnd(String node, long atNanos) {
    outbox.schedule(new Timer.Suspicion(node), atNanos);
  }

  /**
   * This node stood still or was deaf: what suspects said meanwhile may be lost, so they get their
   * time anew.
   *
   * @return the suspects
   */
  List<Peer> resume(long nowNanos) {
    var suspects = new ArrayList<Peer>(suspicions.size());
    for (var entry : suspicions.entrySet()) {
      Peer peer = table.get(entry.getKey());
      if (peer != null) {
        entry.getValue().restart(nowNanos);
        scheduleEnd(peer.name(), entry.getValue().deadlineNanos());
        suspects.add(peer);
      }
    }
    return suspects;
  }

  void dead(Message.Dead claim, long nowNanos) {
    Peer peer = table.get(claim.node());
    if (peer == null || claim.incarnation() < peer.incarnation() || peer.deadOrLeft()) {
      return;
    }
    if (peer == table.self()) {
      refute(claim.incarnation(), claim.from(), nowNanos);
      return;
    }
    endSuspicion(peer);
    boolean byItsOwnWord = claim.node().equals(claim.from()) || peer.leaving();
    become(peer, byItsOwnWord ? NodeState.LEFT : NodeState.DEAD, claim.incarnation(), nowNanos);
    table.markGone();
    if (!byItsOwnWord) {
      counter.accept(RingCounter.DEATHS);
    }
    changed(claim.node(), claim);
  }

  /** What another node holds true. Its dead are only suspected here, so that they may refute. */
  void merge(Message.PushPull state, long nowNanos) {
    String self = table.self().name();
    for (Message.Entry entry : state.entries()) {
      String node = entry.node();
      switch (entry.state()) {
        case ALIVE ->
            alive(
                new Message.Alive(
                    entry.incarnation(), node, entry.address(), entry.meta(), entry.versions()),
                nowNanos);
        case LEFT -> dead(new Message.Dead(entry.incarnation(), node, node), nowNanos);
        case DEAD, SUSPECT ->
            suspect(new Message.Suspect(entry.incarnation(), node, self), nowNanos);
      }
    }
  }

  /** This node has started, or says something new of itself. */
  void announce() {
    changed(table.self().name(), table.self().alive());
  }

  /** Takes new metadata for this node, and gives what is to be said of it. */
  Message update(Meta meta, long nowNanos) {
    Peer self = table.self();
    self.describe(self.address(), meta, self.versions());
    long incarnation = Formulas.refutingIncarnation(self.incarnation(), self.incarnation());
    self.become(NodeState.ALIVE, incarnation, nowNanos);
    announce();
    return self.alive();
  }

  /** From here on this node has left; gives its goodbye. */
  Message leave(long nowNanos) {
    Peer self = table.self();
    left = true;
    become(self, NodeState.LEFT, self.incarnation(), nowNanos);
    var goodbye = new Message.Dead(self.incarnation(), self.name(), self.name());
    changed(self.name(), goodbye);
    return goodbye;
  }

  private void refute(long accused, String accuser, long nowNanos) {
    Peer self = table.self();
    long incarnation = Formulas.refutingIncarnation(self.incarnation(), accused);
    self.become(NodeState.ALIVE, incarnation, nowNanos);
    health.refuted();
    counter.accept(RingCounter.REFUTATIONS);
    outbox.add(new Effect.Refuted(accuser, incarnation));
    announce();
  }

  private void conflict(Peer holder, InetSocketAddress claimed) {
    counter.accept(RingCounter.NAME_CONFLICTS);
    outbox.add(new Effect.NameConflict(holder.name(), holder.address(), claimed));
  }

  private void endSuspicion(Peer peer) {
    if (peer.suspicion() != null) {
      peer.suspicion(null);
      suspicions.remove(peer.name());
      outbox.cancel(new Timer.Suspicion(peer.name()));
    }
  }

  private void become(Peer peer, NodeState state, long incarnation, long nowNanos) {
    boolean other = peer.state() != state;
    peer.become(state, incarnation, nowNanos);
    if (other) {
      outbox.add(new Effect.StateChanged(peer.name(), peer.address(), state));
    }
  }

  private void changed(String node, Message news) {
    table.markChanged();
    gossip(node, news);
  }

  private void gossip(String node, Message news) {
    if (!outbox.broadcast(node, news)) {
      limitReached(RingCounter.LIMIT_BROADCASTS, node);
    }
  }

  private void limitReached(RingCounter limit, String node) {
    counter.accept(limit);
    outbox.add(new Effect.LimitReached(limit, node));
  }
}
