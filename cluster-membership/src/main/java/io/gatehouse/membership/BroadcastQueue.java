package io.gatehouse.membership;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * What is to be gossiped: one message a node at most, since a later one makes the earlier one void.
 * The least sent goes first, of those the newest. Owned by the ring's loop.
 */
final class BroadcastQueue {
  /** Messages looked at for one packet; those that do not fit are passed over. */
  private static final int MAX_LOOKED_AT = 256;

  private record Entry(String node, byte[] message, int sent, long id) {}

  private final TreeSet<Entry> order =
      new TreeSet<>(
          Comparator.comparingInt(Entry::sent)
              .thenComparing(Comparator.comparingLong(Entry::id).reversed()));
  private final Map<String, Entry> byNode = new HashMap<>();
  private final int capacity;
  private long nextId;

  BroadcastQueue(int capacity) {
    this.capacity = capacity;
  }

  /**
   * Queues a message about {@code node}.
   *
   * @return false if the queue was full and its most often sent message was dropped for this one
   */
  boolean add(String node, byte[] message) {
    Entry old = byNode.remove(node);
    if (old != null) {
      order.remove(old);
    }
    boolean full = order.size() >= capacity;
    if (full) {
      Entry dropped = order.last();
      order.remove(dropped);
      byNode.remove(dropped.node());
    }
    insert(new Entry(node, message, 0, nextId++));
    return !full;
  }

  boolean isEmpty() {
    return order.isEmpty();
  }

  boolean contains(String node) {
    return byNode.containsKey(node);
  }

  int size() {
    return order.size();
  }

  /**
   * Takes messages for one packet and counts them as sent.
   *
   * @param maxBytes room in the packet, the overhead of each part included
   * @param maxParts room in the compound message
   * @param sendLimit a message that has been sent this often is done
   */
  List<byte[]> take(int maxBytes, int maxParts, int sendLimit) {
    var chosen = choose(maxBytes, maxParts);
    var messages = new ArrayList<byte[]>(chosen.size());
    for (Entry entry : chosen) {
      messages.add(entry.message());
      order.remove(entry);
      byNode.remove(entry.node());
      if (entry.sent() + 1 < sendLimit) {
        insert(new Entry(entry.node(), entry.message(), entry.sent() + 1, entry.id()));
      }
    }
    return messages;
  }

  private List<Entry> choose(int maxBytes, int maxParts) {
    var chosen = new ArrayList<Entry>();
    int room = maxBytes;
    int looked = 0;
    for (Entry entry : order) {
      if (chosen.size() == maxParts || looked++ == MAX_LOOKED_AT) {
        break;
      }
      int size = entry.message().length + MessageEncoder.COMPOUND_PART_BYTES;
      if (size <= room) {
        room -= size;
        chosen.add(entry);
      }
    }
    return chosen;
  }

  private void insert(Entry entry) {
    order.add(entry);
    byNode.put(entry.node(), entry);
  }
}
