package io.gatehouse.tests.l4;

import io.gatehouse.tests.l4.EndReport.Ending;
import io.gatehouse.tests.l4.SoakScript.Kind;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/**
 * Compares what the node tells of its connections (counters, access log) with what their ends know.
 *
 * <p>A connection that both ends finished is known to the byte. One that was reset is known within
 * bounds: a reset throws away what is in a kernel's queue, so the node may have passed on any
 * number of bytes from what the receiver has read up to what the sender's kernel has taken. Of a
 * reset that does not wait for the endpoint nothing else is known: the node may meet it before or
 * after it has joined the connection. The log and the counters, though, speak of the same bytes and
 * must agree exactly.
 *
 * <p>Confined to the test's thread.
 */
final class Ledger {
  private static final String PREFIX = "gatehouse_l4_";

  private final List<Attempt> attempts;
  private final List<String> complaints = new ArrayList<>();

  /**
   * @param attempts all that the node has met
   */
  Ledger(List<Attempt> attempts) {
    this.attempts = attempts;
  }

  /** What does not agree; empty if everything does. */
  List<String> compare(List<LogLine> log, Map<String, Long> after) {
    long in = 0;
    long out = 0;
    for (var line : log) {
      in += line.bytesIn();
      out += line.bytesOut();
    }
    checkLines(log);
    exactly("bytes_from_clients", in, after);
    exactly("bytes_to_clients", out, after);
    compareCounts(after);
    return complaints;
  }

  /** What is wrong in a log that several processes wrote, one after the other. */
  List<String> compareLines(List<LogLine> log) {
    checkLines(log);
    return complaints;
  }

  /**
   * What is wrong in a log that may lack lines, for a node that is killed loses what it has not
   * written.
   */
  List<String> compareLinesThereAre(List<LogLine> log) {
    var byId = new HashMap<String, Attempt>();
    for (var attempt : attempts) {
      var id = attempt.connectionId;
      if (id != null && attempt.complaint().isEmpty()) {
        byId.put(id, attempt);
      }
    }
    var seen = new HashSet<String>();
    for (var line : log) {
      var attempt = byId.get(line.connectionId());
      if (!seen.add(line.connectionId())) {
        complaints.add("two lines for one connection: " + line.text());
      } else if (attempt != null) {
        compare(attempt, line);
      }
    }
    return complaints;
  }

  private void compareCounts(Map<String, Long> after) {
    long early = count(Kind.CLIENT_RESETS_EARLY);
    long clientResets = count(Kind.CLIENT_RESETS);
    exactly("connections_accepted", attempts.size(), after);
    within("connections_joined", attempts.size() - early, attempts.size(), after);
    within("client_resets", clientResets, clientResets + early, after);
    exactly("endpoint_resets", count(Kind.ENDPOINT_RESETS), after);
    for (var never :
        List.of(
            "connections_refused",
            "connections_no_healthy_endpoint",
            "connections_unconnected",
            "accept_failures",
            "connect_failures",
            "idle_timeouts",
            "drain_timeouts")) {
      exactly(never, 0, after);
    }
    if (after.getOrDefault(PREFIX + "connections_active", -1L) != 0) {
      complaints.add("connections_active is not 0");
    }
  }

  private long count(Kind kind) {
    return attempts.stream().filter(attempt -> attempt.kind() == kind).count();
  }

  private void exactly(String counter, long expected, Map<String, Long> after) {
    within(counter, expected, expected, after);
  }

  private void within(String counter, long least, long most, Map<String, Long> after) {
    var name = PREFIX + counter + "_total";
    long counted = after.getOrDefault(name, -1L);
    if (counted < least || counted > most) {
      complaints.add("%s: %d (expected: %d to %d)".formatted(name, counted, least, most));
    }
  }

  private void checkLines(List<LogLine> log) {
    var byId = new HashMap<String, LogLine>();
    var byClient = new HashMap<InetSocketAddress, List<LogLine>>();
    for (var line : log) {
      if (byId.put(line.connectionId(), line) != null) {
        complaints.add("two lines for one connection: " + line.text());
      }
      byClient.computeIfAbsent(line.client(), _ -> new ArrayList<>()).add(line);
    }
    var unheardOf = new ArrayList<Attempt>();
    for (var attempt : attempts) {
      var line = byId.remove(String.valueOf(attempt.connectionId));
      if (line == null) {
        unheardOf.add(attempt);
      } else {
        compare(attempt, line);
      }
    }
    for (var attempt : unheardOf) { // their id has reached nobody, but their address is known
      var line =
          byClient.getOrDefault(attempt.clientAddress, List.of()).stream()
              .filter(each -> byId.containsKey(each.connectionId()))
              .findFirst();
      line.ifPresentOrElse(
          each -> {
            byId.remove(each.connectionId());
            compare(attempt, each);
          },
          () -> complaints.add("no line in the access log for " + attempt));
    }
    byId.values().forEach(line -> complaints.add("a line of no connection: " + line.text()));
  }

  private void compare(Attempt attempt, LogLine line) {
    var client = attempt.client;
    var endpoint = attempt.endpoint;
    if (client == null) {
      return; // that is a complaint already
    }
    boolean finished = client.ending() == Ending.FINISHED;
    long inLeast = finished ? client.sent() : endpoint == null ? 0 : endpoint.received();
    long outMost = endpoint == null ? 0 : endpoint.sent();
    long outLeast = finished ? outMost : client.received();
    if (!line.client().equals(attempt.clientAddress)
        || line.bytesIn() < inLeast
        || line.bytesIn() > client.sent()
        || line.bytesOut() < outLeast
        || line.bytesOut() > outMost
        || !flagsFit(attempt.kind(), line.flags())) {
      complaints.add(
          "the access log is wrong (expected: %d to %d bytes in, %d to %d out): %s"
              .formatted(
                  inLeast, client.sent(), outLeast, outMost, Soak.describe(attempt, line.text())));
    }
  }

  private static boolean flagsFit(Kind kind, String flags) {
    return switch (kind) {
      case CLIENT_FINISHES_FIRST, ENDPOINT_FINISHES_FIRST, EACH_FINISHES_WHEN_DONE ->
          flags.equals("-");
      case CLIENT_RESETS, CLIENT_RESETS_EARLY -> flags.contains("DR");
      case ENDPOINT_RESETS -> flags.contains("UR");
    };
  }
}
