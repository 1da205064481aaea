package io.gatehouse.membership;

import java.util.ArrayList;
import java.util.List;

/**
 * What Serf's layer gossips: intents before queries before events, as Serf has it; all of it behind
 * what is said of members. Owned by the ring's loop.
 */
final class SerfQueues {
  private final BroadcastQueue intents;
  private final BroadcastQueue queries;
  private final BroadcastQueue events;
  private long nextId;

  /**
   * @param capacity most messages of each kind
   */
  SerfQueues(int capacity) {
    intents = new BroadcastQueue(capacity);
    queries = new BroadcastQueue(capacity);
    events = new BroadcastQueue(capacity);
  }

  /**
   * Queues a join or leave; a later one of the same node makes it void.
   *
   * @return false if another was dropped for this one
   */
  boolean addIntent(String node, byte[] message) {
    return intents.add(node, message);
  }

  boolean addQuery(byte[] message) {
    return queries.add(Long.toString(nextId++), message);
  }

  boolean addEvent(byte[] message) {
    return events.add(Long.toString(nextId++), message);
  }

  boolean isEmpty() {
    return intents.isEmpty() && queries.isEmpty() && events.isEmpty();
  }

  /** As {@link BroadcastQueue#take}. */
  List<byte[]> take(int maxBytes, int maxParts, int sendLimit) {
    if (isEmpty()) {
      return List.of();
    }
    var taken = new ArrayList<byte[]>();
    int room = maxBytes;
    for (BroadcastQueue queue : List.of(intents, queries, events)) {
      for (byte[] message : queue.take(room, maxParts - taken.size(), sendLimit)) {
        taken.add(message);
        room -= message.length + MessageEncoder.COMPOUND_PART_BYTES;
      }
    }
    return taken;
  }
}
