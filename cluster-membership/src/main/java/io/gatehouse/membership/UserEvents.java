package io.gatehouse.membership;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.function.Consumer;

/**
 * User events: each is heard once, gossiped on once, and remembered for those who missed it. Owned
 * by the ring's loop.
 */
final class UserEvents {
  /** Bytes that an event takes in a push/pull beside its name and payload, at most. */
  private static final int OVERHEAD_BYTES = 48;

  private final SerfGossip gossip;
  private final Outbox outbox;
  private final Consumer<RingCounter> counter;
  private final LamportWindow<UserEvent> window;

  UserEvents(Limits limits, SerfGossip gossip, Outbox outbox, Consumer<RingCounter> counter) {
    this.gossip = gossip;
    this.outbox = outbox;
    this.counter = counter;
    this.window = new LamportWindow<>(limits.serf().events());
  }

  LamportClock clock() {
    return window.clock();
  }

  /** This node tells something; gives the message, which is queued to be gossiped. */
  UserData tell(UserEvent event) {
    long time = clock().time();
    UserData data = SerfEncoder.encode(new SerfMessage.Event(time, event));
    if (hear(time, event)) {
      counter.accept(RingCounter.EVENTS_TOLD);
      gossip.event(data);
    }
    return data;
  }

  /** Another node told something; gives whether it is to be gossiped on. */
  boolean heard(SerfMessage.Event message) {
    boolean news = hear(message.time(), message.event());
    if (news) {
      counter.accept(RingCounter.EVENTS_HEARD);
    }
    return news;
  }

  private boolean hear(long time, UserEvent event) {
    // A push/pull does not tell whether an event may be coalesced, so that tells no two apart.
    return switch (window.add(time, new UserEvent(event.name(), event.payload(), false))) {
      case NEWS -> {
        outbox.add(new Effect.EventHeard(event));
        yield true;
      }
      case KNOWN -> false;
      case TOO_OLD -> {
        counter.accept(RingCounter.EVENTS_TOO_OLD);
        yield false;
      }
      case NO_ROOM -> {
        gossip.limitReached(RingCounter.LIMIT_EVENTS, event.name());
        yield false;
      }
    };
  }

  /**
   * Takes in what another node remembers.
   *
   * @param fresh whether this node has just come: what was told before is none of its business
   */
  void merge(SerfState state, boolean fresh) {
    if (state.eventTime() > 0) {
      clock().witness(state.eventTime() - 1);
    }
    if (fresh) {
      window.forgetBefore(state.eventTime());
    }
    for (var moment : state.events()) {
      for (UserEvent event : moment.events()) {
        heard(new SerfMessage.Event(moment.time(), event));
      }
    }
  }

  /** What is remembered, the newest first, as far as there is room for it. */
  List<SerfState.EventsAt> remembered(int maxBytes) {
    var moments = new ArrayList<SerfState.EventsAt>();
    var room =
        new Object() {
          int bytes = maxBytes;
        };
    window.forEachNewestFirst(
        (time, events) -> {
          var told = new LinkedHashSet<UserEvent>();
          for (UserEvent event : events) {
            room.bytes -= OVERHEAD_BYTES + event.bytes();
            if (room.bytes >= 0) {
              told.add(event);
            }
          }
          if (!told.isEmpty()) {
            moments.add(new SerfState.EventsAt(time, told));
          }
        });
    return moments;
  }
}
