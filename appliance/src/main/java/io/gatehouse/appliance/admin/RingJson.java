package io.gatehouse.appliance.admin;

import io.gatehouse.appliance.json.JsonWriter;
import io.gatehouse.membership.Member;
import io.gatehouse.membership.Ring;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The ring's part of {@code /status}.
 *
 * @param self name of this node
 * @param encrypted whether the ring has keys
 */
record RingJson(String self, Drift drift, boolean encrypted) {

  void write(JsonWriter json, Ring ring) {
    List<Member> members =
        ring.view().members().values().stream().sorted(Comparator.comparing(Member::name)).toList();
    json.name("ring").beginObject();
    json.field("members", members.size()).field("local_health", ring.localHealth());
    json.field("encryption", encrypted ? "encrypted" : "not encrypted");
    json.field("configuration_drift", members.stream().anyMatch(drift::differs)).endObject();
    Map<String, Long> roundTrips = ring.roundTrips();
    json.name("members").beginArray();
    members.forEach(member -> member(json, member, roundTrips.get(member.name())));
    json.endArray();
  }

  private void member(JsonWriter json, Member member, @Nullable Long roundTripNanos) {
    json.beginObject().field("name", member.name()).field("state", member.state().name());
    json.field("self", member.name().equals(self)).field("draining", member.draining());
    json.field("address", StatusPage.text(member.address()));
    json.field("incarnation", member.incarnation());
    json.field("configuration_differs", drift.differs(member));
    if (roundTripNanos != null) {
      json.name("round_trip_ms").millis(roundTripNanos);
    }
    json.name("tags").beginObject();
    member.tags().entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(tag -> json.field(tag.getKey(), tag.getValue()));
    json.endObject().endObject();
  }
}
