package io.gatehouse.membership;

import java.net.InetSocketAddress;
import java.util.List;

/** What happens to the ring's state machine. */
sealed interface Event {
  /** The sockets are open. */
  record Started() implements Event {}

  /** A UDP packet, decoded. */
  record PacketReceived(List<Message> messages, InetSocketAddress from) implements Event {}

  /**
   * The message of a stream that a peer opened.
   *
   * @param stream where {@link Effect.Reply} goes
   */
  record StreamReceived(long stream, Message message) implements Event {}

  /**
   * A push/pull that we opened was answered.
   *
   * @param asked the address as the state machine named it
   * @param remote the address that it resolved to
   */
  record ExchangeAnswered(InetSocketAddress asked, InetSocketAddress remote, Message.PushPull state)
      implements Event {}

  /** A seed's name has been looked up; no addresses if it leads nowhere. */
  record SeedResolved(InetSocketAddress seed, List<InetSocketAddress> addresses) implements Event {}

  /** A push/pull that we opened came to nothing. */
  record ExchangeFailed(InetSocketAddress asked) implements Event {}

  /** A ping that we sent over TCP was answered. */
  record StreamAcked(long seq) implements Event {}

  /** The time of a timer has come. */
  record TimerDue(Timer timer) implements Event {}

  /** This node says something new of itself. */
  record MetaUpdated(Meta meta) implements Event {}

  /** This node tells all others something. */
  record Told(UserEvent event) implements Event {}

  /** The keys have been asked as {@link Effect.AskKeys} said. */
  record KeysAnswered(SerfMessage.Query query, KeyRequest.Answer answer) implements Event {}

  /** This node goes. */
  record Leaving() implements Event {}
}
