package io.gatehouse.membership;

import java.net.InetSocketAddress;

/** What the ring's state machine wants done, in this order. */
sealed interface Effect {
  /** Sends a UDP packet. */
  record SendPacket(InetSocketAddress to, byte[] packet) implements Effect {}

  /** Answers a stream and closes it; an empty answer only closes it. */
  record Reply(long stream, byte[] bytes) implements Effect {}

  /** Opens a stream for a push/pull; {@link Event.ExchangeAnswered} or failed follows. */
  record OpenExchange(InetSocketAddress to, byte[] bytes) implements Effect {}

  /** Looks a seed's name up; {@link Event.SeedResolved} follows. */
  record ResolveSeed(InetSocketAddress seed) implements Effect {}

  /** Opens a stream for a ping; {@link Event.StreamAcked} may follow. */
  record OpenPing(InetSocketAddress to, byte[] bytes) implements Effect {}

  /** Sets a timer; an equal one that is set already is replaced. */
  record Schedule(Timer timer, long atNanos) implements Effect {}

  /** Unsets a timer, if it is set. */
  record Cancel(Timer timer) implements Effect {}

  /** The view has changed; {@link Swim#view} is the new one. */
  record Publish() implements Effect {}

  /** A member is now in this state; before others' changes of the same step. */
  record StateChanged(String node, InetSocketAddress address, NodeState state) implements Effect {}

  /** This node's own health has another score. */
  record HealthChanged(int score) implements Effect {}

  /** The goodbye has been sent as often as a message is sent. */
  record GoodbyeGossiped() implements Effect {}

  /** Two addresses claim one name. */
  record NameConflict(String node, InetSocketAddress held, InetSocketAddress claimed)
      implements Effect {}

  /** This node has contradicted what {@code accuser} said of it. */
  record Refuted(String accuser, long incarnation) implements Effect {}

  /** A user event has come that was not heard before, from this node or another. */
  record EventHeard(UserEvent event) implements Effect {}

  /** Another node's shared state has come. */
  record SharedReceived(byte[] state) implements Effect {}

  /** A member answered a probe directly, after so long. */
  record RoundTrip(String node, long nanos) implements Effect {}

  /** Does something with the keys on behalf of a query; {@link Event.KeysAnswered} follows. */
  record AskKeys(SerfMessage.Query query, KeyRequest request) implements Effect {}

  /** A limit has bitten. */
  record LimitReached(RingCounter limit, String detail) implements Effect {}
}
