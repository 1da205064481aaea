package io.gatehouse.membership;

import java.net.InetSocketAddress;
import java.util.List;

/** What Serf's layer says in memberlist's user messages, decoded. All times are Lamport times. */
sealed interface SerfMessage {
  /** The type byte of each. */
  int LEAVE = 0;

  int JOIN = 1;
  int PUSH_PULL = 2;
  int USER_EVENT = 3;
  int QUERY = 4;
  int QUERY_RESPONSE = 5;
  int CONFLICT_RESPONSE = 6;
  int KEY_REQUEST = 7;
  int KEY_RESPONSE = 8;
  int RELAY = 9;

  /** {@code node} is about to leave, or an operator says that it has left for good. */
  record Leave(long time, String node) implements SerfMessage {}

  /** {@code node} has joined, whatever was said of it earlier. */
  record Join(long time, String node) implements SerfMessage {}

  /** Somebody tells everybody something. */
  record Event(long time, UserEvent event) implements SerfMessage {}

  /**
   * Somebody asks everybody something.
   *
   * @param id with the time tells one query from another
   * @param source where answers go
   * @param filters who is asked: each must hold; empty for everybody
   * @param relayFactor how many other nodes shall carry a copy of the answer
   */
  record Query(
      long time,
      long id,
      InetSocketAddress source,
      List<byte[]> filters,
      long flags,
      int relayFactor,
      String name,
      byte[] payload)
      implements SerfMessage {
    private static final long FLAG_ACK = 1;
    private static final long FLAG_NO_BROADCAST = 2;

    public Query {
      filters = List.copyOf(filters);
    }

    /** Whether the asker wants to know who has heard it. */
    boolean wantsAck() {
      return (flags & FLAG_ACK) != 0;
    }

    /** Whether it is to be gossiped on. */
    boolean forAll() {
      return (flags & FLAG_NO_BROADCAST) == 0;
    }
  }

  /** An answer to a query of this node, which asks none. */
  record Response(long time, long id, String from, boolean ack, byte[] payload)
      implements SerfMessage {}

  /** Something that shall be passed on, unread. */
  record Relay(InetSocketAddress to, UserData data) implements SerfMessage {}
}
