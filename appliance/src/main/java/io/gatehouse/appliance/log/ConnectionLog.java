package io.gatehouse.appliance.log;

import io.gatehouse.appliance.json.JsonWriter;
import io.gatehouse.l4.ConnectionFlag;
import io.gatehouse.l4.ConnectionRecord;
import io.gatehouse.l4.ConnectionRecorder;
import java.time.Clock;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * The access log of the L4 tier: a line for each connection, at its end; its {@code connection_id}
 * is the one on the L7 tier's lines. Thread-safe: writes only to the buffer of the loop that calls.
 */
public final class ConnectionLog implements ConnectionRecorder {
  private final String node;
  private final LineLog out;
  private final Clock clock;

  /**
   * @param node this node's name, which every line carries
   * @param clock for the time of the end
   */
  public ConnectionLog(String node, LineLog out, Clock clock) {
    this.node = node;
    this.out = out;
    this.clock = clock;
  }

  @Override
  public void ended(ConnectionRecord connection) {
    LineLog.LoopLines lines = out.lines();
    JsonWriter line = lines.begin(TimeUnit.MILLISECONDS.toNanos(clock.millis()));
    line.field("kind", "connection").field("node", node).field("service", connection.service());
    line.field("connection_id", connection.uniqueId());
    line.field("client", lines.text(connection.client().getAddress()));
    line.field("client_port", connection.client().getPort());
    line.field("endpoint", connection.endpoint()).field("attempts", connection.attempts());
    line.field("flags", text(connection.flags())).field("reason", connection.reason());
    line.field("bytes_in", connection.bytesFromClient());
    line.field("bytes_out", connection.bytesToClient());
    line.fieldMillis("connect_ms", connection.connectNanos());
    line.fieldMillis("total_ms", connection.totalNanos());
    lines.end();
  }

  private static String text(Set<ConnectionFlag> flags) {
    return flags.isEmpty()
        ? "-"
        : flags.stream().sorted().map(Enum::name).collect(Collectors.joining(","));
  }
}
