package io.gatehouse.membership;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * Collects the effects of one step, and fills packets up with gossip on the way. Owned by the
 * ring's loop.
 */
final class Outbox {
  private final Timing timing;
  private final int packetBytes;
  private final MemberTable table;
  private final BroadcastQueue queue;
  private final SerfQueues serf;
  private List<Effect> effects = new ArrayList<>();

  Outbox(RingConfig config, MemberTable table, BroadcastQueue queue, SerfQueues serf) {
    this.timing = config.timing();
    this.packetBytes = config.limits().packetBytes() - config.security().packetOverheadBytes();
    this.table = table;
    this.queue = queue;
    this.serf = serf;
  }

  void add(Effect effect) {
    effects.add(effect);
  }

  /** Sends messages in one packet, with as much gossip as fits behind them. */
  void send(InetSocketAddress to, Message... messages) {
    var parts = new ArrayList<byte[]>();
    int room = room();
    for (Message message : messages) {
      byte[] part = MessageEncoder.encode(message);
      parts.add(part);
      room -= part.length + MessageEncoder.COMPOUND_PART_BYTES;
    }
    int sendLimit = Formulas.retransmitLimit(timing.retransmitMult(), table.size());
    for (byte[] part : queue.take(room, MessageEncoder.MAX_PARTS - parts.size(), sendLimit)) {
      parts.add(part);
      room -= part.length + MessageEncoder.COMPOUND_PART_BYTES;
    }
    parts.addAll(serf.take(room, MessageEncoder.MAX_PARTS - parts.size(), sendLimit));
    if (!parts.isEmpty()) {
      add(new Effect.SendPacket(to, MessageEncoder.packet(parts)));
    }
  }

  /** Whether there is anything to gossip. */
  boolean hasGossip() {
    return !queue.isEmpty() || !serf.isEmpty();
  }

  /** Whether an encoded message can be sent in a packet at all. */
  boolean fits(byte[] message) {
    return message.length + MessageEncoder.COMPOUND_PART_BYTES <= room();
  }

  /** Bytes that a packet has for messages and what a compound message spends on each. */
  int room() {
    return packetBytes - MessageEncoder.CRC_BYTES - MessageEncoder.COMPOUND_BYTES;
  }

  /** Sends one message and no gossip behind it. */
  void sendAlone(InetSocketAddress to, Message message) {
    sendAlone(to, List.of(MessageEncoder.encode(message)));
  }

  /** Sends encoded messages, which must fit one packet, and no gossip behind them. */
  void sendAlone(InetSocketAddress to, List<byte[]> messages) {
    add(new Effect.SendPacket(to, MessageEncoder.packet(messages)));
  }

  /** Queues a message about {@code node} to be gossiped. */
  boolean broadcast(String node, Message message) {
    return queue.add(node, MessageEncoder.encode(message));
  }

  void schedule(Timer timer, long atNanos) {
    add(new Effect.Schedule(timer, atNanos));
  }

  void cancel(Timer timer) {
    add(new Effect.Cancel(timer));
  }

  /** Hands over what has been collected. */
  List<Effect> drain() {
    List<Effect> drained = effects;
    effects = new ArrayList<>();
    return drained;
  }
}
