package io.gatehouse.l7.exchange;

import io.gatehouse.l7.RequestRecord;
import io.gatehouse.l7.http.HeaderBlock;
import io.gatehouse.l7.http.HeaderName;
import io.gatehouse.l7.http.HttpVersion;
import io.gatehouse.l7.http.RequestId;
import io.gatehouse.l7.route.Route;
import io.gatehouse.l7.upstream.UpstreamEndpoint;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * What an exchange notes of itself as it goes through its phases; reused from request to request.
 * Owned by its connection's event loop.
 */
final class ExchangeRecord implements RequestRecord {
  private final String listener;
  private final ClientIdentity client;
  private final RequestId id;
  private final ByteText idText = new ByteText();
  private final ByteText method = new ByteText();
  private final ByteText host = new ByteText();
  private final ByteText path = new ByteText();
  private HttpVersion version = HttpVersion.HTTP_1_1;

  long startEpochNanos;
  long startNanos;
  long headNanos;
  long chosenNanos;
  long connectedNanos;
  long responseNanos;
  long endNanos;
  long handshakeNanos;
  boolean identified;
  @Nullable Route route;
  @Nullable UpstreamEndpoint endpoint;
  int attempts;
  int status;
  int grpcStatus;
  long requestBodyBytes;
  long responseBodyBytes;
  int flags;
  String reason = "";
  String upgrade = "";

  ExchangeRecord(String listener, ClientIdentity client, RequestId id) {
    this.listener = listener;
    this.client = client;
    this.id = id;
  }

  void begin(long nowNanos, long epochNanos) {
    startNanos = nowNanos;
    startEpochNanos = epochNanos;
    headNanos = 0;
    chosenNanos = 0;
    connectedNanos = 0;
    responseNanos = 0;
    handshakeNanos = client.takeHandshakeNanos();
    identified = false;
    method.clear();
    host.clear();
    path.clear();
    version = HttpVersion.HTTP_1_1;
    route = null;
    endpoint = null;
    attempts = 0;
    status = 0;
    grpcStatus = NO_GRPC_STATUS;
    requestBodyBytes = 0;
    responseBodyBytes = 0;
    flags = 0;
    reason = "";
    upgrade = "";
  }

  /** Whether the head was read whole. */
  boolean hasHead() {
    return headNanos != 0;
  }

  /** Points the texts into the head, at last: an edit may have moved the array. */
  void end(long nowNanos, HeaderBlock head) {
    endNanos = nowNanos;
    if (hasHead()) {
      byte[] bytes = head.bytes();
      method.set(bytes, head.methodStart(), head.methodLength());
      path.set(bytes, head.targetStart(), pathLength(head));
      int hostIndex = head.find(HeaderName.HOST);
      if (hostIndex >= 0) {
        host.set(bytes, head.valueStart(hostIndex), head.hostNameLength());
      }
      version = head.version();
    }
    if (identified) {
      idText.set(id.bytes(), 0, id.length());
    } else {
      idText.clear();
    }
  }

  private static int pathLength(HeaderBlock head) {
    int length = 0;
    while (length < head.targetLength() && head.bytes()[head.targetStart() + length] != '?') {
      length++;
    }
    return length;
  }

  private static long between(long fromNanos, long toNanos) {
    return fromNanos == 0 || toNanos == 0 ? NOT_REACHED : toNanos - fromNanos;
  }

  @Override
  public long startEpochNanos() {
    return startEpochNanos;
  }

  @Override
  public CharSequence requestId() {
    return idText;
  }

  @Override
  public String listener() {
    return listener;
  }

  @Override
  public InetSocketAddress client() {
    return client.client();
  }

  @Override
  public InetSocketAddress peer() {
    return client.peer();
  }

  @Override
  public String l4UniqueId() {
    return client.l4UniqueId();
  }

  @Override
  public String l4Node() {
    return client.l4Node();
  }

  @Override
  public CharSequence method() {
    return method;
  }

  @Override
  public CharSequence host() {
    return host;
  }

  @Override
  public CharSequence path() {
    return path;
  }

  @Override
  public String protocol() {
    return switch (version) {
      case HTTP_1_0 -> "HTTP/1.0";
      case HTTP_1_1 -> "HTTP/1.1";
      case HTTP_2 -> "HTTP/2.0";
    };
  }

  @Override
  public String upgrade() {
    return upgrade;
  }

  @Override
  public String tlsVersion() {
    return client.tlsVersion();
  }

  @Override
  public String tlsCipher() {
    return client.tlsCipher();
  }

  @Override
  public String sni() {
    return client.sni();
  }

  @Override
  public @Nullable String route() {
    return route == null ? null : route.name();
  }

  @Override
  public @Nullable String pool() {
    return route == null ? null : route.config().pool();
  }

  @Override
  public @Nullable String endpoint() {
    return endpoint == null ? null : endpoint.name();
  }

  @Override
  public int attempts() {
    return attempts;
  }

  @Override
  public int status() {
    return status;
  }

  @Override
  public int grpcStatus() {
    return grpcStatus;
  }

  @Override
  public long requestBodyBytes() {
    return requestBodyBytes;
  }

  @Override
  public long responseBodyBytes() {
    return responseBodyBytes;
  }

  @Override
  public long handshakeNanos() {
    return handshakeNanos;
  }

  @Override
  public long readHeadNanos() {
    return between(startNanos, headNanos);
  }

  @Override
  public long chooseNanos() {
    return between(headNanos, chosenNanos);
  }

  @Override
  public long connectNanos() {
    return between(chosenNanos, connectedNanos);
  }

  @Override
  public long upstreamHeadNanos() {
    return between(connectedNanos, responseNanos);
  }

  @Override
  public long totalNanos() {
    return endNanos - startNanos;
  }

  @Override
  public int flags() {
    return flags;
  }

  @Override
  public String reason() {
    return reason;
  }
}
