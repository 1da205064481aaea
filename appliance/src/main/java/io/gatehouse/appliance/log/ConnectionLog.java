package io.gatehouse.appliance.log;

import io.gatehouse.appliance.json.JsonName;
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
  private static final JsonName KIND = new JsonName("kind");
  private static final JsonName NODE = new JsonName("node");
  private static final JsonName SERVICE = new JsonName("service");
  private static final JsonName CONNECTION_ID = new JsonName("connection_id");
  private static final JsonName CLIENT = new JsonName("client");
  private static final JsonName CLIENT_PORT = new JsonName("client_port");
  private static final JsonName ENDPOINT = new JsonName("endpoint");
  private static final JsonName ATTEMPTS = new JsonName("attempts");
  private static final JsonName FLAGS = new JsonName("flags");
  private static final JsonName REASON = new JsonName("reason");
  private static final JsonName BYTES_IN = new JsonName("bytes_in");
  private static final JsonName BYTES_OUT = new JsonName("bytes_out");
  private static final JsonName CONNECT_MS = new JsonName("connect_ms");
  private static final JsonName TOTAL_MS = new JsonName("total_ms");

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
    line.name(KIND)
        .value("connection")
        .name(NODE)
        .value(node)
        .name(SERVICE)
        .value(connection.service());
    line.name(CONNECTION_ID).value(connection.uniqueId());
    line.name(CLIENT).value(lines.text(connection.client().getAddress()));
    line.name(CLIENT_PORT).value(connection.client().getPort());
    line.name(ENDPOINT).value(connection.endpoint()).name(ATTEMPTS).value(connection.attempts());
    line.name(FLAGS).value(text(connection.flags())).name(REASON).value(connection.reason());
    line.name(BYTES_IN).value(connection.bytesFromClient());
    line.name(BYTES_OUT).value(connection.bytesToClient());
    line.name(CONNECT_MS).millis(connection.connectNanos());
    line.name(TOTAL_MS).millis(connection.totalNanos());
    lines.end();
  }

  private static String text(Set<ConnectionFlag> flags) {
    return flags.isEmpty()
        ? "-"
        : flags.stream().sorted().map(Enum::name).collect(Collectors.joining(","));
  }
}
