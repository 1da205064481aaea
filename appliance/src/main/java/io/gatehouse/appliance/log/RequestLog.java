package io.gatehouse.appliance.log;

import io.gatehouse.appliance.json.JsonName;
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
  private static final JsonName KIND = new JsonName("kind");
  private static final JsonName NODE = new JsonName("node");
  private static final JsonName LISTENER = new JsonName("listener");
  private static final JsonName REQUEST_ID = new JsonName("request_id");
  private static final JsonName TLS = new JsonName("tls");
  private static final JsonName CIPHER = new JsonName("cipher");
  private static final JsonName SNI = new JsonName("sni");
  private static final JsonName METHOD = new JsonName("method");
  private static final JsonName HOST = new JsonName("host");
  private static final JsonName PATH = new JsonName("path");
  private static final JsonName PROTOCOL = new JsonName("protocol");
  private static final JsonName UPGRADE = new JsonName("upgrade");
  private static final JsonName ROUTE = new JsonName("route");
  private static final JsonName POOL = new JsonName("pool");
  private static final JsonName ENDPOINT = new JsonName("endpoint");
  private static final JsonName ATTEMPTS = new JsonName("attempts");
  private static final JsonName STATUS = new JsonName("status");
  private static final JsonName FLAGS = new JsonName("flags");
  private static final JsonName REASON = new JsonName("reason");
  private static final JsonName GRPC_STATUS = new JsonName("grpc_status");
  private static final JsonName BYTES_IN = new JsonName("bytes_in");
  private static final JsonName BYTES_OUT = new JsonName("bytes_out");
  private static final JsonName DETAIL = new JsonName("detail");
  private static final JsonName CLIENT = new JsonName("client");
  private static final JsonName CLIENT_PORT = new JsonName("client_port");
  private static final JsonName PEER = new JsonName("peer");
  private static final JsonName L4_NODE = new JsonName("l4_node");
  private static final JsonName CONNECTION_ID = new JsonName("connection_id");
  private static final JsonName HANDSHAKE_MS = new JsonName("handshake_ms");
  private static final JsonName READ_HEAD_MS = new JsonName("read_head_ms");
  private static final JsonName CHOOSE_MS = new JsonName("choose_ms");
  private static final JsonName CONNECT_MS = new JsonName("connect_ms");
  private static final JsonName UPSTREAM_MS = new JsonName("upstream_ms");
  private static final JsonName TOTAL_MS = new JsonName("total_ms");

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
    line.name(KIND)
        .value("request")
        .name(NODE)
        .value(node)
        .name(LISTENER)
        .value(request.listener());
    line.name(REQUEST_ID).value(request.requestId());
    origin(lines, line, request.client(), request.peer(), request.l4Node(), request.l4UniqueId());
    if (!request.tlsVersion().isEmpty()) {
      line.name(TLS).value(request.tlsVersion()).name(CIPHER).value(request.tlsCipher());
      line.name(SNI).value(request.sni());
    }
    line.name(METHOD).value(request.method()).name(HOST).value(request.host());
    line.name(PATH).value(request.path()).name(PROTOCOL).value(request.protocol());
    if (!request.upgrade().isEmpty()) {
      line.name(UPGRADE).value(request.upgrade());
    }
    line.name(ROUTE).value(request.route()).name(POOL).value(request.pool());
    line.name(ENDPOINT).value(request.endpoint()).name(ATTEMPTS).value(request.attempts());
    line.name(STATUS).value(request.status()).name(FLAGS).value(ResponseFlag.text(request.flags()));
    line.name(REASON).value(request.reason());
    if (request.grpcStatus() != RequestRecord.NO_GRPC_STATUS) {
      line.name(GRPC_STATUS).value(request.grpcStatus());
    }
    line.name(BYTES_IN).value(request.requestBodyBytes());
    line.name(BYTES_OUT).value(request.responseBodyBytes());
    phase(line, HANDSHAKE_MS, request.handshakeNanos());
    phase(line, READ_HEAD_MS, request.readHeadNanos());
    phase(line, CHOOSE_MS, request.chooseNanos());
    phase(line, CONNECT_MS, request.connectNanos());
    phase(line, UPSTREAM_MS, request.upstreamHeadNanos());
    phase(line, TOTAL_MS, request.totalNanos());
    lines.end();
  }

  @Override
  public void rejected(RejectedConnection connection) {
    LineLog.LoopLines lines = out.lines();
    JsonWriter line = lines.begin(connection.startEpochNanos());
    line.name(KIND)
        .value("rejected")
        .name(NODE)
        .value(node)
        .name(LISTENER)
        .value(connection.listener());
    origin(lines, line, connection.client(), connection.peer(), "", connection.l4UniqueId());
    line.name(REASON).value(connection.reason().counter().reason());
    line.name(DETAIL).value(connection.detail());
    lines.end();
  }

  private static void origin(
      LineLog.LoopLines lines,
      JsonWriter line,
      InetSocketAddress client,
      InetSocketAddress peer,
      String l4Node,
      String connectionId) {
    line.name(CLIENT).value(lines.text(client.getAddress()));
    line.name(CLIENT_PORT).value(client.getPort());
    if (!peer.equals(client)) {
      line.name(PEER).value(lines.text(peer.getAddress()));
    }
    if (!l4Node.isEmpty()) {
      line.name(L4_NODE).value(l4Node);
    }
    if (!connectionId.isEmpty()) {
      line.name(CONNECTION_ID).value(connectionId);
    }
  }

  /** A phase that was not reached has no field. */
  private static void phase(JsonWriter line, JsonName name, long nanos) {
    if (nanos != RequestRecord.NOT_REACHED) {
      line.name(name).millis(nanos);
    }
  }
}
