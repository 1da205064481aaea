package io.gatehouse.l7.downstream;

import static java.util.concurrent.TimeUnit.SECONDS;

import io.gatehouse.l7.L7Counter;
import io.gatehouse.l7.ListenerConfig;
import io.gatehouse.l7.RejectedConnection.Reason;
import io.gatehouse.l7.Upgrade;
import io.gatehouse.l7.exchange.Downstream;
import io.gatehouse.l7.exchange.Exchange;
import io.gatehouse.l7.http.BodyFraming;
import io.gatehouse.l7.http.HeadLimits;
import io.gatehouse.l7.http.HeaderBlock;
import io.gatehouse.l7.http.HeaderName;
import io.gatehouse.l7.http.HttpMethod;
import io.gatehouse.l7.http.HttpVersion;
import io.gatehouse.l7.http.RequestId;
import io.gatehouse.l7.http.RequestParser;
import io.gatehouse.l7.http.WebSocketKeys;
import io.gatehouse.l7.loop.Loop;
import io.gatehouse.l7.loop.TimedHandler;
import io.gatehouse.l7.loop.WriteWatch;
import io.gatehouse.l7.message.ChannelEnd;
import io.gatehouse.l7.message.MessageReader;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.SocketChannel;
import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A client's HTTP/1.1 connection. It reads one request after the other and hands each to its {@link
 * Exchange}; requests that come before the answer to the one before (pipelining) wait in the
 * kernel, beyond what one read has brought.
 *
 * <p>The socket is read only while what it brings has a place to go, so memory stays bounded: one
 * read's worth here, and what lies below the high water mark on each side.
 *
 * <p>A connection that is given up while the client may still be sending is closed in two steps
 * (RFC 9112 section 9.6): an end of output, then reading on for a while, so that the answer isn't
 * lost to a reset.
 *
 * <p>Owned by its event loop.
 */
final class ClientConnection extends TimedHandler implements Downstream {
  private static final Logger log = LoggerFactory.getLogger(ClientConnection.class);

  /** How long a client that was answered early may go on sending before it is cut off. */
  private static final long LINGER_NANOS = SECONDS.toNanos(5);

  /** How long after the start of a drain an unused connection may still bring a request. */
  private static final long DRAIN_GRACE_NANOS = SECONDS.toNanos(1);

  private static final short CRLF = '\r' << 8 | '\n';
  private static final int CRLF_BYTES = 2;

  private enum State {
    /** Between requests, or in the head of one. */
    HEAD,
    /** In the body of a request, or in a tunnel. */
    BODY,
    /** The request is whole; its answer is due. */
    ANSWER,
    /** The last answer is being written out, then the connection closes. */
    CLOSING,
    /** As before, and what the client still sends is thrown away. */
    LINGER,
    CLOSED
  }

  private final Intake intake;
  private final Loop loop;
  private final SocketChannel channel;
  private final ListenerConfig.Timeouts timeouts;
  private final HeaderBlock head;
  private final MessageReader input;
  private final Exchange exchange;
  private final WriteWatch writeWatch = new WriteWatch();

  private State state = State.HEAD;
  private @Nullable ChannelHandlerContext context;
  private @Nullable AnswerWriter output;
  private int requests;
  private boolean clientKeepsAlive;
  private boolean reading = true;
  private boolean bodyWanted;
  private boolean inReadBatch;
  private boolean handingOver;
  private boolean blankLineSkipped;
  private boolean inTunnel;
  private boolean inputEnded;
  private long deadlineNanos = NEVER;

  ClientConnection(Intake intake) {
    this.intake = intake;
    this.loop = intake.loop();
    this.channel = intake.channel();
    this.timeouts = intake.config().timeouts();
    var limits = intake.config().limits();
    this.head = new HeaderBlock(limits.maxHeadBytes());
    var headLimits =
        new HeadLimits(limits.maxHeadBytes(), limits.maxTargetBytes(), limits.maxHeaders());
    this.input = new MessageReader(new RequestParser(headLimits), head);
    this.exchange =
        new Exchange(
            intake.scope(),
            intake.config(),
            intake.listener().index(),
            intake.client(),
            this,
            head);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
    output = new AnswerWriter(loop, ctx);
    deadlineNanos = loop.clock().nanos() + timeouts.headNanos();
    loop.ticker().add(this);
  }

  // Reading

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    assert loop.eventLoop().inEventLoop();
    loop.clock().read();
    intake.sawBytes();
    var bytes = (ByteBuf) message;
    if (state == State.CLOSING || state == State.LINGER || state == State.CLOSED) {
      bytes.release();
      return;
    }
    input.add(ctx.alloc(), bytes);
    inReadBatch = true;
    handOver();
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    inReadBatch = false;
    exchange.clientReadComplete();
    flush();
  }

  /** Reads requests as far as they have come and may be handed over. */
  private void handOver() {
    if (handingOver) {
      return;
    }
    handingOver = true;
    try {
      handOverAll();
    } finally {
      handingOver = false;
    }
    if (state == State.CLOSED) {
      input.release();
    } else {
      input.trim();
    }
    if (!inReadBatch) {
      exchange.clientReadComplete();
    }
    readOnlyWhatHasAPlace();
  }

  private void handOverAll() {
    boolean more = true;
    while (more) {
      more =
          switch (state) {
            case HEAD -> !input.isDrained() && readHead();
            case BODY -> (bodyWanted || input.bodyHasEnded()) && readBody();
            case ANSWER -> false;
            case CLOSING, LINGER, CLOSED -> {
              input.skip();
              yield false;
            }
          };
    }
  }

  private boolean readHead() {
    if (!exchange.isActive()) {
      if (skipBlankLine(input.bytes())) {
        return true;
      }
      intake.settle();
      exchange.begin();
      if (requests > 0) {
        deadlineNanos = loop.clock().nanos() + timeouts.headNanos();
      }
    }
    switch (input.next()) {
      case HEAD -> headRead();
      case BROKEN -> exchange.refuse(input.violation());
      case NEED_MORE, INTERIM, BODY, END -> {
        return false;
      }
    }
    return true;
  }

  private void headRead() {
    requests++;
    deadlineNanos = NEVER;
    bodyWanted = false;
    clientKeepsAlive =
        !isLastRequest() && input.keepsAlive() && head.method() != HttpMethod.CONNECT;
    output().begin(head.version(), head.method() == HttpMethod.HEAD);
    if (head.version() == HttpVersion.HTTP_1_0) {
      // RFC 9110 section 10.1.1: such an expectation means nothing.
      head.removeAll(HeaderName.EXPECT);
    }
    var framing = input.framing();
    state = framing.kind() == BodyFraming.Kind.NONE ? State.ANSWER : State.BODY;
    exchange.headRead(framing);
  }

  /**
   * Old clients send an empty line behind a body (RFC 9112 section 2.2). It must not count as the
   * beginning of a request, which would then be due.
   */
  private boolean skipBlankLine(ByteBuf bytes) {
    boolean blank =
        !blankLineSkipped
            && requests > 0
            && bytes.readableBytes() >= CRLF_BYTES
            && bytes.getShort(bytes.readerIndex()) == CRLF;
    blankLineSkipped = blank;
    if (blank) {
      bytes.skipBytes(CRLF_BYTES);
    }
    return blank;
  }

  private boolean isLastRequest() {
    boolean last = requests >= intake.config().limits().maxRequestsPerConnection();
    if (last) {
      loop.count(L7Counter.MAX_REQUESTS_REACHED);
    }
    return last;
  }

  private boolean readBody() {
    switch (input.next()) {
      case BODY -> {
        deadlineNanos = bodyDeadline();
        exchange.requestBody(input.bytes(), input.payloadBytes());
      }
      case END -> endBody();
      case BROKEN -> exchange.refuse(input.violation());
      case NEED_MORE, HEAD, INTERIM -> {
        if (inputEnded) {
          endBody();
        }
        return false;
      }
    }
    return true;
  }

  private void endBody() {
    state = State.ANSWER;
    deadlineNanos = NEVER;
    exchange.requestEnd(inTunnel ? null : input.trailers());
  }

  private long bodyDeadline() {
    // A tunnel is looked after on the backend's side, which sees the bytes of both.
    return inTunnel ? NEVER : loop.clock().nanos() + timeouts.bodyIdleNanos();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event == ChannelInputShutdownEvent.INSTANCE && inTunnel) {
      loop.clock().read();
      inputEnded = true;
      handOver();
    }
    ctx.fireUserEventTriggered(event);
  }

  private void readOnlyWhatHasAPlace() {
    boolean wanted =
        switch (state) {
          case HEAD, LINGER -> true;
          case BODY -> bodyWanted;
          // Reading on tells when the client goes away; a request that came early is enough.
          case ANSWER -> input.isDrained();
          case CLOSING, CLOSED -> reading;
        };
    if (wanted != reading) {
      reading = wanted;
      channel.config().setAutoRead(wanted);
    }
  }

  // What the exchange asks for

  @Override
  public void readBody(boolean more) {
    if (state != State.BODY) {
      return;
    }
    bodyWanted = more;
    deadlineNanos = more ? bodyDeadline() : NEVER;
    handOver();
  }

  @Override
  public boolean isHandingOver() {
    return handingOver || inReadBatch;
  }

  @Override
  public boolean writeInterim(HeaderBlock interim) {
    return output().interim(interim);
  }

  @Override
  public void writeHead(HeaderBlock response, BodyFraming framing) {
    output().head(response, framing, mayKeepAlive());
  }

  @Override
  public void writeBody(ByteBuf from, int length) {
    output().body(from, length);
  }

  @Override
  public void writeSwitch(HeaderBlock response) {
    inTunnel = true;
    state = State.BODY;
    input.beginTunnel();
    channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
    response.setUpgrade(head.upgrade());
    if (head.upgrade() == Upgrade.WEBSOCKET) {
      WebSocketKeys.addAccept(response, head);
    }
    output().switched(response);
  }

  @Override
  public void writeEnd(@Nullable HeaderBlock trailers) {
    if (inTunnel) {
      flush();
      ChannelEnd.ofOutput(context(), channel);
    } else {
      output().end(trailers);
    }
  }

  @Override
  public void writeError(int status, RequestId id, boolean withBody) {
    output().error(status, id, withBody, mayKeepAlive());
  }

  private boolean mayKeepAlive() {
    return clientKeepsAlive
        && state == State.ANSWER
        && !intake.listener().drain().hasBegun()
        && !loop.memory().isScarce();
  }

  @Override
  public void flush() {
    output().flush();
  }

  @Override
  public boolean isWritable() {
    return channel.isWritable();
  }

  @Override
  public void answered() {
    if (!output().keepsAlive()) {
      finish();
      return;
    }
    state = State.HEAD;
    deadlineNanos = loop.clock().nanos() + timeouts.keepAliveNanos();
    if (!inReadBatch) {
      flush();
    }
    handOver();
  }

  @Override
  public void cut() {
    flush();
    state = State.CLOSING;
    deadlineNanos = NEVER;
    if (output().endsWithClose()) {
      ChannelEnd.withReset(channel);
    } else {
      channel.close();
    }
  }

  // Closing

  /** Closes after the last answer, in two steps if the client may still be sending. */
  private void finish() {
    boolean clientMaySend = state != State.ANSWER || !input.isDrained();
    flush();
    if (!clientMaySend) {
      state = State.CLOSING;
      deadlineNanos = NEVER;
      ChannelEnd.afterWrites(context());
      return;
    }
    state = State.LINGER;
    deadlineNanos = loop.clock().nanos() + LINGER_NANOS;
    ChannelEnd.ofOutput(context(), channel);
    handOver();
  }

  private void close() {
    if (state != State.CLOSED) {
      state = State.CLOSING;
      channel.close();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    loop.clock().read();
    if (exchange.isActive()) {
      exchange.clientGone();
    } else {
      intake.closedByClient(Reason.NO_REQUEST_TIMEOUT, null);
    }
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    state = State.CLOSED;
    loop.ticker().remove(this);
    output().discard();
    if (!handingOver) {
      input.release();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (channel.isWritable()) {
      loop.clock().read();
      exchange.clientWritable();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (!(cause instanceof IOException)) {
      loop.count(L7Counter.INTERNAL_ERRORS);
      log.atError()
          .addKeyValue("client", intake.client().client())
          .setCause(cause)
          .log("a connection is closed because of a fault of Gatehouse");
    }
    close();
  }

  // Time

  @Override
  protected void tick(long nowNanos) {
    // The watch looks every time, so that what it remembers is never older than one tick.
    boolean stalled =
        writeWatch.isStalled(channel, output().writtenBytes(), nowNanos, timeouts.writeIdleNanos());
    if (stalled) {
      stalled();
    } else if (expired(deadlineNanos, nowNanos)) {
      deadlineNanos = NEVER;
      expire();
    } else if (intake.listener().drain().hasBegun()) {
      drain(nowNanos);
    }
  }

  private void stalled() {
    if (exchange.isActive()) {
      exchange.clientStalled();
    } else {
      loop.warn(
          L7Counter.CLIENT_WRITE_TIMEOUT,
          "a client takes no byte",
          intake.config().name(),
          "writeIdleNanos");
    }
    state = State.CLOSING;
    channel.unsafe().close(channel.voidPromise());
  }

  private void expire() {
    switch (state) {
      case HEAD -> {
        if (exchange.isActive()) {
          exchange.headTimedOut();
        } else if (requests == 0) {
          intake.reject(Reason.NO_REQUEST_TIMEOUT, "no request");
        } else {
          loop.count(L7Counter.KEEP_ALIVE_EXPIRED);
          close();
        }
      }
      case BODY -> exchange.bodyTimedOut();
      case LINGER -> close();
      case ANSWER, CLOSING, CLOSED -> {}
    }
  }

  private void drain(long nowNanos) {
    var drain = intake.listener().drain();
    long acceptedNanos = intake.client().acceptedNanos();
    boolean idle = !exchange.isActive() && state == State.HEAD;
    if (idle && (requests > 0 || drain.hasLasted(DRAIN_GRACE_NANOS, acceptedNanos, nowNanos))) {
      close();
    } else if (drain.hasLasted(exchange.drainNanos(), acceptedNanos, nowNanos)) {
      closeNow();
    }
  }

  @Override
  protected void closeNow() {
    if (exchange.isActive()) {
      exchange.cutByDrain();
    }
    intake.settle();
    close();
  }

  private AnswerWriter output() {
    return Objects.requireNonNull(output);
  }

  private ChannelHandlerContext context() {
    return Objects.requireNonNull(context);
  }
}
