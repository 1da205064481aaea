package io.gatehouse.l7.upstream;

import io.gatehouse.l7.L7Counter;
import io.gatehouse.l7.http.BodyReader;
import io.gatehouse.l7.http.BodyResult;
import io.gatehouse.l7.http.ConnectionOptions;
import io.gatehouse.l7.http.HeadLimits;
import io.gatehouse.l7.http.HeadResult;
import io.gatehouse.l7.http.HeaderBlock;
import io.gatehouse.l7.http.HttpMethod;
import io.gatehouse.l7.http.HttpViolation;
import io.gatehouse.l7.http.ResponseParser;
import io.gatehouse.l7.loop.Loop;
import io.gatehouse.l7.loop.TimedHandler;
import io.gatehouse.l7.loop.WriteWatch;
import io.gatehouse.l7.message.MessageWriter;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One connection to a backend. It carries one request at a time for the {@link UpstreamEvents} that
 * uses it, and lies in its {@link LoopPool} between two. While it lies there, a close or a byte
 * from the backend ends it.
 *
 * <p>Owned by its loop's thread.
 */
public final class UpstreamConnection extends TimedHandler {
  /** Most header fields of a response. */
  private static final int MAX_RESPONSE_HEADERS = 256;

  private enum State {
    NEW,
    CONNECTING,
    IDLE,
    /** A response head is awaited. */
    HEAD,
    /** A response body is being read. */
    BODY,
    CLOSED
  }

  private final LoopPool pool;
  private final Loop loop;
  private final SocketChannel channel;
  private final HeaderBlock head;
  private final ResponseParser parser;
  private final BodyReader body = new BodyReader();
  private final WriteWatch writeWatch = new WriteWatch();

  private State state = State.NEW;
  private @Nullable MessageWriter writer;
  private @Nullable UpstreamEvents user;
  private @Nullable ByteBuf in;
  private boolean used;
  private boolean keepsAlive;
  private boolean reading;
  private boolean responseSeen;
  private boolean requestSent;
  private long bodyIdleNanos;
  private long responseNanos;
  private long deadlineNanos = NEVER;
  private @Nullable Throwable cause;

  UpstreamConnection(LoopPool pool, Loop loop, SocketChannel channel) {
    int maxHeadBytes = pool.endpoint().pool().limits().maxResponseHeadBytes();
    this.pool = pool;
    this.loop = loop;
    this.channel = channel;
    this.head = new HeaderBlock(maxHeadBytes);
    this.parser = new ResponseParser(new HeadLimits(maxHeadBytes, 1, MAX_RESPONSE_HEADERS));
  }

  // For the exchange

  /**
   * Begins an attempt; {@link UpstreamEvents#upstreamReady} follows, at once on a kept connection.
   *
   * @param responseNanos from the request sent to the response head
   * @param bodyIdleNanos without progress of a body, either way
   */
  public void use(UpstreamEvents exchange, long responseNanos, long bodyIdleNanos) {
    assert loop.eventLoop().inEventLoop() && user == null;
    user = exchange;
    this.responseNanos = responseNanos;
    this.bodyIdleNanos = bodyIdleNanos;
    responseSeen = false;
    requestSent = false;
    pool.requestBegins();
    if (state == State.NEW) {
      connect();
    } else {
      state = State.HEAD;
      deadlineNanos = NEVER;
      loop.count(L7Counter.UPSTREAM_REUSED);
      exchange.upstreamReady();
    }
  }

  /** Whether a request has been sent on it before this one. */
  public boolean isReused() {
    return used;
  }

  /** Whether it stands, so that it may be written to. */
  public boolean isConnected() {
    return writer != null;
  }

  /** Whether a byte of the response has arrived. */
  public boolean responseSeen() {
    return responseSeen;
  }

  /** The endpoint at the other end. */
  public UpstreamEndpoint endpoint() {
    return pool.endpoint();
  }

  /** Writes the request. */
  public MessageWriter writer() {
    return Objects.requireNonNull(writer);
  }

  /** Says what the response will answer; to be called before the request is written. */
  public void expect(HttpMethod method) {
    parser.expect(method);
  }

  /** The request is whole: from now on the response is due. */
  public void requestSent() {
    requestSent = true;
    if (state == State.HEAD) {
      deadlineNanos = loop.clock().nanos() + responseNanos;
    }
  }

  /** Whether more of the body should be written now. */
  public boolean isWritable() {
    return channel.isWritable();
  }

  /** Stops or resumes reading, as the client can't or can take more. */
  public void read(boolean more) {
    if (reading != more) {
      reading = more;
      deadlineNanos = more ? loop.clock().nanos() + bodyIdleNanos : NEVER;
      channel.config().setAutoRead(more);
    }
  }

  /**
   * Ends the use after {@link UpstreamEvents#responseEnd}: keeps the connection if it can carry
   * another request, else closes it.
   *
   * @param requestWhole whether the whole request has been written
   */
  public void giveBack(boolean requestWhole) {
    endUse();
    used = true;
    if (in != null) {
      loop.count(L7Counter.UPSTREAM_UNSOLICITED);
    }
    boolean clean =
        state == State.IDLE && requestWhole && keepsAlive && in == null && cause == null;
    if (!clean || !channel.isActive() || !pool.keep(this)) {
      close();
      return;
    }
    read(true);
    deadlineNanos = loop.clock().nanos() + endpoint().pool().timeouts().keepAliveNanos();
  }

  /** Ends the use before the response is whole: the connection is of no more use. */
  public void abort() {
    endUse();
    close();
  }

  // For the pool

  boolean isUsable() {
    return state == State.IDLE && channel.isActive();
  }

  // Channel events

  private void connect() {
    state = State.CONNECTING;
    reading = true;
    loop.ticker().add(this);
    deadlineNanos = loop.clock().nanos() + endpoint().pool().timeouts().connectNanos();
    channel.connect(endpoint().endpoint().address()).addListener(f -> connected((ChannelFuture) f));
  }

  private void connected(ChannelFuture future) {
    if (state != State.CONNECTING) {
      return;
    }
    loop.clock().read();
    if (!future.isSuccess()) {
      fail(UpstreamFailure.CONNECT_FAILED, String.valueOf(future.cause()));
      return;
    }
    state = State.HEAD;
    deadlineNanos = NEVER;
    writer = new MessageWriter(channel.pipeline().context(this));
    events().upstreamReady();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    loop.clock().read();
    var bytes = (ByteBuf) message;
    if (state != State.HEAD && state != State.BODY) {
      bytes.release();
      if (state == State.IDLE) {
        loop.count(L7Counter.UPSTREAM_UNSOLICITED);
        close();
      }
      return;
    }
    responseSeen = true;
    var before = in;
    in =
        before == null
            ? bytes
            : ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), before, bytes);
    if (state == State.BODY && reading) {
      deadlineNanos = loop.clock().nanos() + bodyIdleNanos;
    }
    readOn();
  }

  /** Reads heads and body as far as they have come. */
  private void readOn() {
    while (in != null && (state == State.HEAD || state == State.BODY)) {
      boolean more = state == State.HEAD ? readHead(in) : readBody(in);
      if (!more) {
        break;
      }
    }
    dropEmptyInput();
  }

  private boolean readHead(ByteBuf bytes) {
    switch (parser.parse(bytes, head)) {
      case HeadResult.Progress progress -> {
        if (progress == HeadResult.Progress.NEED_MORE) {
          return false;
        }
      }
      case HttpViolation violation -> {
        fail(UpstreamFailure.BAD_RESPONSE, violation.reason());
        return false;
      }
    }
    if (head.status() == 101) {
      // Upgrade is never asked for, so nothing can be switched to (RFC 9110 section 15.2.2).
      fail(UpstreamFailure.BAD_RESPONSE, "unasked 101");
      return false;
    }
    if (head.status() < 200) {
      events().responseHead(head, parser.framing());
      return state == State.HEAD;
    }
    state = State.BODY;
    deadlineNanos = loop.clock().nanos() + bodyIdleNanos;
    keepsAlive = ConnectionOptions.keepsAlive(head);
    body.begin(parser.framing());
    events().responseHead(head, parser.framing());
    // Even without input, a response may already be whole.
    return state == State.BODY;
  }

  private boolean readBody(ByteBuf bytes) {
    BodyResult result = body.next(bytes);
    return switch (result) {
      case BodyResult.Progress progress ->
          switch (progress) {
            case PAYLOAD -> {
              events().responseBody(bytes, body.payloadBytes());
              yield state == State.BODY;
            }
            case NEED_MORE -> false;
            case END -> {
              end();
              yield false;
            }
          };
      case HttpViolation violation -> {
        fail(UpstreamFailure.BAD_RESPONSE, violation.reason());
        yield false;
      }
    };
  }

  private void end() {
    state = State.IDLE;
    deadlineNanos = NEVER;
    dropEmptyInput();
    events().responseEnd();
  }

  private void dropEmptyInput() {
    if (in != null && (!in.isReadable() || state == State.CLOSED)) {
      in.release();
      in = null;
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
    if (!(thrown instanceof java.io.IOException)) {
      loop.count(L7Counter.INTERNAL_ERRORS);
      fail(UpstreamFailure.CLOSED, thrown.toString());
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
        if (cause == null && body.mayEndWithConnection()) {
          keepsAlive = false;
          end();
        } else {
          broken("in the response body");
        }
      }
      case NEW, CONNECTING, CLOSED -> {}
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
      pool.forget(this);
    }
    state = State.CLOSED;
    deadlineNanos = NEVER;
    loop.ticker().remove(this);
    if (writer != null) {
      writer.discard();
    }
    if (in != null) {
      in.release();
      in = null;
    }
    channel.close();
  }

  private UpstreamEvents events() {
    return Objects.requireNonNull(user);
  }

  // Time

  @Override
  protected void tick(long nowNanos) {
    // The watch looks every time, so that what it remembers is never older than one tick.
    boolean stalled =
        writer != null
            && writeWatch.isStalled(channel, writer.writtenBytes(), nowNanos, bodyIdleNanos);
    if (expired(deadlineNanos, nowNanos)) {
      deadlineNanos = NEVER;
      expire();
    } else if (stalled && user != null && !requestSent) {
      fail(UpstreamFailure.SEND_TIMEOUT, "the endpoint takes no byte of the request");
    }
  }

  private void expire() {
    switch (state) {
      case CONNECTING -> fail(UpstreamFailure.CONNECT_TIMEOUT, "no answer to the connect");
      case HEAD -> fail(UpstreamFailure.RESPONSE_TIMEOUT, "no response head");
      case BODY -> fail(UpstreamFailure.BODY_TIMEOUT, "no byte of the response body");
      case IDLE -> {
        loop.count(L7Counter.UPSTREAM_IDLE_EXPIRED);
        close();
      }
      case NEW, CLOSED -> {}
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

  Channel channel() {
    return channel;
  }
}
