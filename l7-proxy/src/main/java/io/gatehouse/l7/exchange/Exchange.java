package io.gatehouse.l7.exchange;

import io.gatehouse.l7.L7Counter;
import io.gatehouse.l7.ListenerConfig;
import io.gatehouse.l7.ResponseFlag;
import io.gatehouse.l7.RouteConfig;
import io.gatehouse.l7.http.BodyFraming;
import io.gatehouse.l7.http.ForwardedHeaders;
import io.gatehouse.l7.http.HeaderBlock;
import io.gatehouse.l7.http.HeaderName;
import io.gatehouse.l7.http.HttpMethod;
import io.gatehouse.l7.http.HttpVersion;
import io.gatehouse.l7.http.HttpViolation;
import io.gatehouse.l7.http.RequestId;
import io.gatehouse.l7.http.RequestTarget;
import io.gatehouse.l7.http.TrailerFields;
import io.gatehouse.l7.loop.Loop;
import io.gatehouse.l7.route.Route;
import io.gatehouse.l7.snapshot.L7Snapshot;
import io.gatehouse.l7.upstream.UpstreamEndpoint;
import io.gatehouse.l7.upstream.UpstreamEvents;
import io.gatehouse.l7.upstream.UpstreamFailure;
import io.gatehouse.l7.upstream.UpstreamStream;
import io.netty.buffer.ByteBuf;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One request's life. Its phases, in the order of the methods below: read head, route, admit,
 * choose endpoint, attempt, respond, record; {@code accept} and {@code identify} come before it and
 * belong to the connection. One object serves requests one after the other.
 *
 * <p>It knows nothing of the protocols on both sides. The client's side ({@link Downstream}) calls
 * it as the request arrives; the backend's side ({@link UpstreamStream}) calls it as the response
 * arrives. Heads come with the fields that hold for one connection taken out, and each side frames
 * what it sends by itself. Both bodies stream: whatever arrives is passed on at once, and a side
 * that can't take more stops the other from being read.
 *
 * <p>Owned by its connection's event loop.
 */
public final class Exchange implements UpstreamEvents {
  private enum Phase {
    /** Between requests. */
    NONE,
    /** A request is arriving, and nothing has been decided. */
    READ_HEAD,
    /** An endpoint is tried; no head of an answer has been passed on. */
    ATTEMPT,
    /** The answer is on its way. */
    RESPOND,
    /** The backend has agreed to an upgrade: bytes run both ways. */
    TUNNEL
  }

  private static final BodyFraming NO_BODY = new BodyFraming();

  private final ExchangeScope scope;
  private final Loop loop;
  private final ListenerConfig listener;
  private final int listenerIndex;
  private final ClientIdentity client;
  private final Downstream downstream;
  private final HeaderBlock request;
  private final RequestId id = new RequestId();
  private final Attempts attempts;
  private final ExchangeRecord record;

  private Phase phase = Phase.NONE;
  private BodyFraming requestFraming = new BodyFraming();
  private @Nullable UpstreamStream upstream;
  private boolean requestWhole;
  private boolean hostless;
  private boolean responseHasBody;
  private boolean responseWhole;
  private boolean responseTakesTrailers;
  private boolean isGrpc;
  private long deadlineNanos;

  /**
   * @param request where the client's side reads heads into; edited in place
   */
  public Exchange(
      ExchangeScope scope,
      ListenerConfig listener,
      int listenerIndex,
      ClientIdentity client,
      Downstream downstream,
      HeaderBlock request) {
    this.scope = scope;
    this.loop = scope.loop();
    this.listener = listener;
    this.listenerIndex = listenerIndex;
    this.client = client;
    this.downstream = downstream;
    this.request = request;
    this.attempts = new Attempts(loop.index());
    this.record = new ExchangeRecord(listener.name(), client, id);
  }

  /** Whether a request is under way. */
  public boolean isActive() {
    return phase != Phase.NONE;
  }

  // Read head

  /** The first byte of a request has come. */
  public void begin() {
    assert loop.eventLoop().inEventLoop() && phase == Phase.NONE;
    long now = loop.clock().nanos();
    record.begin(now, loop.clock().epochNanos(now));
    phase = Phase.READ_HEAD;
    requestWhole = false;
    isGrpc = false;
    loop.counters().add(L7Counter.REQUESTS_ACTIVE, 1);
  }

  /** The request breaks a rule of HTTP, in its head or in its body. */
  public void refuse(HttpViolation violation) {
    loop.violations().increment(violation);
    loop.warn(
        Refusal.counterOf(violation.status()),
        "a request breaks a rule of HTTP",
        listener.name(),
        violation.reason());
    record.flags |= ResponseFlag.DPE.bit();
    fail(violation.status(), violation.reason());
  }

  /** The head did not come whole in time. */
  public void headTimedOut() {
    refuse(Refusal.HEAD_TIMEOUT);
  }

  /**
   * The head is whole: everything that follows from it is decided here.
   *
   * @param framing how long the body is, if that is known; borrowed for the exchange
   */
  public void headRead(BodyFraming framing) {
    record.headNanos = loop.clock().nanos();
    requestFraming = framing;
    requestWhole = framing.kind() == BodyFraming.Kind.NONE;
    isGrpc = Grpc.isCall(request);
    deadlineNanos = isGrpc ? Grpc.timeoutNanos(request) : Long.MAX_VALUE;
    identify();
    if (RequestTarget.normalise(request, listener.paths()) instanceof HttpViolation violation) {
      refuse(violation);
      return;
    }
    var snapshot = scope.snapshots().current();
    var route = route(snapshot);
    if (loop.memory().isScarce()) {
      refuse(Refusal.MEMORY);
    } else if (route == null) {
      refuse(Refusal.NO_ROUTE);
    } else if (!mayUpgrade(route) && !isRequestWithoutUpgrade()) {
      refuse(HttpViolation.CONNECT_REFUSED);
    } else if (framing.length() > listener.limits().maxBodyBytes()) {
      refuse(Refusal.BODY_TOO_LARGE);
    } else {
      admit();
      chooseFrom(snapshot, route);
      attemptNext();
    }
  }

  private void identify() {
    id.draw(loop.random());
    record.identified = true;
  }

  // Route

  private @Nullable Route route(L7Snapshot snapshot) {
    int host = request.find(HeaderName.HOST);
    hostless = host < 0;
    var table = snapshot.routes().get(listenerIndex);
    record.route =
        table.find(
            request.bytes(),
            hostless ? 0 : request.valueStart(host),
            hostless ? 0 : request.hostNameLength(),
            request.targetStart(),
            request.pathLength());
    return record.route;
  }

  // Admit

  /** Whether the route lets the request have what it asks for; if not, it no longer asks. */
  private boolean mayUpgrade(Route route) {
    var upgrade = request.upgrade();
    if (upgrade == null) {
      return true;
    }
    boolean may = route.config().upgrade().contains(upgrade);
    if (!may) {
      loop.count(L7Counter.UPGRADES_IGNORED);
      request.setUpgrade(null);
    }
    return may;
  }

  /** Makes the head what the upstream gets. */
  private void admit() {
    ForwardedHeaders.apply(request, client.forwarded(), id, false);
  }

  /** Whether the request says something without what it asked for: in HTTP/2 that is a CONNECT. */
  private boolean isRequestWithoutUpgrade() {
    return request.method() != HttpMethod.CONNECT && request.version() != HttpVersion.HTTP_2;
  }

  // Choose endpoint

  private void chooseFrom(L7Snapshot snapshot, Route route) {
    attempts.begin(snapshot.pools().get(route.pool()), scope.balancers().get(route.pool()));
  }

  private void attemptNext() {
    phase = Phase.ATTEMPT;
    var stream = attempts.next();
    if (stream == null) {
      giveUp();
    } else {
      attempt(stream);
    }
  }

  private void giveUp() {
    var failure = attempts.lastFailure();
    if (failure == null) {
      refuse(attempts.refusal());
      return;
    }
    record.flags |= failure.flags();
    if (!attempts.areLeft()) {
      record.flags |= ResponseFlag.URX.bit();
    }
    fail(failure.status(), failure.reason());
  }

  // Attempt

  private void attempt(UpstreamStream stream) {
    var timeouts = Objects.requireNonNull(record.route).config().timeouts();
    record.attempts = attempts.made();
    record.endpoint = stream.endpoint();
    record.chosenNanos = loop.clock().nanos();
    record.connectedNanos = 0;
    upstream = stream;
    stream.use(this, withinDeadline(timeouts));
  }

  /** The caller's own deadline bounds how long an answer is waited for. */
  private RouteConfig.Timeouts withinDeadline(RouteConfig.Timeouts timeouts) {
    long leftNanos = deadlineLeftNanos();
    return leftNanos < timeouts.responseNanos() ? timeouts.withResponse(leftNanos) : timeouts;
  }

  /** What is left of the caller's own deadline; without one, more than any timeout. */
  private long deadlineLeftNanos() {
    return deadlineNanos == Long.MAX_VALUE
        ? Long.MAX_VALUE
        : Math.max(0, deadlineNanos - (loop.clock().nanos() - record.startNanos));
  }

  @Override
  public void upstreamReady() {
    var stream = Objects.requireNonNull(upstream);
    record.connectedNanos = loop.clock().nanos();
    if (hostless) {
      // HTTP/1.0 may come without; what goes out must have one.
      request.set(HeaderName.HOST, stream.endpoint().authority());
    }
    stream.writeHead(request, requestFraming);
    if (!requestWhole) {
      downstream.readBody(true);
    }
    if (!downstream.isHandingOver()) {
      clientReadComplete();
    }
  }

  /**
   * A piece of the request body: passed on at once.
   *
   * @param from lent; its next {@code length} bytes are consumed
   */
  public void requestBody(ByteBuf from, int length) {
    record.requestBodyBytes += length;
    loop.counters().add(L7Counter.REQUEST_BODY_BYTES, length);
    if (phase != Phase.TUNNEL && record.requestBodyBytes > listener.limits().maxBodyBytes()) {
      from.skipBytes(length);
      refuse(Refusal.BODY_TOO_LARGE);
      return;
    }
    var stream = Objects.requireNonNull(upstream);
    stream.writeBody(from, length);
    if (!stream.isWritable()) {
      stream.flush();
      downstream.readBody(stream.isWritable());
    }
  }

  /**
   * The request body is whole; not called where the head said that there is none.
   *
   * @param trailers borrowed; null if there are none
   */
  public void requestEnd(@Nullable HeaderBlock trailers) {
    requestWhole = true;
    Objects.requireNonNull(upstream).writeEnd(withoutRefused(trailers));
    if (phase == Phase.TUNNEL && responseWhole) {
      endTunnel();
    }
  }

  /** The trailers that may go on; null if none are left. */
  private @Nullable HeaderBlock withoutRefused(@Nullable HeaderBlock trailers) {
    if (trailers == null) {
      return null;
    }
    int refused = TrailerFields.removeRefused(trailers);
    loop.counters().add(L7Counter.TRAILERS_REFUSED, refused);
    return trailers.isEmpty() ? null : trailers;
  }

  /** The request body made no progress in time. */
  public void bodyTimedOut() {
    refuse(Refusal.BODY_TIMEOUT);
  }

  /** The client's input has been handed over for now: send what it gave. */
  public void clientReadComplete() {
    if (upstream != null && upstream.isConnected()) {
      upstream.flush();
    }
  }

  @Override
  public void upstreamWritable() {
    if (!requestWhole) {
      downstream.readBody(true);
    }
  }

  @Override
  public void attemptFailed(UpstreamFailure failure, String detail) {
    var failed = Objects.requireNonNull(upstream);
    var endpoint = failed.endpoint();
    upstream = null;
    if (phase == Phase.TUNNEL) {
      loop.warn(failure.counter(), "a tunnel is cut", where(), detail);
      record.flags |= failure.flags();
      fail(failure.status(), failure.reason());
      return;
    }
    boolean keptOneBroke = Attempts.keptOneBroke(failed, failure);
    boolean repeatable =
        failure == UpstreamFailure.REFUSED
            ? attempts.mayRepeatRefused(bodyIsTouched())
            : keptOneBroke && attempts.mayRepeat(request.method(), hasBody());
    if (repeatable) {
      repeat(endpoint);
      return;
    }
    loop.warn(
        failure.counter(),
        "an attempt failed",
        endpoint.pool().name() + "/" + endpoint.name(),
        detail);
    if (!keptOneBroke && failure != UpstreamFailure.REFUSED) {
      scope.health().reportFailure(endpoint.pool().name(), endpoint.name(), failure.reason());
    }
    if (failure.beforeSending()) {
      attempts.failed(failure);
      if (attempts.areLeft()) {
        loop.count(L7Counter.RETRIES);
      }
      attemptNext();
    } else {
      record.flags |= failure.flags();
      fail(failure.status(), failure.reason());
    }
  }

  private boolean hasBody() {
    return requestFraming.kind() != BodyFraming.Kind.NONE;
  }

  /** Whether any of the body has gone to the backend, so that it can't be sent to another. */
  private boolean bodyIsTouched() {
    return hasBody() && (requestWhole || record.requestBodyBytes > 0);
  }

  /**
   * A backend may close a kept connection just as a request is sent on it, or say that it takes no
   * more on this one; that is no failure.
   */
  private void repeat(UpstreamEndpoint endpoint) {
    loop.count(L7Counter.RETRIES);
    if (!requestWhole) {
      downstream.readBody(false); // until the next attempt is ready for it
    }
    var stream = attempts.repeat(endpoint);
    if (stream == null) {
      refuse(Refusal.OVERFLOW);
    } else {
      attempt(stream);
    }
  }

  // Respond

  @Override
  public void responseHead(HeaderBlock head, BodyFraming framing) {
    if (head.isInterim()) {
      passInterim(head);
      return;
    }
    phase = Phase.RESPOND;
    record.responseNanos = loop.clock().nanos();
    record.status = head.status();
    record.reason = "via_upstream";
    noteAnswer(head.status());
    responseHasBody = framing.kind() != BodyFraming.Kind.NONE;
    responseTakesTrailers = framing.kind() == BodyFraming.Kind.CHUNKED;
    if (isGrpc && !responseHasBody) {
      record.grpcStatus = Grpc.statusIn(head);
    }
    id.putInto(head);
    downstream.writeHead(head, framing);
  }

  /** A run of errors is a hint that the backend's own health should be looked at. */
  private void noteAnswer(int status) {
    var endpoint = Objects.requireNonNull(upstream).endpoint();
    int run = endpoint.answered(status);
    if (run > 0) {
      scope.health().reportServerErrors(endpoint.pool().name(), endpoint.name(), run);
    }
  }

  private void passInterim(HeaderBlock head) {
    if (downstream.writeInterim(head)) {
      loop.count(L7Counter.ANSWERS_INFORMATIONAL);
      downstream.flush();
    }
  }

  @Override
  public void responseBody(ByteBuf from, int length) {
    record.responseBodyBytes += length;
    loop.counters().add(L7Counter.RESPONSE_BODY_BYTES, length);
    downstream.writeBody(from, length);
    if (!downstream.isWritable()) {
      downstream.flush();
      if (upstream != null) {
        upstream.read(downstream.isWritable());
      }
    }
  }

  @Override
  public void upstreamReadComplete() {
    downstream.flush();
  }

  /** The client takes bytes again. */
  public void clientWritable() {
    if (upstream != null && (phase == Phase.RESPOND || phase == Phase.TUNNEL)) {
      upstream.read(true);
    }
  }

  @Override
  public void responseEnd(@Nullable HeaderBlock trailers) {
    if (phase == Phase.TUNNEL) {
      responseWhole = true;
      downstream.writeEnd(null);
      if (requestWhole) {
        endTunnel();
      }
      return;
    }
    if (isGrpc && trailers != null) {
      record.grpcStatus = Grpc.statusIn(trailers);
    }
    if (responseHasBody) {
      downstream.writeEnd(withoutRefused(trailers));
    }
    var stream = Objects.requireNonNull(upstream);
    upstream = null;
    stream.giveBack(requestWhole);
    end();
    downstream.answered();
  }

  // Tunnel

  @Override
  public void switched(HeaderBlock head) {
    var upgrade = Objects.requireNonNull(request.upgrade());
    record.responseNanos = loop.clock().nanos();
    record.status = head.status();
    record.reason = "via_upstream";
    record.upgrade = upgrade.label();
    phase = Phase.TUNNEL;
    requestWhole = false;
    responseWhole = false;
    loop.count(L7Counter.TUNNELS);
    loop.counters().add(L7Counter.TUNNELS_OPEN, 1);
    id.putInto(head);
    downstream.writeSwitch(head);
    downstream.flush();
    downstream.readBody(true);
  }

  private void endTunnel() {
    var stream = Objects.requireNonNull(upstream);
    upstream = null;
    stream.giveBack(true);
    end();
    downstream.answered();
  }

  /** How long it may go on after a drain has begun. */
  public long drainNanos() {
    return phase == Phase.TUNNEL
        ? Objects.requireNonNull(record.route).config().timeouts().tunnelDrainNanos()
        : listener.timeouts().drainNanos();
  }

  /** Answers with an error of Gatehouse's own, or cuts an answer that has begun. */
  private void refuse(Refusal refusal) {
    if (refusal == Refusal.NO_ROUTE) {
      loop.count(refusal.counter);
    } else {
      loop.warn(refusal.counter, "a request is refused", where(), refusal.reason);
    }
    record.flags |= refusal.flags;
    fail(refusal.status, refusal.reason);
  }

  private String where() {
    return record.route == null ? listener.name() : record.route.name();
  }

  private void fail(int status, String reason) {
    dropUpstream();
    record.reason = reason;
    if (isGrpc) {
      record.grpcStatus = Grpc.statusFor(status, deadlineLeftNanos() == 0);
    }
    if (phase != Phase.RESPOND && phase != Phase.TUNNEL) {
      answerWithError(status);
    } else if (phase == Phase.RESPOND && isGrpc && responseTakesTrailers) {
      downstream.writeEnd(Grpc.trailers(record.grpcStatus, reason));
    } else {
      end();
      downstream.cut();
      return;
    }
    end();
    downstream.answered();
  }

  private void answerWithError(int status) {
    if (!record.identified) {
      identify();
    }
    if (isGrpc) {
      record.status = 200;
      var head = Grpc.answer(record.grpcStatus, record.reason);
      id.putInto(head);
      downstream.writeHead(head, NO_BODY);
    } else {
      record.status = status;
      boolean withBody = !record.hasHead() || request.method() != HttpMethod.HEAD;
      downstream.writeError(status, id, withBody);
    }
  }

  // The client's side ends it

  /** The client has gone away. */
  public void clientGone() {
    loop.count(L7Counter.CLIENT_ABORTED);
    abandon(ResponseFlag.DC, "downstream_closed");
  }

  /** The client broke its protocol in a way that ends the request without an answer. */
  public void clientBrokeProtocol() {
    loop.count(L7Counter.CLIENT_ABORTED);
    abandon(ResponseFlag.DPE, "downstream_protocol_error");
  }

  /** The client took no byte of the answer for too long; its side closes. */
  public void clientStalled() {
    loop.warn(L7Counter.CLIENT_WRITE_TIMEOUT, "a client takes no byte", where(), "writeIdleNanos");
    abandon(ResponseFlag.SI, "downstream_write_timeout");
  }

  /** The tier closes, or its drain is over; the client's side closes. */
  public void cutByDrain() {
    loop.warn(L7Counter.DRAIN_CUT, "a request is cut by the end of the drain", where(), "");
    abandon(ResponseFlag.LR, "drain_deadline");
  }

  private void abandon(ResponseFlag flag, String reason) {
    dropUpstream();
    record.flags |= flag.bit();
    record.reason = reason;
    end();
  }

  private void dropUpstream() {
    if (upstream != null) {
      var stream = upstream;
      upstream = null;
      stream.abort();
    }
  }

  // Record

  private void end() {
    if (phase == Phase.TUNNEL) {
      loop.counters().add(L7Counter.TUNNELS_OPEN, -1);
    }
    phase = Phase.NONE;
    loop.count(L7Counter.REQUESTS);
    loop.counters().add(L7Counter.REQUESTS_ACTIVE, -1);
    record.end(loop.clock().nanos(), request);
    if (!client.isLocal()) {
      scope.recorder().record(record);
    }
  }
}
