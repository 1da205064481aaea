package io.gatehouse.membership;

import java.util.ArrayList;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The layer above SWIM, as Serf has it: join and leave intents, user events and queries, each with
 * a Lamport clock [1] of its own, gossiped in user messages and made good by push/pull. Beside
 * Serf's own state a push/pull of Gatehouse nodes carries their {@link SharedState}. Owned by the
 * ring's loop.
 *
 * <p>[1] Lamport: Time, clocks, and the ordering of events in a distributed system, CACM 1978.
 */
final class Serf {
  /** The state without events, shared state and what is said of nodes, at most. */
  private static final int OVERHEAD_BYTES = 128;

  private static final byte[] NOTHING = new byte[0];

  private final Limits limits;
  private final Outbox outbox;
  private final Consumer<RingCounter> counter;
  private final Supplier<byte[]> shared;
  private final SerfGossip gossip;
  private final Intents intents;
  private final UserEvents events;
  private final Queries queries;
  private final MemberTable table;
  private boolean fresh = true;

  /**
   * @param shared gives what this node shares; empty for nothing
   */
  Serf(
      Limits limits,
      MemberTable table,
      Intents intents,
      SerfGossip gossip,
      Outbox outbox,
      Consumer<RingCounter> counter,
      Supplier<byte[]> shared) {
    this.limits = limits;
    this.table = table;
    this.intents = intents;
    this.gossip = gossip;
    this.outbox = outbox;
    this.counter = counter;
    this.shared = shared;
    events = new UserEvents(limits, gossip, outbox, counter);
    queries = new Queries(limits, table, gossip, outbox, counter);
  }

  /** This node tells something; gives the message. */
  UserData tell(UserEvent event) {
    return events.tell(event);
  }

  /** A user message has come. */
  void received(UserData data, long nowNanos) {
    counter.accept(RingCounter.USER_MESSAGES);
    SerfMessage message;
    try {
      message = SerfDecoder.decode(data);
    } catch (MalformedMessageException e) {
      counter.accept(RingCounter.DROPPED_SERF);
      return;
    }
    switch (message) {
      case SerfMessage.Join m -> {
        if (intents.join(m, nowNanos)) {
          gossip.intent(m.node(), data);
        }
      }
      case SerfMessage.Leave m -> {
        if (intents.leave(m, nowNanos)) {
          gossip.intent(m.node(), data);
        }
      }
      case SerfMessage.Event m -> {
        if (events.heard(m)) {
          gossip.event(data);
        }
      }
      case SerfMessage.Query m -> {
        if (queries.heard(m)) {
          gossip.query(data);
        }
      }
      case SerfMessage.Relay m -> queries.relay(m);
      case SerfMessage.Response m -> counter.accept(RingCounter.DROPPED_SERF);
    }
  }

  /** The keys have been asked on behalf of a query. */
  void keysAnswered(SerfMessage.Query query, KeyRequest.Answer answer) {
    queries.keysAnswered(query, answer);
  }

  /** This node is about to leave; gives what it says of that. */
  UserData leave(long nowNanos) {
    return intents.sayLeave(nowNanos);
  }

  /** A seed has answered: unless it is known already, this node says that it has joined. */
  void joined(long nowNanos) {
    if (!intents.saidJoin()) {
      intents.sayJoin(nowNanos);
    }
  }

  /**
   * What this node adds to a push/pull of at most {@code maxBytes}: what is shared, and as many
   * events as there is room for.
   */
  UserData localState(int maxBytes) {
    Map<String, Long> statusTimes = intents.statusTimes();
    var left = new ArrayList<String>();
    int room = maxBytes - OVERHEAD_BYTES;
    for (Peer peer : table.all()) {
      room -= 2 * (3 * peer.name().length() + Long.BYTES);
      if (peer.state() == NodeState.LEFT) {
        left.add(peer.name());
      }
    }
    byte[] ours = sharedWithin(room);
    room -= ours.length;
    return SerfEncoder.encode(
        new SerfState(
            intents.clock().time(),
            statusTimes,
            left,
            events.clock().time(),
            events.remembered(room),
            queries.clock().time(),
            ours));
  }

  private byte[] sharedWithin(int room) {
    byte[] ours = shared.get();
    int max = Math.min(room, limits.serf().sharedBytes());
    if (ours.length <= max) {
      return ours;
    }
    gossip.limitReached(RingCounter.LIMIT_SHARED_BYTES, "own state of " + ours.length);
    return NOTHING;
  }

  /** Takes in what another node adds to its push/pull; a node without Serf adds nothing. */
  void merge(UserData data, long nowNanos) {
    if (data.bytes().length == 0) {
      return;
    }
    SerfState state;
    try {
      state = SerfDecoder.decodeState(data, limits);
    } catch (MalformedMessageException e) {
      counter.accept(RingCounter.DROPPED_SERF);
      return;
    }
    intents.merge(state, nowNanos);
    events.merge(state, fresh);
    if (state.queryTime() > 0) {
      queries.clock().witness(state.queryTime() - 1);
    }
    fresh = false;
    if (state.shared().length > limits.serf().sharedBytes()) {
      gossip.limitReached(
          RingCounter.LIMIT_SHARED_BYTES, "another's state of " + state.shared().length);
    } else if (state.shared().length > 0) {
      counter.accept(RingCounter.SHARED_RECEIVED);
      outbox.add(new Effect.SharedReceived(state.shared()));
    }
  }
}
