package io.gatehouse.health;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.gatehouse.membership.UserEvent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Evidence of this node that waits to be gossiped: the latest about each endpoint, in the order in
 * which they changed, several to an event. So the queue is no longer than there are endpoints, and
 * one that flaps is said once. Owned by the monitor's loop.
 */
final class EvidenceOutbox {
  /** Name of the events. */
  static final String EVENT = "health";

  private static final int MAX_PAYLOAD_BYTES = UserEvent.MAX_BYTES - EVENT.length();

  private final Map<EndpointKey, Evidence> waiting = new LinkedHashMap<>();

  void add(Evidence evidence) {
    waiting.remove(evidence.key()); // to the end of the line
    waiting.put(evidence.key(), evidence);
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  /**
   * Takes what fits into so many events. A line that is too long for an event is left to the
   * push/pull.
   */
  List<UserEvent> take(int maxEvents) {
    var events = new ArrayList<UserEvent>();
    var payload = new StringBuilder();
    var each = waiting.values().iterator();
    while (each.hasNext()) {
      String line = EvidenceText.line(each.next());
      if (line.length() > MAX_PAYLOAD_BYTES) {
        each.remove();
        continue;
      }
      if (!payload.isEmpty() && payload.length() + 1 + line.length() > MAX_PAYLOAD_BYTES) {
        events.add(event(payload));
        payload.setLength(0);
        if (events.size() == maxEvents) {
          return events;
        }
      }
      each.remove();
      payload.append(payload.isEmpty() ? "" : "\n").append(line);
    }
    if (!payload.isEmpty()) {
      events.add(event(payload));
    }
    return events;
  }

  /** Lines are of ASCII: as many bytes as characters. */
  private static UserEvent event(CharSequence lines) {
    return new UserEvent(EVENT, lines.toString().getBytes(UTF_8), false);
  }
}
