package io.gatehouse.membership;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;

/**
 * Tells others directly what this node itself has to say: a drain, a goodbye, a user event. That
 * does not wait for the next round of gossip, and takes one hop where the ring is small. Gossip
 * reaches the rest, and those whose packet was lost.
 *
 * <p>What this node says of itself goes out at once. Events may be many: those that come within one
 * gossip interval of the last wait for the next round and are told together. Owned by the ring's
 * loop.
 */
final class Announcer {
  /** Members that are told. */
  static final int NODES = 32;

  /** Events that wait to be told directly; those beyond it are gossiped only. */
  private static final int MAX_WAITING = 256;

  private final Timing timing;
  private final MemberTable table;
  private final Outbox outbox;
  private final Queue<byte[]> waiting = new ArrayDeque<>();
  private long lastNanos;

  Announcer(Timing timing, MemberTable table, Outbox outbox, long nowNanos) {
    this.timing = timing;
    this.table = table;
    this.outbox = outbox;
    this.lastNanos = nowNanos - timing.gossipIntervalNanos();
  }

  /** Tells now. */
  void tell(Message message, long nowNanos) {
    for (Peer peer : table.listeners(NODES, timing, nowNanos)) {
      outbox.sendAlone(peer.address(), message);
    }
  }

  /** Tells an event now, or with the next round where the last was told just now. */
  void tellSoon(UserData event, long nowNanos) {
    if (waiting.size() < MAX_WAITING) {
      waiting.add(MessageEncoder.encode(new Message.User(event)));
    }
    if (nowNanos - lastNanos >= timing.gossipIntervalNanos()) {
      tellWaiting(nowNanos);
    }
  }

  /** A round of gossip: tells what waits. */
  void tellWaiting(long nowNanos) {
    if (waiting.isEmpty()) {
      return;
    }
    lastNanos = nowNanos;
    List<Peer> listeners = table.listeners(NODES, timing, nowNanos);
    while (!waiting.isEmpty()) {
      List<byte[]> parts = takePacket();
      for (Peer peer : listeners) {
        outbox.sendAlone(peer.address(), parts);
      }
    }
  }

  /** As many as fit one packet. */
  private List<byte[]> takePacket() {
    var parts = new ArrayList<byte[]>();
    int room = outbox.room();
    do {
      byte[] part = waiting.remove();
      parts.add(part);
      room -= part.length + MessageEncoder.COMPOUND_PART_BYTES;
    } while (!waiting.isEmpty()
        && parts.size() < MessageEncoder.MAX_PARTS
        && waiting.element().length + MessageEncoder.COMPOUND_PART_BYTES <= room);
    return parts;
  }
}
