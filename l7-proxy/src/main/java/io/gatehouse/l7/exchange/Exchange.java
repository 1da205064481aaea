package io.gatehouse.l7.exchange;

import io.gatehouse.l7.L7Counter;
import io.gatehouse.l7.ListenerConfig;
import io.gatehouse.l7.ResponseFlag;
import io.gatehouse.l7.balance.Candidates;
import io.gatehouse.l7.http.BodyFraming;
import io.gatehouse.l7.http.ConnectionOptions;
import io.gatehouse.l7.http.ForwardedHeaders;
import io.gatehouse.l7.http.HeadWriter;
import io.gatehouse.l7.http.HeaderBlock;
import io.gatehouse.l7.http.HeaderName;
import io.gatehouse.l7.http.HopByHop;
import io.gatehouse.l7.http.HttpMethod;
import io.gatehouse.l7.http.HttpVersion;
import io.gatehouse.l7.http.HttpViolation;
import io.gatehouse.l7.http.MessageFraming;
import io.gatehouse.l7.http.RequestId;
import io.gatehouse.l7.http.RequestTarget;
import io.gatehouse.l7.loop.Loop;
import io.gatehouse.l7.route.Route;
import io.gatehouse.l7.snapshot.L7Snapshot;
import io.gatehouse.l7.upstream.UpstreamConnection;
import io.gatehouse.l7.upstream.UpstreamEndpoint;
import io.gatehouse.l7.upstream.UpstreamEvents;
import io.gatehouse.l7.upstream.UpstreamFailure;
import io.netty.buffer.ByteBuf;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One request's life. Its phases, in the order of the methods below: read head, route, admit,
 * choose endpoint, attempt, respond, record; {@code accept} and {@code identify} come before it and
 * belong to the connection. One object serves a connection's requests one after the other.
 *
 * <p>The client's side calls it as the request arrives; the upstream connection calls it as the
 * response arrives. Both bodies stream: whatever arrives is passed on at once, and a side that
 * can't take more stops the other from being read.
 *
 * <p>Retry. What fails is tried again only where it is safe: on another endpoint while nothing has
 * been sent (no connection came about), and once on a fresh connection when a kept one broke before
 * any byte of a response, if the method is idempotent (RFC 9110 section 9.2.2) and the request has
 * no body, so that all of it can be sent anew.
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
    RESPOND
  }

  private final ExchangeScope scope;
  private final Loop loop;
  private final ListenerConfig listener;
  private final int listenerIndex;
  private final ClientIdentity client;
  private final Downstream downstream;
  private final HeaderBlock request;
  private final RequestId id = new RequestId();
  private final Candidates candidates = new Candidates();
  private final BodyFraming responseFraming = new BodyFraming();
  private final ExchangeRecord record;

  private Phase phase = Phase.NONE;
  private @Nullable UpstreamConnection upstream;
  private boolean clientKeepsAlive;
  private boolean requestHasBody;
  private boolean requestChunked;
  private boolean requestWhole;
  private boolean hostless;
  private boolean retriedKept;
  private boolean overflowed;
  private boolean keepAlive;
  private int maxAttempts;
  private @Nullable UpstreamFailure lastFailure;

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
    clientKeepsAlive = false;
    retriedKept = false;
    overflowed = false;
    lastFailure = null;
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
    clientKeepsAlive = false;
    fail(violation.status(), violation.reason());
  }

  /** The head did not come whole in time. */
  public void headTimedOut() {
    refuse(Refusal.HEAD_TIMEOUT);
  }

  /**
   * The head is whole: everything that follows from it is decided here.
   *
   * @param mayKeepAlive whether the connection may carry another request after this
   */
  public void headRead(BodyFraming framing, boolean mayKeepAlive) {
    record.headNanos = loop.clock().nanos();
    clientKeepsAlive = mayKeepAlive && ConnectionOptions.keepsAlive(request);
    requestHasBody = framing.kind() != BodyFraming.Kind.NONE;
    requestChunked = framing.kind() == BodyFraming.Kind.CHUNKED;
    requestWhole = !requestHasBody;
    identify();
    if (RequestTarget.normalise(request) instanceof HttpViolation violation) {
      refuse(violation);
      return;
    }
    var snapshot = scope.snapshots().current();
    var route = route(snapshot);
    if (route == null) {
      refuse(Refusal.NO_ROUTE);
    } else if (framing.length() > listener.limits().maxBodyBytes()) {
      refuse(Refusal.BODY_TOO_LARGE);
    } else {
      admit(framing);
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

  /** Makes the head what the upstream gets. */
  private void admit(BodyFraming framing) {
    if (request.version() == HttpVersion.HTTP_1_0) {
      // RFC 9110 section 10.1.1: such an expectation means nothing.
      request.removeAll(HeaderName.EXPECT);
    }
    HopByHop.strip(request);
    ForwardedHeaders.apply(request, client.forwarded(), id, false);
    MessageFraming.declare(request, framing);
  }

  // Choose endpoint

  private void chooseFrom(L7Snapshot snapshot, Route route) {
    var pool = snapshot.pools().get(route.pool());
    maxAttempts = pool.config().maxAttempts();
    candidates.begin(pool, scope.balancers().get(route.pool()));
  }

  private void attemptNext() {
    phase = Phase.ATTEMPT;
    while (record.attempts < maxAttempts) {
      var endpoint = candidates.next();
      if (endpoint == null) {
        break;
      }
      if (attempt(endpoint, false)) {
        return;
      }
    }
    giveUp();
  }

  private void giveUp() {
    var failure = lastFailure;
    if (failure == null) {
      refuse(overflowed ? Refusal.OVERFLOW : Refusal.NONE_HEALTHY);
      return;
    }
    record.flags |= failure.flags();
    if (record.attempts >= maxAttempts) {
      record.flags |= ResponseFlag.URX.bit();
    }
    fail(failure.status(), failure.reason());
  }

  // Attempt

  /** Tries an endpoint; false if its cap is reached. */
  private boolean attempt(UpstreamEndpoint endpoint, boolean fresh) {
    var pool = endpoint.onLoop(loop.index());
    var connection = fresh ? null : pool.takeKept();
    if (connection == null) {
      connection = pool.takeNew();
    }
    if (connection == null) {
      overflowed = true;
      return false;
    }
    var timeouts = Objects.requireNonNull(record.route).config().timeouts();
    record.attempts++;
    record.endpoint = endpoint;
    record.chosenNanos = loop.clock().nanos();
    record.connectedNanos = 0;
    upstream = connection;
    connection.use(this, timeouts.responseNanos(), timeouts.bodyIdleNanos());
    return true;
  }

  @Override
  public void upstreamReady() {
    var connection = Objects.requireNonNull(upstream);
    record.connectedNanos = loop.clock().nanos();
    if (hostless) {
      // HTTP/1.0 may come without; what goes out is HTTP/1.1 and must have one.
      request.set(HeaderName.HOST, connection.endpoint().authority());
    }
    connection.expect(request.method());
    HeadWriter.writeRequest(request, connection.writer().head());
    if (requestWhole) {
      connection.requestSent();
    } else {
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
    if (record.requestBodyBytes > listener.limits().maxBodyBytes()) {
      from.skipBytes(length);
      refuse(Refusal.BODY_TOO_LARGE);
      return;
    }
    var connection = Objects.requireNonNull(upstream);
    connection.writer().body(from, length, requestChunked);
    if (!connection.isWritable()) {
      connection.writer().flush();
      downstream.readBody(connection.isWritable());
    }
  }

  /** The request is whole. */
  public void requestEnd() {
    requestWhole = true;
    var connection = Objects.requireNonNull(upstream);
    connection.writer().end(requestChunked);
    connection.requestSent();
  }

  /** The request body made no progress in time. */
  public void bodyTimedOut() {
    refuse(Refusal.BODY_TIMEOUT);
  }

  /** The client's input has been handed over for now: send what it gave. */
  public void clientReadComplete() {
    if (upstream != null && upstream.isConnected()) {
      upstream.writer().flush();
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
    var connection = Objects.requireNonNull(upstream);
    var endpoint = connection.endpoint();
    upstream = null;
    boolean keptOneBroke = connection.isReused() && failure.isBreak() && !connection.responseSeen();
    if (keptOneBroke && mayRepeat()) {
      repeat(endpoint);
      return;
    }
    loop.warn(
        failure.counter(),
        "an attempt failed",
        endpoint.pool().name() + "/" + endpoint.name(),
        detail);
    if (!keptOneBroke) {
      scope.health().reportFailure(endpoint.pool().name(), endpoint.name(), failure.reason());
    }
    if (failure.beforeSending()) {
      lastFailure = failure;
      if (record.attempts < maxAttempts) {
        loop.count(L7Counter.RETRIES);
      }
      attemptNext();
    } else {
      record.flags |= failure.flags();
      fail(failure.status(), failure.reason());
    }
  }

  private boolean mayRepeat() {
    return !retriedKept && !requestHasBody && request.method().isIdempotent();
  }

  /** A backend may close a kept connection just as a request is sent on it; that is no failure. */
  private void repeat(UpstreamEndpoint endpoint) {
    retriedKept = true;
    loop.count(L7Counter.RETRIES);
    if (!attempt(endpoint, true)) {
      refuse(Refusal.OVERFLOW);
    }
  }

  // Respond

  @Override
  public void responseHead(HeaderBlock head, BodyFraming framing) {
    if (head.status() < 200) {
      passInterim(head);
      return;
    }
    phase = Phase.RESPOND;
    record.responseNanos = loop.clock().nanos();
    record.status = head.status();
    record.reason = "via_upstream";
    HopByHop.strip(head);
    frameResponse(framing);
    MessageFraming.declare(head, responseFraming);
    keepAlive =
        clientKeepsAlive
            && requestWhole
            && responseFraming.kind() != BodyFraming.Kind.UNTIL_CLOSE
            && !scope.draining().getAsBoolean();
    ResponseHeads.announceConnection(head, request.version(), keepAlive);
    ResponseHeads.setRequestId(head, id);
    downstream.writeHead(head);
  }

  private void passInterim(HeaderBlock head) {
    if (request.version() == HttpVersion.HTTP_1_0) {
      return; // RFC 9110 section 15.2: never to such a client.
    }
    HopByHop.strip(head);
    loop.count(L7Counter.ANSWERS_INFORMATIONAL);
    downstream.writeInterim(head);
    downstream.flush();
  }

  /** How the body goes on: a body without a length is chunked, unless the client is too old. */
  private void frameResponse(BodyFraming framing) {
    switch (framing.kind()) {
      case NONE -> responseFraming.setNone();
      case LENGTH -> responseFraming.setLength(framing.length());
      case CHUNKED, UNTIL_CLOSE -> {
        if (request.version() == HttpVersion.HTTP_1_0) {
          responseFraming.setUntilClose();
        } else {
          responseFraming.setChunked();
        }
      }
    }
  }

  @Override
  public void responseBody(ByteBuf from, int length) {
    record.responseBodyBytes += length;
    loop.counters().add(L7Counter.RESPONSE_BODY_BYTES, length);
    downstream.writeBody(from, length, responseFraming.kind() == BodyFraming.Kind.CHUNKED);
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
    if (upstream != null && phase == Phase.RESPOND) {
      upstream.read(true);
    }
  }

  @Override
  public void responseEnd() {
    downstream.writeEnd(responseFraming.kind() == BodyFraming.Kind.CHUNKED);
    var connection = Objects.requireNonNull(upstream);
    upstream = null;
    connection.giveBack(requestWhole);
    end();
    downstream.answered(keepAlive);
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
    if (phase == Phase.RESPOND) {
      end();
      downstream.cut(responseFraming.kind() == BodyFraming.Kind.UNTIL_CLOSE);
      return;
    }
    if (!record.identified) {
      identify();
    }
    record.status = status;
    // The error page speaks HTTP/1.1 only, so an older client gets it on a closing connection.
    boolean reusable =
        requestWhole
            && clientKeepsAlive
            && request.version() == HttpVersion.HTTP_1_1
            && !scope.draining().getAsBoolean();
    boolean withBody = !record.hasHead() || request.method() != HttpMethod.HEAD;
    downstream.writeError(status, id, !reusable, withBody);
    end();
    downstream.answered(reusable);
  }

  // The client's side ends it

  /** The client has gone away. */
  public void clientGone() {
    loop.count(L7Counter.CLIENT_ABORTED);
    abandon(ResponseFlag.DC, "downstream_closed");
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
      var connection = upstream;
      upstream = null;
      connection.abort();
    }
  }

  // Record

  private void end() {
    phase = Phase.NONE;
    loop.count(L7Counter.REQUESTS);
    loop.counters().add(L7Counter.REQUESTS_ACTIVE, -1);
    record.end(loop.clock().nanos(), request);
    if (!client.isLocal()) {
      scope.recorder().record(record);
    }
  }
}
