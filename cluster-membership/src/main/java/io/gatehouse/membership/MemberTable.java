package io.gatehouse.membership;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The nodes that are known, this one first, and the order in which they are probed: a shuffled
 * round robin, so that each is probed once in a round (SWIM, section 4.3). Owned by the ring's
 * loop.
 */
final class MemberTable {
  /** For each that is wanted, so often is drawn before all are looked at. */
  private static final int DRAWS_PER_PICK = 8;

  private final Peer self;
  private final int capacity;
  private final RandomGenerator random;
  private final Map<String, Peer> peers = new LinkedHashMap<>();
  private final List<Peer> others = new ArrayList<>();
  private final Map<InetSocketAddress, Peer> lastAliveAt = new HashMap<>();
  private int probeIndex;
  private boolean changed = true;
  private boolean someGone;
  private long generation;

  MemberTable(Peer self, int capacity, RandomGenerator random) {
    this.self = self;
    this.capacity = capacity;
    this.random = random;
    peers.put(self.name(), self);
  }

  Peer self() {
    return self;
  }

  @Nullable Peer get(String name) {
    return peers.get(name);
  }

  int size() {
    return peers.size();
  }

  boolean isFull() {
    return peers.size() >= capacity;
  }

  Collection<Peer> all() {
    return Collections.unmodifiableCollection(peers.values());
  }

  /** Adds a node at a random place of the probe order, so that it is not always probed last. */
  Peer add(Peer peer) {
    peers.put(peer.name(), peer);
    others.add(peer);
    Collections.swap(others, random.nextInt(others.size()), others.size() - 1);
    return peer;
  }

  /** The next node to probe, neither dead nor gone; null when there is none. */
  @Nullable Peer nextToProbe() {
    for (int looked = 0; looked < others.size(); looked++) {
      if (probeIndex >= others.size()) {
        probeIndex = 0;
        shuffle(others);
      }
      Peer peer = others.get(probeIndex++);
      if (!peer.deadOrLeft()) {
        return peer;
      }
    }
    return null;
  }

  /**
   * Up to {@code count} different other nodes for which {@code wanted} holds. Drawn at random; only
   * where most draws miss, all are looked at.
   */
  List<Peer> pick(int count, Predicate<Peer> wanted) {
    var picked = new ArrayList<Peer>(count);
    int draws = others.size() > DRAWS_PER_PICK * count ? DRAWS_PER_PICK * count : 0;
    while (draws-- > 0) {
      Peer peer = others.get(random.nextInt(others.size()));
      if (wanted.test(peer) && !picked.contains(peer)) {
        picked.add(peer);
        if (picked.size() == count) {
          return picked;
        }
      }
    }
    return pickOfAll(count, wanted);
  }

  private List<Peer> pickOfAll(int count, Predicate<Peer> wanted) {
    var candidates = new ArrayList<Peer>(others.size());
    for (Peer peer : others) {
      if (wanted.test(peer)) {
        candidates.add(peer);
      }
    }
    int picked = Math.min(count, candidates.size());
    for (int i = 0; i < picked; i++) {
      Collections.swap(candidates, i, random.nextInt(i, candidates.size()));
    }
    return candidates.subList(0, picked);
  }

  /** Up to {@code count} nodes to be gossiped to: those here, and the dead for a while. */
  List<Peer> listeners(int count, Timing timing, long nowNanos) {
    return pick(
        count,
        peer ->
            switch (peer.state()) {
              case ALIVE, SUSPECT -> true;
              case DEAD -> peer.nanosSinceStateChange(nowNanos) <= timing.gossipToTheDeadNanos();
              case LEFT -> false;
            });
  }

  /** Whether an alive member is at this address. */
  boolean aliveAt(InetSocketAddress address) {
    Peer last = lastAliveAt.get(address);
    if (last != null && isAliveAt(last, address)) {
      return true;
    }
    lastAliveAt.remove(address);
    for (Peer peer : others) {
      if (isAliveAt(peer, address)) {
        lastAliveAt.put(address, peer);
        return true;
      }
    }
    return false;
  }

  private static boolean isAliveAt(Peer peer, InetSocketAddress address) {
    return peer.state() == NodeState.ALIVE && peer.address().equals(address);
  }

  /** Other nodes that are neither dead nor gone. */
  int othersPresent() {
    int present = 0;
    for (Peer peer : others) {
      if (!peer.deadOrLeft()) {
        present++;
      }
    }
    return present;
  }

  /** A node is dead or gone now, so there is something to forget in time. */
  void markGone() {
    someGone = true;
  }

  /** Whether a node that is not gone is at this address; this node itself counts. */
  boolean isMember(InetSocketAddress address) {
    for (Peer peer : peers.values()) {
      if (!peer.deadOrLeft() && peer.address().equals(address)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Forgets nodes that have been dead or gone for longer than {@code retentionNanos}.
   *
   * @param onReaped told of each
   */
  void reap(long retentionNanos, long nowNanos, Consumer<Peer> onReaped) {
    if (!someGone) {
      return;
    }
    boolean removed =
        others.removeIf(
            peer -> {
              boolean old =
                  peer.deadOrLeft() && peer.nanosSinceStateChange(nowNanos) > retentionNanos;
              if (old) {
                peers.remove(peer.name());
                onReaped.accept(peer);
              }
              return old;
            });
    changed |= removed;
    someGone = others.stream().anyMatch(Peer::deadOrLeft);
    lastAliveAt.values().removeIf(Peer::deadOrLeft);
  }

  void markChanged() {
    changed = true;
  }

  /** Whether anything in the view has changed since the last call. */
  boolean takeChanged() {
    boolean was = changed;
    changed = false;
    return was;
  }

  /** The view, a new one at each call. */
  ClusterView view() {
    var members = new HashMap<String, Member>();
    for (Peer peer : peers.values()) {
      members.put(peer.name(), peer.member());
    }
    return new ClusterView(++generation, members);
  }

  private void shuffle(List<Peer> list) {
    for (int i = list.size() - 1; i > 0; i--) {
      Collections.swap(list, i, random.nextInt(i + 1));
    }
  }
}
