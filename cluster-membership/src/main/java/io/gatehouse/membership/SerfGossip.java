package io.gatehouse.membership;

import java.util.function.Consumer;

/** Queues what Serf's layer gossips, within limits that are counted. Owned by the ring's loop. */
final class SerfGossip {
  private final SerfQueues queues;
  private final Outbox outbox;
  private final Consumer<RingCounter> counter;

  SerfGossip(SerfQueues queues, Outbox outbox, Consumer<RingCounter> counter) {
    this.queues = queues;
    this.outbox = outbox;
    this.counter = counter;
  }

  void intent(String node, UserData data) {
    byte[] message = message(data);
    added(queues.addIntent(node, message), "intent");
  }

  void query(UserData data) {
    byte[] message = message(data);
    if (fits(message, "query")) {
      added(queues.addQuery(message), "query");
    }
  }

  void event(UserData data) {
    byte[] message = message(data);
    if (fits(message, "event")) {
      added(queues.addEvent(message), "event");
    }
  }

  private static byte[] message(UserData data) {
    return MessageEncoder.encode(new Message.User(data));
  }

  private boolean fits(byte[] message, String what) {
    boolean fits = outbox.fits(message);
    if (!fits) {
      limitReached(RingCounter.LIMIT_USER_MESSAGE_BYTES, what + " of " + message.length);
    }
    return fits;
  }

  private void added(boolean withoutLoss, String what) {
    if (!withoutLoss) {
      limitReached(RingCounter.LIMIT_USER_MESSAGES, what);
    }
  }

  void limitReached(RingCounter limit, String detail) {
    counter.accept(limit);
    outbox.add(new Effect.LimitReached(limit, detail));
  }
}
