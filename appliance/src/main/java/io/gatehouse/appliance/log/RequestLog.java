package io.gatehouse.appliance.log;

import io.gatehouse.appliance.json.JsonWriter;
import io.gatehouse.l7.RejectedConnection;
import io.gatehouse.l7.RequestRecord;
import io.gatehouse.l7.RequestRecorder;
import io.gatehouse.l7.ResponseFlag;
import java.net.InetSocketAddress;

/**
 * The access log of the L7 tier: a line for each request, and one for each connection that never
 * came to a request. Thread-safe: writes only to the buffer of the loop that calls.
 */
public final class RequestLog implements RequestRecorder {
  private final String node;
  private final LineLog out;

  /**
   * @param node this node's name, which every line carries
   */
  public RequestLog(String node, LineLog out) {
    this.node = node;
    this.out = out;
  }

  @Override
  public void record(RequestRecord request) {
    LineLog.LoopLines lines = out.lines();
    JsonWriter line = lines.begin(request.startEpochNanos());
    line.field("kind", "request").field("node", node).field("listener", request.listener());
    line.field("request_id", request.requestId());
    origin(lines, line, request.client(), request.peer(), request.l4Node(), request.l4UniqueId());
    if (!request.tlsVersion().isEmpty()) {
      line.field("tls", request.tlsVersion()).field("cipher", request.tlsCipher());
      line.field("sni", request.sni());
    }
    line.field("method", request.method()).field("host", request.host());
    line.field("path", request.path()).field("protocol", request.protocol());
    if (!request.upgrade().isEmpty()) {
      line.field("upgrade", request.upgrade());
    }
    line.field("route", request.route()).field("pool", request.pool());
    line.field("endpoint", request.endpoint()).field("attempts", request.attempts());
    line.field("status", request.status()).field("flags", ResponseFlag.text(request.flags()));
    line.field("reason", request.reason());
    if (request.grpcStatus() != RequestRecord.NO_GRPC_STATUS) {
      line.field("grpc_status", request.grpcStatus());
    }
    line.field("bytes_in", request.requestBodyBytes());
    line.field("bytes_out", request.responseBodyBytes());
    phase(line, "handshake_ms", request.handshakeNanos());
    phase(line, "read_head_ms", request.readHeadNanos());
    phase(line, "choose_ms", request.chooseNanos());
    phase(line, "connect_ms", request.connectNanos());
    phase(line, "upstream_ms", request.upstreamHeadNanos());
    phase(line, "total_ms", request.totalNanos());
    lines.end();
  }

  @Override
  public void rejected(RejectedConnection connection) {
    LineLog.LoopLines lines = out.lines();
    JsonWriter line = lines.begin(connection.startEpochNanos());
    line.field("kind", "rejected").field("node", node).field("listener", connection.listener());
    origin(lines, line, connection.client(), connection.peer(), "", connection.l4UniqueId());
    line.field("reason", connection.reason().counter().reason());
    line.field("detail", connection.detail());
    lines.end();
  }

  private static void origin(
      LineLog.LoopLines lines,
      JsonWriter line,
      InetSocketAddress client,
      InetSocketAddress peer,
      String l4Node,
      String connectionId) {
    line.field("client", lines.text(client.getAddress()));
    line.field("client_port", client.getPort());
    if (!peer.equals(client)) {
      line.field("peer", lines.text(peer.getAddress()));
    }
    if (!l4Node.isEmpty()) {
      line.field("l4_node", l4Node);
    }
    if (!connectionId.isEmpty()) {
      line.field("connection_id", connectionId);
    }
  }

  /** A phase that was not reached has no field. */
  private static void phase(JsonWriter line, String name, long nanos) {
    if (nanos != RequestRecord.NOT_REACHED) {
      line.fieldMillis(name, nanos);
    }
  }
}
