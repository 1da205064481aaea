package io.gatehouse.appliance.admin;

import io.gatehouse.appliance.json.JsonWriter;
import java.time.Instant;

/** Whether a node is in service, and if not, how far its clients have gone. */
public sealed interface DrainStatus {

  /** It takes new work. */
  record InService() implements DrainStatus {}

  /**
   * It has announced that it takes no new work.
   *
   * @param since when
   * @param deadline when what is left is cut
   * @param connections of clients, open now, over both tiers
   * @param cut connections and requests that were ended because the deadline had come
   * @param over whether all have heard and no connection is left, or the deadline has passed
   * @param stopping whether the node ends when it is over; else it waits for the undoing
   */
  record Draining(
      Instant since, Instant deadline, long connections, long cut, boolean over, boolean stopping)
      implements DrainStatus {}

  /** It takes new work. */
  DrainStatus IN_SERVICE = new InService();

  /** Whether a drain is announced. */
  default boolean announced() {
    return this instanceof Draining;
  }

  /** One word: {@code in_service}, {@code draining}, {@code drained} or {@code stopping}. */
  default String state() {
    return switch (this) {
      case InService _ -> "in_service";
      case Draining draining ->
          draining.stopping ? "stopping" : draining.over ? "drained" : "draining";
    };
  }

  /** Writes the fields of an object that has been begun. */
  default void writeTo(JsonWriter json) {
    json.field("state", state());
    if (this instanceof Draining draining) {
      json.field("since", draining.since.toString());
      json.field("deadline", draining.deadline.toString());
      json.field("connections", draining.connections).field("cut", draining.cut);
    }
  }

  /** As the answer of the admin port. */
  default AdminServer.Page page() {
    var json = new JsonWriter().beginObject();
    writeTo(json);
    return new AdminServer.Page(200, "application/json", json.endObject().newLine().toByteArray());
  }
}
