package io.gatehouse.membership;

import java.net.InetSocketAddress;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Serf's queries: each is heard once, gossiped on, acknowledged where that is asked for, and
 * answered if it is one of those that Serf's agents answer themselves. Answers go to members only,
 * so that a forged query turns nobody's traffic on a stranger. Owned by the ring's loop.
 */
final class Queries {
  /** Largest answer, as agents limit it. */
  private static final int MAX_RESPONSE_BYTES = 1024;

  /** Serf's version from which on a node relays answers. */
  private static final int RELAY_VERSION = 5;

  private static final String CONFLICT = "_serf_conflict";

  private final MemberTable table;
  private final SerfGossip gossip;
  private final Outbox outbox;
  private final Consumer<RingCounter> counter;
  private final LamportWindow<Long> window;

  Queries(
      Limits limits,
      MemberTable table,
      SerfGossip gossip,
      Outbox outbox,
      Consumer<RingCounter> counter) {
    this.table = table;
    this.gossip = gossip;
    this.outbox = outbox;
    this.counter = counter;
    this.window = new LamportWindow<>(limits.serf().queuedMessages());
  }

  LamportClock clock() {
    return window.clock();
  }

  /** Takes in a query; gives whether it is to be gossiped on. */
  boolean heard(SerfMessage.Query query) {
    switch (window.add(query.time(), query.id())) {
      case NEWS -> counter.accept(RingCounter.QUERIES);
      case NO_ROOM -> {
        gossip.limitReached(RingCounter.LIMIT_QUERIES, query.name());
        return false;
      }
      case KNOWN, TOO_OLD -> {
        return false;
      }
    }
    Peer self = table.self();
    if (QueryFilters.match(query.filters(), self.name(), self.member().tags())) {
      serve(query);
    }
    return query.forAll();
  }

  private void serve(SerfMessage.Query query) {
    if (!table.isMember(query.source())) {
      counter.accept(RingCounter.DROPPED_STRANGER);
      return;
    }
    if (query.wantsAck()) {
      respond(query, true, new byte[0]);
    }
    if (query.name().equals(CONFLICT)) {
      byte[] answer = whoHas(query);
      if (answer != null) {
        respond(query, false, answer);
      }
      return;
    }
    // What is left: keys, a ping that is answered by its ack, and what only agents understand.
    KeyRequest request = KeyQueries.request(query);
    if (request != null) {
      outbox.add(new Effect.AskKeys(query, request));
    }
  }

  /** The keys have been asked. */
  void keysAnswered(SerfMessage.Query query, KeyRequest.Answer answer) {
    int room = MAX_RESPONSE_BYTES - responseBytes(query);
    respond(query, false, KeyQueries.response(answer, room));
  }

  /** Somebody's name is claimed twice: says at which address this node knows it. */
  private byte @Nullable [] whoHas(SerfMessage.Query query) {
    Peer peer;
    try {
      peer = table.get(Msgpack.Reader.text(query.payload()));
    } catch (MalformedMessageException e) {
      return null;
    }
    return peer == null || peer == table.self()
        ? null
        : SerfEncoder.conflictResponse(peer.member());
  }

  private void respond(SerfMessage.Query query, boolean ack, byte[] payload) {
    String from = table.self().name();
    UserData response =
        SerfEncoder.encode(new SerfMessage.Response(query.time(), query.id(), from, ack, payload));
    outbox.sendAlone(query.source(), new Message.User(response));
    counter.accept(RingCounter.QUERY_RESPONSES);
    if (query.relayFactor() > 0 && table.size() > query.relayFactor()) {
      relay(query, response);
    }
  }

  /** What a response takes beside its payload. */
  private int responseBytes(SerfMessage.Query query) {
    var empty =
        new SerfMessage.Response(query.time(), query.id(), table.self().name(), false, new byte[0]);
    return SerfEncoder.encode(empty).bytes().length + Integer.BYTES;
  }

  /** Sends copies by way of others, for where packets are lost. */
  private void relay(SerfMessage.Query query, UserData response) {
    UserData copy = SerfEncoder.encode(new SerfMessage.Relay(query.source(), response));
    for (Peer peer :
        table.pick(
            query.relayFactor(),
            p -> p.state() == NodeState.ALIVE && p.versions().delegateMax() >= RELAY_VERSION)) {
      outbox.sendAlone(peer.address(), new Message.User(copy));
    }
  }

  /** Passes on what somebody relays, to a member only. */
  void relay(SerfMessage.Relay relay) {
    InetSocketAddress to = relay.to();
    if (table.isMember(to) && !to.equals(table.self().address())) {
      outbox.sendAlone(to, new Message.User(relay.data()));
      counter.accept(RingCounter.RELAYS);
    } else {
      counter.accept(RingCounter.DROPPED_STRANGER);
    }
  }
}
