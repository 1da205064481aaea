package io.gatehouse.membership;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** What the state machine knows of one node, itself included. Owned by the ring's loop. */
final class Peer {
  private final String name;
  private InetSocketAddress address;
  private Meta meta;
  private Versions versions;
  private long incarnation;
  private NodeState state;
  private long stateChangeNanos;
  private @Nullable Suspicion suspicion;
  private @Nullable Member member;
  private long statusTime;
  private boolean leaving;

  /** A node not heard of before: dead until it says otherwise, and older than any claim. */
  Peer(String name, InetSocketAddress address, long nowNanos) {
    this.name = name;
    this.address = address;
    this.meta = new Meta(new byte[0]);
    this.versions = Versions.OURS;
    this.incarnation = -1;
    this.state = NodeState.DEAD;
    this.stateChangeNanos = nowNanos;
  }

  String name() {
    return name;
  }

  InetSocketAddress address() {
    return address;
  }

  Meta meta() {
    return meta;
  }

  Versions versions() {
    return versions;
  }

  long incarnation() {
    return incarnation;
  }

  NodeState state() {
    return state;
  }

  boolean deadOrLeft() {
    return state == NodeState.DEAD || state == NodeState.LEFT;
  }

  @Nullable Suspicion suspicion() {
    return suspicion;
  }

  void suspicion(@Nullable Suspicion suspicion) {
    this.suspicion = suspicion;
  }

  /** When its last join or leave was said, by the Lamport clock of {@link Intents}; 0 for never. */
  long statusTime() {
    return statusTime;
  }

  /** Whether it has said that it is about to leave. */
  boolean leaving() {
    return leaving;
  }

  void intends(boolean leave, long time) {
    leaving = leave;
    statusTime = time;
  }

  long nanosSinceStateChange(long nowNanos) {
    return nowNanos - stateChangeNanos;
  }

  /** Takes over what the node says of itself. */
  void describe(InetSocketAddress address, Meta meta, Versions versions) {
    this.address = address;
    this.meta = meta;
    this.versions = versions;
    this.member = null;
  }

  void become(NodeState next, long incarnation, long nowNanos) {
    this.incarnation = incarnation;
    if (state != next) {
      if (deadOrLeft()) {
        leaving = false;
      }
      state = next;
      stateChangeNanos = nowNanos;
    }
    member = null;
  }

  Message.Alive alive() {
    return new Message.Alive(incarnation, name, address, meta, versions);
  }

  Message.Entry entry() {
    return new Message.Entry(name, address, meta, incarnation, state, versions);
  }

  /** What the rest of the program sees; the same object until something changes. */
  Member member() {
    Member current = member;
    if (current == null) {
      current = new Member(name, address, state, incarnation, Tags.decode(meta.bytes()));
      member = current;
    }
    return current;
  }
}
