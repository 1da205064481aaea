package io.gatehouse.l7.upstream;

import io.gatehouse.l7.L7Counter;
import io.gatehouse.l7.RouteConfig;
import io.gatehouse.l7.Upgrade;
import io.gatehouse.l7.http.BodyFraming;
import io.gatehouse.l7.http.HeadLimits;
import io.gatehouse.l7.http.HeadWriter;
import io.gatehouse.l7.http.HeaderBlock;
import io.gatehouse.l7.http.HopByHop;
import io.gatehouse.l7.http.MessageFraming;
import io.gatehouse.l7.http.ResponseParser;
import io.gatehouse.l7.http.WebSocketKeys;
import io.gatehouse.l7.loop.Loop;
import io.gatehouse.l7.loop.TimedHandler;
import io.gatehouse.l7.loop.WriteWatch;
import io.gatehouse.l7.message.ChannelEnd;
import io.gatehouse.l7.message.MessageReader;
import io.gatehouse.l7.message.MessageWriter;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.SocketChannel;
import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP/1.1 connection to a backend. It carries one request at a time, and lies in its {@link
 * LoopPool} between two. While it lies there, a close or a byte from the backend ends it.
 *
 * <p>Owned by its loop's thread.
 */
final class Http1Upstream extends TimedHandler implements UpstreamStream, Dial.Caller {
  /** Most header fields of a response. */
  private static final int MAX_RESPONSE_HEADERS = 256;

  /** Most interim responses before a final one. */
  private static final int MAX_INTERIM_RESPONSES = 32;

  private enum State {
    NEW,
    CONNECTING,
    /** It stands and has not been used. */
    CONNECTED,
    IDLE,
    /** A response head is awaited. */
    HEAD,
    /** A response body is being read. */
    BODY,
    /** The backend has ended its side of a tunnel. */
    HALF_CLOSED,
    CLOSED
  }

  private final Http1Connections connections;
  private final LoopPool pool;
  private final Loop loop;
  private final SocketChannel channel;
  private final HeaderBlock head;
  private final ResponseParser parser;
  private final MessageReader responses;
  private final WriteWatch writeWatch = new WriteWatch();

  private State state;
  private @Nullable MessageWriter writer;
  private @Nullable UpstreamEvents user;
  private boolean used;
  private boolean mayBeKept;
  private boolean reading;
  private boolean responseSeen;
  private int interimResponses;
  private boolean requestChunked;
  private boolean requestSent;
  private @Nullable Upgrade asked;
  private boolean inTunnel;
  private RouteConfig.Timeouts timeouts = RouteConfig.Timeouts.DEFAULT;
  private long deadlineNanos = NEVER;
  private long retireNanos = NEVER;
  private long carried;
  private @Nullable Throwable cause;

  /**
   * @param connected whether the channel stands; else its first use connects it
   */
  Http1Upstream(
      Http1Connections connections, LoopPool pool, SocketChannel channel, boolean connected) {
    int maxHeadBytes = pool.endpoint().pool().limits().maxResponseHeadBytes();
    this.connections = connections;
    this.pool = pool;
    this.loop = pool.loop();
    this.channel = channel;
    this.state = connected ? State.CONNECTED : State.NEW;
    this.head = new HeaderBlock(maxHeadBytes);
    this.parser = new ResponseParser(new HeadLimits(maxHeadBytes, 1, MAX_RESPONSE_HEADERS));
    this.responses = new MessageReader(parser, head);
  }

  // For the exchange

  @Override
  public void use(UpstreamEvents exchange, RouteConfig.Timeouts routeTimeouts) {
    assert loop.eventLoop().inEventLoop() && user == null;
    user = exchange;
    timeouts = routeTimeouts;
    responseSeen = false;
    requestSent = false;
    interimResponses = 0;
    pool.requestBegins();
    switch (state) {
      case NEW -> {
        state = State.CONNECTING;
        reading = true;
        pool.dial(channel, this);
      }
      case CONNECTED -> {
        reading = true;
        connected();
      }
      default -> {
        state = State.HEAD;
        deadlineNanos = NEVER;
        loop.count(L7Counter.UPSTREAM_REUSED);
        exchange.upstreamReady();
      }
    }
  }

  /** Lies in the pool from the start: a backend may be closing it when it is first used. */
  void keepUnused() {
    stands();
    state = State.IDLE;
    used = true;
    reading = true;
    if (connections.keep(this)) {
      deadlineNanos = loop.clock().nanos() + endpoint().pool().timeouts().keepAliveNanos();
    } else {
      close();
    }
  }

  @Override
  public boolean isReused() {
    return used;
  }

  @Override
  public boolean isConnected() {
    return writer != null;
  }

  @Override
  public boolean responseSeen() {
    return responseSeen;
  }

  @Override
  public UpstreamEndpoint endpoint() {
    return pool.endpoint();
  }

  @Override
  public void writeHead(HeaderBlock request, BodyFraming framing) {
    parser.expect(request.method());
    requestChunked = framing.kind() == BodyFraming.Kind.CHUNKED;
    MessageFraming.declare(request, framing);
    HopByHop.declare(request);
    asked = request.upgrade();
    if (asked == Upgrade.WEBSOCKET) {
      WebSocketKeys.addKey(request, loop.random());
    }
    HeadWriter.writeRequest(request, writer().head());
    if (framing.kind() == BodyFraming.Kind.NONE) {
      requestSent();
    }
  }

  @Override
  public void writeBody(ByteBuf from, int length) {
    writer().body(from, length, requestChunked);
    if (inTunnel) {
      deadlineNanos = idleDeadline();
    }
  }

  @Override
  public void writeEnd(@Nullable HeaderBlock trailers) {
    if (inTunnel) {
      flush();
      ChannelEnd.ofOutput(channel.pipeline().context(this), channel);
    } else {
      writer().end(requestChunked, trailers);
    }
    requestSent();
  }

  /** From now on the response is due. */
  private void requestSent() {
    requestSent = true;
    if (state == State.HEAD) {
      deadlineNanos = loop.clock().nanos() + timeouts.responseNanos();
    }
  }

  @Override
  public void flush() {
    writer().flush();
  }

  @Override
  public boolean isWritable() {
    return channel.isWritable();
  }

  @Override
  public void read(boolean more) {
    if (reading != more) {
      reading = more;
      deadlineNanos = more || inTunnel ? idleDeadline() : NEVER;
      channel.config().setAutoRead(more);
    }
  }

  @Override
  public void giveBack(boolean requestWhole) {
    endUse();
    used = true;
    if (!responses.isDrained()) {
      loop.count(L7Counter.UPSTREAM_UNSOLICITED);
    }
    boolean clean =
        state == State.IDLE
            && !isSpent()
            && requestWhole
            && mayBeKept
            && responses.isDrained()
            && cause == null
            && channel.isActive();
    if (!clean || !connections.keep(this)) {
      close();
      return;
    }
    read(true);
    deadlineNanos = loop.clock().nanos() + endpoint().pool().timeouts().keepAliveNanos();
  }

  /** Whether it has lived long enough, or carried enough. */
  private boolean isSpent() {
    boolean aged = expired(retireNanos, loop.clock().nanos());
    if (aged) {
      loop.count(L7Counter.UPSTREAM_AGED);
    }
    return aged || ++carried >= endpoint().pool().connections().lifetime().maxRequests();
  }

  @Override
  public void abort() {
    if (inTunnel) {
      // An orderly end would tell the backend that it has got all.
      channel.config().setOption(ChannelOption.SO_LINGER, 0);
    }
    endUse();
    close();
  }

  // For the pool

  boolean isUsable() {
    return state == State.IDLE && channel.isActive();
  }

  // Channel events

  @Override
  public void connected() {
    state = State.HEAD;
    stands();
    user().upstreamReady();
  }

  private void stands() {
    retireNanos =
        endpoint().pool().connections().lifetime().endNanos(loop.clock().nanos(), loop.random());
    channel.pipeline().addLast(this);
    loop.ticker().add(this);
    writer = new MessageWriter(channel.pipeline().context(this));
  }

  @Override
  public void notConnected(UpstreamFailure failure, String detail) {
    fail(failure, detail);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    loop.clock().read();
    var bytes = (ByteBuf) message;
    if (!isInResponse()) {
      bytes.release();
      if (state == State.IDLE) {
        loop.count(L7Counter.UPSTREAM_UNSOLICITED);
        close();
      }
      return;
    }
    responseSeen = true;
    responses.add(ctx.alloc(), bytes);
    if (state == State.BODY && reading) {
      deadlineNanos = idleDeadline();
    }
    boolean more = true;
    while (more && isInResponse()) {
      more = readOn();
    }
    responses.trim();
  }

  private boolean isInResponse() {
    return state == State.HEAD || state == State.BODY;
  }

  /** Reads the next piece of the response; false if it hasn't come yet. */
  private boolean readOn() {
    switch (responses.next()) {
      case NEED_MORE -> {
        return false;
      }
      case INTERIM -> interimRead();
      case HEAD -> headRead();
      case BODY -> user().responseBody(responses.bytes(), responses.payloadBytes());
      case END -> responseRead();
      case BROKEN -> {
        loop.violations().increment(responses.violation());
        fail(UpstreamFailure.BAD_RESPONSE, responses.violation().reason());
      }
    }
    return true;
  }

  private void interimRead() {
    if (head.status() == 101) {
      if (asked == Upgrade.WEBSOCKET && head.upgrade() == asked) {
        switched();
      } else {
        fail(UpstreamFailure.BAD_RESPONSE, "unasked 101");
      }
    } else if (++interimResponses > MAX_INTERIM_RESPONSES) {
      fail(UpstreamFailure.BAD_RESPONSE, "more than " + MAX_INTERIM_RESPONSES + " interim");
    } else {
      user().responseHead(head, responses.framing());
    }
  }

  /** From here on the connection is a tunnel, which may be closed on each side by itself. */
  private void switched() {
    state = State.BODY;
    inTunnel = true;
    requestSent = false;
    mayBeKept = false;
    responses.beginTunnel();
    channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
    deadlineNanos = idleDeadline();
    user().switched(head);
  }

  private void headRead() {
    if (asked == Upgrade.CONNECT && head.status() < 300) {
      switched();
      return;
    }
    state = State.BODY;
    deadlineNanos = idleDeadline();
    mayBeKept = responses.keepsAlive();
    user().responseHead(head, responses.framing());
    if (state == State.BODY && responses.framing().kind() == BodyFraming.Kind.NONE) {
      responseRead();
    }
  }

  private void responseRead() {
    if (inTunnel) {
      state = State.HALF_CLOSED;
    } else {
      state = State.IDLE;
      deadlineNanos = NEVER;
    }
    user().responseEnd(responses.trailers());
  }

  private long idleDeadline() {
    long idleNanos = inTunnel ? timeouts.tunnelIdleNanos() : timeouts.bodyIdleNanos();
    return loop.clock().nanos() + idleNanos;
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event == ChannelInputShutdownEvent.INSTANCE && inTunnel && state == State.BODY) {
      loop.clock().read();
      responseRead();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (user != null) {
      user.upstreamReadComplete();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (user != null && channel.isWritable()) {
      loop.clock().read();
      user.upstreamWritable();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable thrown) {
    if (cause == null) {
      cause = thrown;
    }
    if (!(thrown instanceof IOException)) {
      loop.count(L7Counter.INTERNAL_ERRORS);
      fail(UpstreamFailure.CLOSED, thrown.toString());
    } else if (inTunnel) {
      broken("in a tunnel");
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    loop.clock().read();
    switch (state) {
      case IDLE -> {
        if (user == null) {
          loop.count(L7Counter.UPSTREAM_IDLE_DROPPED);
        }
        close();
      }
      case HEAD -> broken("before the response head");
      case BODY -> {
        if (cause == null && responses.mayEndWithConnection() && !inTunnel) {
          mayBeKept = false;
          responseRead();
        } else {
          broken("in the response body");
        }
      }
      case HALF_CLOSED -> broken("in a tunnel");
      case NEW, CONNECTING, CONNECTED, CLOSED -> {}
    }
  }

  private void broken(String where) {
    if (cause == null) {
      fail(UpstreamFailure.CLOSED, where);
    } else {
      fail(UpstreamFailure.RESET, where + ": " + cause.getMessage());
    }
  }

  private void fail(UpstreamFailure failure, String detail) {
    var exchange = user;
    abort();
    if (exchange != null) {
      exchange.attemptFailed(failure, detail);
    }
  }

  private void endUse() {
    if (user != null) {
      user = null;
      pool.requestEnds();
    }
  }

  private void close() {
    if (state == State.CLOSED) {
      return;
    }
    if (state == State.IDLE) {
      connections.forget(this);
    }
    state = State.CLOSED;
    deadlineNanos = NEVER;
    loop.ticker().remove(this);
    if (writer != null) {
      writer.discard();
    }
    responses.release();
    channel.close();
  }

  private UpstreamEvents user() {
    return Objects.requireNonNull(user);
  }

  private MessageWriter writer() {
    return Objects.requireNonNull(writer);
  }

  // Time

  @Override
  protected void tick(long nowNanos) {
    // The watch looks every time, so that what it remembers is never older than one tick.
    boolean stalled =
        writer != null
            && writeWatch.isStalled(
                channel, writer.writtenBytes(), nowNanos, timeouts.bodyIdleNanos());
    if (expired(deadlineNanos, nowNanos)) {
      deadlineNanos = NEVER;
      expire();
    } else if (stalled && user != null && !requestSent) {
      fail(UpstreamFailure.SEND_TIMEOUT, "the endpoint takes no byte of the request");
    }
  }

  private void expire() {
    switch (state) {
      case HEAD -> fail(UpstreamFailure.RESPONSE_TIMEOUT, "no response head");
      case BODY -> {
        if (inTunnel) {
          fail(UpstreamFailure.TUNNEL_IDLE, "no byte either way");
        } else {
          fail(UpstreamFailure.BODY_TIMEOUT, "no byte of the response body");
        }
      }
      case HALF_CLOSED -> fail(UpstreamFailure.TUNNEL_IDLE, "no byte of the half that is open");
      case IDLE -> {
        loop.count(L7Counter.UPSTREAM_IDLE_EXPIRED);
        close();
      }
      case NEW, CONNECTING, CONNECTED, CLOSED -> {}
    }
  }

  @Override
  protected void closeNow() {
    endUse();
    close();
  }

  /** For logs. */
  @Override
  public String toString() {
    return endpoint().name() + " " + channel;
  }
}
