package io.gatehouse.membership;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What Serf's layer adds to a push/pull. All times are Lamport times.
 *
 * @param statusTimes when each node's last join or leave was said
 * @param left nodes that have left
 * @param events what was told lately, by the time at which it was
 * @param shared the {@link SharedState} of a Gatehouse node, which agents pass over; empty for none
 */
record SerfState(
    long time,
    Map<String, Long> statusTimes,
    List<String> left,
    long eventTime,
    List<EventsAt> events,
    long queryTime,
    byte[] shared) {

  SerfState {
    statusTimes = Collections.unmodifiableMap(statusTimes);
    left = List.copyOf(left);
    events = List.copyOf(events);
  }

  /** What was told at one moment. */
  record EventsAt(long time, Set<UserEvent> events) {}
}
