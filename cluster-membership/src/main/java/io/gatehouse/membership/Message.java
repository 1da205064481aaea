package io.gatehouse.membership;

import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What nodes say to each other: memberlist's messages, decoded. */
sealed interface Message {

  /**
   * Asks for an {@link Ack}.
   *
   * @param node whom the sender means to ask; another node does not answer
   * @param source where the answer goes; null when it goes to the packet's sender
   */
  record Ping(long seq, String node, @Nullable InetSocketAddress source, String sourceNode)
      implements Message {}

  /**
   * Asks to ping {@code target} and to pass on its ack.
   *
   * @param nack whether to say so when it does not answer
   */
  record IndirectPing(
      long seq,
      String node,
      InetSocketAddress target,
      boolean nack,
      @Nullable InetSocketAddress source,
      String sourceNode)
      implements Message {}

  /** Answers a ping. Its payload, Serf's network coordinates, is not used. */
  record Ack(long seq) implements Message {}

  /** The node that was to be pinged did not answer the one who says this. */
  record Nack(long seq) implements Message {}

  /** {@code from} got no answer from {@code node}. */
  record Suspect(long incarnation, String node, String from) implements Message {}

  /** {@code node} is there, and this is what it says of itself. */
  record Alive(
      long incarnation, String node, InetSocketAddress address, Meta meta, Versions versions)
      implements Message {}

  /** {@code node} is gone; by its own word when {@code from} is the node itself. */
  record Dead(long incarnation, String node, String from) implements Message {}

  /** Something for the layer above memberlist. */
  record User(UserData data) implements Message {}

  /** The peer could not use what we sent on a stream. */
  record Failure(String text) implements Message {}

  /**
   * One side's whole state; streams only.
   *
   * @param user the state of the layer above memberlist; Serf's agents refuse one that is empty
   */
  record PushPull(boolean join, List<Entry> entries, UserData user) implements Message {
    public PushPull {
      entries = List.copyOf(entries);
    }
  }

  /** One node in a {@link PushPull}. */
  record Entry(
      String node,
      InetSocketAddress address,
      Meta meta,
      long incarnation,
      NodeState state,
      Versions versions) {}
}
