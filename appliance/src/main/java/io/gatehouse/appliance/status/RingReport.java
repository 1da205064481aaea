package io.gatehouse.appliance.status;

import static io.gatehouse.appliance.status.Quantities.count;

import io.gatehouse.appliance.json.Json;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * The ring as the node sees it: its members in a table, those first that want attention, and how
 * the node itself keeps up.
 *
 * @param now what the node says
 */
record RingReport(Json now) {
  /** More members than this are counted, not listed, so that the whole stays on a screen. */
  private static final int MAX_ROWS = 20;

  private static final int HASH_LETTERS = 8;
  private static final String ALIVE = "ALIVE";
  private static final String UNKNOWN = "-";

  /** Ends with a newline; empty if the node is in no ring. */
  String text() {
    List<Json> members = now.list("members");
    if (members.isEmpty()) {
      return "";
    }
    var lines = new ArrayList<String>();
    lines.add("");
    lines.add(head(members));
    drift(members, lines);
    lines.addAll(table(members));
    lines.add("");
    return String.join("\n", lines);
  }

  private String head(List<Json> members) {
    var parts = new ArrayList<String>();
    long alive = members.stream().filter(m -> m.text("state").equals(ALIVE)).count();
    parts.add("%s of %s members alive".formatted(count(alive), count(members.size())));
    Json ring = now.at("ring");
    if (ring.has("encryption")) {
      parts.add(ring.text("encryption"));
    }
    if (ring.has("local_health")) {
      double score = ring.number("local_health");
      parts.add(
          score == 0
              ? "this node keeps up"
              : "this node is slow itself: health score %s, 0 is well".formatted(count(score)));
    }
    return "ring  " + String.join("; ", parts);
  }

  private static void drift(List<Json> members, List<String> lines) {
    var others = members.stream().filter(m -> m.isTrue("configuration_differs")).toList();
    if (!others.isEmpty()) {
      lines.add(
          "  another configuration than this node's: "
              + Names.of(others.stream().map(m -> m.text("name")).toList()));
    }
  }

  private static List<String> table(List<Json> members) {
    var table =
        new TextTable(
            "member",
            "role",
            "state",
            "version",
            "configuration",
            ">incarnation",
            "gossip",
            ">round trip");
    members.stream()
        .sorted(Comparator.comparing(RingReport::isFine).thenComparing(m -> m.text("name")))
        .limit(MAX_ROWS)
        .forEach(member -> row(table, member));
    var lines = new ArrayList<>(table.lines().stream().map(line -> "  " + line).toList());
    int more = members.size() - MAX_ROWS;
    if (more > 0) {
      lines.add("  and %s more; --json has them all".formatted(count(more)));
    }
    return lines;
  }

  private static boolean isFine(Json member) {
    return member.text("state").equals(ALIVE)
        && !member.isTrue("draining")
        && !member.isTrue("configuration_differs");
  }

  private static void row(TextTable table, Json member) {
    Json tags = member.at("tags");
    String hash = tags.text("config");
    String shown = hash.substring(0, Math.min(HASH_LETTERS, hash.length()));
    table.row(
        member.text("name") + (member.isTrue("self") ? " (this)" : ""),
        known(tags.text("role")),
        member.isTrue("draining") ? member.text("state") + ", drains" : member.text("state"),
        known(tags.text("version")),
        member.isTrue("configuration_differs") ? shown + " differs" : known(shown),
        count(member.number("incarnation")),
        member.text("address"),
        member.has("round_trip_ms")
            ? String.format(Locale.ROOT, "%.2f ms", member.number("round_trip_ms"))
            : UNKNOWN);
  }

  private static String known(String text) {
    return text.isEmpty() ? UNKNOWN : text;
  }
}
