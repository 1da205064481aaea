package io.gatehouse.membership;

import io.gatehouse.membership.RingMemory.Known;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * Nodes that were members once, in an earlier life of this node or before they were given up for
 * dead, and may be there again: where to knock when nobody else is left. Those that said goodbye
 * are not among them. Of too many the longest gone are forgotten. Owned by the ring's loop.
 */
final class Acquaintances {
  private final MemberTable table;
  private final Map<String, InetSocketAddress> gone = new LinkedHashMap<>();

  Acquaintances(MemberTable table, List<Known> remembered) {
    this.table = table;
    for (Known known : remembered) {
      gone.put(known.name(), known.address());
    }
    gone.remove(table.self().name());
  }

  /** The table forgets {@code peer}. */
  void reaped(Peer peer) {
    gone.remove(peer.name());
    if (peer.state() == NodeState.DEAD) {
      gone.put(peer.name(), peer.address());
      if (gone.size() > RingMemory.MAX_MEMBERS) {
        gone.remove(gone.keySet().iterator().next());
      }
    }
  }

  /** Whether nobody else is alive, as far as this node knows. */
  boolean alone() {
    for (Peer peer : table.all()) {
      if (peer != table.self() && !peer.deadOrLeft()) {
        return false;
      }
    }
    return true;
  }

  /** Up to {@code count} addresses at which somebody may be found. */
  List<InetSocketAddress> pick(int count, RandomGenerator random) {
    var addresses = new ArrayList<>(all().stream().map(Known::address).distinct().toList());
    addresses.remove(table.self().address());
    int picked = Math.min(count, addresses.size());
    for (int i = 0; i < picked; i++) {
      addresses.add(i, addresses.remove(random.nextInt(i, addresses.size())));
    }
    return addresses.subList(0, picked);
  }

  /** The members that did not say goodbye, then those that were. */
  List<Known> all() {
    var known = new LinkedHashMap<String, InetSocketAddress>();
    for (Peer peer : table.all()) {
      if (peer != table.self() && peer.state() != NodeState.LEFT) {
        known.put(peer.name(), peer.address());
      }
    }
    for (var old : gone.entrySet()) {
      if (table.get(old.getKey()) == null) {
        known.put(old.getKey(), old.getValue());
      }
    }
    return known.entrySet().stream().map(e -> new Known(e.getKey(), e.getValue())).toList();
  }
}
