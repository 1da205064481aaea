package io.gatehouse.l7.upstream;

import io.gatehouse.l7.RouteConfig;
import io.gatehouse.l7.Upgrade;
import io.gatehouse.l7.h2.FieldSectionDecoder;
import io.gatehouse.l7.h2.Http2Error;
import io.gatehouse.l7.http.BodyFraming;
import io.gatehouse.l7.http.HeadResult;
import io.gatehouse.l7.http.HeaderBlock;
import io.gatehouse.l7.http.Http2Heads;
import io.gatehouse.l7.http.HttpMethod;
import io.gatehouse.l7.http.HttpVersion;
import io.gatehouse.l7.http.HttpViolation;
import io.gatehouse.l7.loop.TimedHandler;
import io.netty.buffer.ByteBuf;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One request on an HTTP/2 connection to a backend, which is a stream of it (RFC 9113 section 5).
 *
 * <p>Flow control ties both sides of the exchange together. What the backend's window doesn't take
 * waits in {@link Http2Outbox}, and the client is not read meanwhile; what the client doesn't take
 * is not credited to the backend, so that a slow client stops its own stream and no other.
 *
 * <p>Owned by its loop's thread.
 */
final class Http2Stream implements UpstreamStream {
  /** Most interim responses before a final one. */
  private static final int MAX_INTERIM_RESPONSES = 32;

  private static final int SWITCHING_PROTOCOLS = 101;

  private enum State {
    /** Waits for a connection, or for its turn on one. */
    WAITING,
    /** A response head is awaited. */
    HEAD,
    /** A response body is being read. */
    BODY,
    /** The response is whole. */
    ANSWERED,
    OVER
  }

  private final Http2Link link;
  private final Http2Outbox outbox;
  private State state = State.WAITING;
  private @Nullable UpstreamEvents user;
  private HttpMethod method = HttpMethod.OTHER;
  private int id;
  private boolean reused;
  private boolean responseSeen;
  private boolean bodyAllowed;
  private boolean reading = true;
  private int interimResponses;
  private long bodyLeft = -1;
  private @Nullable HeaderBlock heldRequest;
  private @Nullable BodyFraming heldFraming;
  private boolean asksForWebSocket;
  private boolean inTunnel;
  private int receiveWindow;
  private int owedBytes;
  private RouteConfig.Timeouts timeouts = RouteConfig.Timeouts.DEFAULT;
  private long deadlineNanos = TimedHandler.NEVER;

  Http2Stream(Http2Link link) {
    this.link = link;
    this.outbox = new Http2Outbox(link);
    this.receiveWindow = link.streamWindow();
  }

  // For the exchange

  @Override
  public void use(UpstreamEvents exchange, RouteConfig.Timeouts routeTimeouts) {
    assert link.loop().eventLoop().inEventLoop() && user == null;
    user = exchange;
    timeouts = routeTimeouts;
    deadlineNanos = now() + link.pool().endpoint().pool().timeouts().connectNanos();
    link.begin(this);
  }

  @Override
  public boolean isReused() {
    return reused;
  }

  @Override
  public boolean isConnected() {
    return state != State.WAITING && state != State.OVER;
  }

  @Override
  public boolean responseSeen() {
    return responseSeen;
  }

  @Override
  public UpstreamEndpoint endpoint() {
    return link.pool().endpoint();
  }

  @Override
  public void writeHead(HeaderBlock request, BodyFraming framing) {
    method = request.method();
    if (request.upgrade() == Upgrade.WEBSOCKET && !link.settingsSeen()) {
      heldRequest = request;
      heldFraming = framing;
      link.awaitSettings(this);
      requestSent();
    } else {
      send(request, framing);
    }
  }

  /** It is known now whether the backend takes a WebSocket. */
  void settingsCame() {
    if (heldRequest != null && heldFraming != null && state == State.HEAD) {
      send(heldRequest, heldFraming);
      heldRequest = null;
      heldFraming = null;
      link.flushSoon();
    }
  }

  /** A backend that takes no WebSocket gets a plain request, and can say so. */
  private void send(HeaderBlock request, BodyFraming framing) {
    asksForWebSocket = request.upgrade() == Upgrade.WEBSOCKET && link.carriesWebSockets();
    boolean whole = framing.kind() == BodyFraming.Kind.NONE;
    id = link.writeHead(this, request, framing);
    outbox.open(id, whole && !asksForWebSocket);
    if (whole) {
      requestSent();
    }
  }

  /** Whether its head asks for a tunnel that carries a WebSocket. */
  boolean asksForWebSocket() {
    return asksForWebSocket;
  }

  @Override
  public void writeBody(ByteBuf from, int length) {
    outbox.write(from, length);
    if (inTunnel || (state == State.BODY && reading)) {
      deadlineNanos = idleDeadline();
    }
  }

  @Override
  public void writeEnd(@Nullable HeaderBlock trailers) {
    outbox.end(trailers);
    requestSent();
    if (inTunnel) {
      link.flushSoon();
    }
  }

  private long idleDeadline() {
    return now() + (inTunnel ? timeouts.tunnelIdleNanos() : timeouts.bodyIdleNanos());
  }

  /** From now on the response is due. */
  private void requestSent() {
    if (state == State.HEAD) {
      deadlineNanos = now() + timeouts.responseNanos();
    }
  }

  @Override
  public void flush() {
    link.flushSoon();
  }

  @Override
  public boolean isWritable() {
    return outbox.isWritable();
  }

  @Override
  public void read(boolean more) {
    if (reading != more) {
      reading = more;
      deadlineNanos = more || inTunnel ? idleDeadline() : TimedHandler.NEVER;
      credit();
    }
  }

  @Override
  public void giveBack(boolean requestWhole) {
    abort();
  }

  @Override
  public void abort() {
    user = null;
    boolean open = id != 0 && !(state == State.ANSWERED && outbox.hasEnded());
    if (state != State.OVER) {
      over(open ? Http2Error.CANCEL : null);
    }
  }

  // For the connection

  int id() {
    return id;
  }

  Http2Outbox outbox() {
    return outbox;
  }

  boolean isWaiting() {
    return state == State.WAITING;
  }

  /** It has a place on a connection: the request may be written. */
  void ready(boolean onUsedConnection) {
    reused = onUsedConnection;
    state = State.HEAD;
    deadlineNanos = TimedHandler.NEVER;
    user().upstreamReady();
  }

  /** The backend takes bytes of the request again. */
  void writable() {
    if (user != null) {
      user.upstreamWritable();
    }
  }

  /** The connection has nothing more to hand over for now. */
  void readComplete() {
    if (user != null) {
      user.upstreamReadComplete();
    }
  }

  /** HEADERS: a head, interim or not, or the trailers. */
  void headers(HeadResult result, HeaderBlock head, FieldSectionDecoder fields, boolean endStream) {
    responseSeen = true;
    if (result instanceof HttpViolation violation) {
      broken(violation);
    } else if (state == State.HEAD) {
      head(head, fields, endStream);
    } else if (state == State.BODY) {
      trailers(head, fields, endStream);
    }
  }

  private void head(HeaderBlock head, FieldSectionDecoder fields, boolean endStream) {
    var framing = link.framing();
    HeadResult result =
        fields.hasRequestFields()
            ? HttpViolation.PSEUDO_FIELD_MISPLACED
            : Http2Heads.response(head, fields.status(), method, endStream, framing);
    if (result instanceof HttpViolation violation) {
      broken(violation);
    } else if (head.isInterim()) {
      if (++interimResponses > MAX_INTERIM_RESPONSES) {
        fail(UpstreamFailure.BAD_RESPONSE, Http2Error.ENHANCE_YOUR_CALM, "too many interim heads");
      } else {
        user().responseHead(head, framing);
      }
    } else if (asksForWebSocket && head.status() < 300) {
      switched(head, endStream);
    } else {
      state = State.BODY;
      deadlineNanos = idleDeadline();
      bodyAllowed = framing.kind() != BodyFraming.Kind.NONE;
      bodyLeft = framing.kind() == BodyFraming.Kind.LENGTH ? framing.length() : -1;
      user().responseHead(head, framing);
      if (endStream) {
        ended(null);
      }
    }
  }

  /** From here on the stream is a tunnel, which may be ended on each side by itself. */
  private void switched(HeaderBlock head, boolean endStream) {
    state = State.BODY;
    inTunnel = true;
    bodyAllowed = true;
    deadlineNanos = idleDeadline();
    head.startResponse(HttpVersion.HTTP_2, SWITCHING_PROTOCOLS);
    user().switched(head);
    if (endStream) {
      ended(null);
    }
  }

  private void trailers(HeaderBlock trailers, FieldSectionDecoder fields, boolean endStream) {
    if (!endStream) {
      fail(UpstreamFailure.BAD_RESPONSE, Http2Error.PROTOCOL_ERROR, "a second head");
    } else if (Http2Heads.trailers(trailers, fields.hasPseudoFields())
        instanceof HttpViolation violation) {
      broken(violation);
    } else {
      ended(trailers);
    }
  }

  /**
   * DATA.
   *
   * @param from lent; its next {@code length} bytes may be consumed
   */
  void data(ByteBuf from, int length, int paddingBytes, boolean endStream) {
    responseSeen = true;
    receiveWindow -= length + paddingBytes;
    owedBytes += length + paddingBytes;
    if (receiveWindow < 0) {
      fail(UpstreamFailure.BAD_RESPONSE, Http2Error.FLOW_CONTROL_ERROR, "more than its window");
    } else if (state != State.BODY || (length > 0 && !bodyAllowed)) {
      fail(UpstreamFailure.BAD_RESPONSE, Http2Error.PROTOCOL_ERROR, "unexpected DATA");
    } else if (bodyLeft >= 0 && length > bodyLeft) {
      broken(HttpViolation.BODY_LENGTH_MISMATCH);
    } else {
      body(from, length, endStream);
    }
  }

  private void body(ByteBuf from, int length, boolean endStream) {
    if (bodyLeft >= 0) {
      bodyLeft -= length;
    }
    if (reading) {
      deadlineNanos = idleDeadline();
    }
    if (length > 0) {
      user().responseBody(from, length);
    }
    if (endStream) {
      ended(null);
    } else {
      credit();
    }
  }

  /** The backend has ended the stream: the response is whole, unless it is short of its length. */
  private void ended(@Nullable HeaderBlock trailers) {
    if (state != State.BODY) {
      return; // given up meanwhile
    }
    if (bodyLeft > 0) {
      broken(HttpViolation.BODY_LENGTH_MISMATCH);
      return;
    }
    state = State.ANSWERED;
    deadlineNanos = inTunnel ? idleDeadline() : TimedHandler.NEVER;
    user().responseEnd(inTunnel ? null : trailers);
  }

  /** Lets the backend send as much again as the client has taken. */
  private void credit() {
    boolean open = state == State.BODY || state == State.HEAD;
    if (open && reading && owedBytes >= link.streamWindow() / 2) {
      link.credit(id, owedBytes);
      receiveWindow += owedBytes;
      owedBytes = 0;
    }
  }

  /** RST_STREAM. */
  void reset(Http2Error error) {
    if (state == State.ANSWERED && !inTunnel) {
      return; // RFC 9113 section 8.1: it doesn't want the rest of the request
    }
    boolean untouched = error == Http2Error.REFUSED_STREAM && !responseSeen;
    fail(
        untouched ? UpstreamFailure.REFUSED : UpstreamFailure.STREAM_RESET,
        null,
        "RST_STREAM: " + error);
  }

  private void broken(HttpViolation violation) {
    fail(UpstreamFailure.BAD_RESPONSE, Http2Error.PROTOCOL_ERROR, violation.reason());
  }

  /**
   * The attempt has failed.
   *
   * @param tell with what the backend is told to stop; null if it knows
   */
  void fail(UpstreamFailure failure, @Nullable Http2Error tell, String detail) {
    var exchange = user;
    user = null;
    if (state != State.OVER) {
      over(id == 0 ? null : tell);
    }
    if (exchange != null) {
      exchange.attemptFailed(failure, detail);
    }
  }

  private void over(@Nullable Http2Error tell) {
    state = State.OVER;
    deadlineNanos = TimedHandler.NEVER;
    outbox.discard();
    link.over(this, tell);
  }

  /** Whether something is overdue; {@link #expire} says what. */
  boolean isOverdue(long nowNanos) {
    return (deadlineNanos != TimedHandler.NEVER && nowNanos - deadlineNanos >= 0)
        || (isConnected() && outbox.isStalled(nowNanos, timeouts.bodyIdleNanos()));
  }

  void expire(long nowNanos) {
    switch (state) {
      case WAITING ->
          fail(UpstreamFailure.CONNECT_TIMEOUT, null, "no stream on its connections is free");
      case HEAD, BODY -> {
        if (outbox.isStalled(nowNanos, timeouts.bodyIdleNanos())) {
          fail(UpstreamFailure.SEND_TIMEOUT, Http2Error.CANCEL, "the endpoint takes no byte");
        } else if (state == State.HEAD) {
          fail(UpstreamFailure.RESPONSE_TIMEOUT, Http2Error.CANCEL, "no response head");
        } else if (inTunnel) {
          fail(UpstreamFailure.TUNNEL_IDLE, Http2Error.CANCEL, "no byte either way");
        } else {
          fail(UpstreamFailure.BODY_TIMEOUT, Http2Error.CANCEL, "no byte of the response body");
        }
      }
      case ANSWERED -> {
        if (inTunnel) {
          fail(UpstreamFailure.TUNNEL_IDLE, Http2Error.CANCEL, "no byte of the half that is open");
        }
      }
      case OVER -> {}
    }
  }

  private long now() {
    return link.loop().clock().nanos();
  }

  private UpstreamEvents user() {
    return Objects.requireNonNull(user);
  }
}
