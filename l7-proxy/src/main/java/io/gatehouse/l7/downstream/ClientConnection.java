package io.gatehouse.l7.downstream;

import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import io.gatehouse.l7.L7Counter;
import io.gatehouse.l7.ListenerConfig;
import io.gatehouse.l7.RejectedConnection.Reason;
import io.gatehouse.l7.exchange.Downstream;
import io.gatehouse.l7.exchange.Exchange;
import io.gatehouse.l7.http.BodyFraming;
import io.gatehouse.l7.http.BodyReader;
import io.gatehouse.l7.http.BodyResult;
import io.gatehouse.l7.http.ErrorPage;
import io.gatehouse.l7.http.HeadLimits;
import io.gatehouse.l7.http.HeadResult;
import io.gatehouse.l7.http.HeadWriter;
import io.gatehouse.l7.http.HeaderBlock;
import io.gatehouse.l7.http.HttpViolation;
import io.gatehouse.l7.http.RequestId;
import io.gatehouse.l7.http.RequestParser;
import io.gatehouse.l7.loop.Loop;
import io.gatehouse.l7.loop.TimedHandler;
import io.gatehouse.l7.loop.WriteWatch;
import io.gatehouse.l7.message.MessageWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.ssl.SslHandler;
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
    /** In the body of a request. */
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
  private final RequestParser parser;
  private final BodyReader body = new BodyReader();
  private final Exchange exchange;
  private final WriteWatch writeWatch = new WriteWatch();

  private State state = State.HEAD;
  private @Nullable ChannelHandlerContext context;
  private @Nullable MessageWriter output;
  private @Nullable ByteBuf in;
  private int requests;
  private boolean reading = true;
  private boolean bodyWanted;
  private boolean inReadBatch;
  private boolean handingOver;
  private boolean blankLineSkipped;
  private long deadlineNanos = NEVER;

  ClientConnection(Intake intake) {
    this.intake = intake;
    this.loop = intake.loop();
    this.channel = intake.channel();
    this.timeouts = intake.config().timeouts();
    var limits = intake.config().limits();
    this.head = new HeaderBlock(limits.maxHeadBytes());
    this.parser =
        new RequestParser(
            new HeadLimits(limits.maxHeadBytes(), limits.maxTargetBytes(), limits.maxHeaders()));
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
    output = new MessageWriter(ctx);
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
    var before = in;
    in =
        before == null
            ? bytes
            : ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), before, bytes);
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
    if (in != null && (!in.isReadable() || state == State.CLOSED)) {
      in.release();
      in = null;
    }
    if (!inReadBatch) {
      exchange.clientReadComplete();
    }
    readOnlyWhatHasAPlace();
  }

  private void handOverAll() {
    boolean more = true;
    while (more && in != null && in.isReadable()) {
      more =
          switch (state) {
            case HEAD -> readHead(in);
            case BODY -> bodyWanted && readBody(in);
            case ANSWER -> false;
            case CLOSING, LINGER, CLOSED -> {
              in.skipBytes(in.readableBytes());
              yield false;
            }
          };
    }
  }

  private boolean readHead(ByteBuf bytes) {
    if (!exchange.isActive()) {
      if (skipBlankLine(bytes)) {
        return true;
      }
      intake.settle();
      exchange.begin();
      if (requests > 0) {
        deadlineNanos = loop.clock().nanos() + timeouts.headNanos();
      }
    }
    switch (parser.parse(bytes, head)) {
      case HeadResult.Progress progress -> {
        if (progress == HeadResult.Progress.NEED_MORE) {
          return false;
        }
      }
      case HttpViolation violation -> {
        exchange.refuse(violation);
        return false;
      }
    }
    requests++;
    deadlineNanos = NEVER;
    bodyWanted = false;
    var framing = parser.framing();
    body.begin(framing);
    state = framing.kind() == BodyFraming.Kind.NONE ? State.ANSWER : State.BODY;
    exchange.headRead(framing, !isLastRequest());
    return true;
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

  private boolean readBody(ByteBuf bytes) {
    BodyResult result = body.next(bytes);
    switch (result) {
      case BodyResult.Progress progress -> {
        switch (progress) {
          case PAYLOAD -> {
            deadlineNanos = loop.clock().nanos() + timeouts.bodyIdleNanos();
            exchange.requestBody(bytes, body.payloadBytes());
            if (state == State.BODY && body.hasEnded()) {
              endBody();
            }
          }
          case NEED_MORE -> {
            return false;
          }
          case END -> endBody();
        }
      }
      case HttpViolation violation -> exchange.refuse(violation);
    }
    return true;
  }

  private void endBody() {
    state = State.ANSWER;
    deadlineNanos = NEVER;
    exchange.requestEnd();
  }

  private void readOnlyWhatHasAPlace() {
    boolean wanted =
        switch (state) {
          case HEAD, LINGER -> true;
          case BODY -> bodyWanted;
          // Reading on tells when the client goes away; a request that came early is enough.
          case ANSWER -> in == null;
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
    deadlineNanos = more ? loop.clock().nanos() + timeouts.bodyIdleNanos() : NEVER;
    handOver();
  }

  @Override
  public boolean isHandingOver() {
    return handingOver || inReadBatch;
  }

  @Override
  public void writeInterim(HeaderBlock interim) {
    HeadWriter.writeResponse(interim, output().head());
  }

  @Override
  public void writeHead(HeaderBlock response) {
    HeadWriter.writeResponse(response, output().head());
  }

  @Override
  public void writeBody(ByteBuf from, int length, boolean chunked) {
    output().body(from, length, chunked);
  }

  @Override
  public void writeEnd(boolean chunked) {
    output().end(chunked);
  }

  @Override
  public void writeError(int status, RequestId id, boolean close, boolean withBody) {
    byte[] date =
        loop.date().at(NANOSECONDS.toSeconds(loop.clock().epochNanos(loop.clock().nanos())));
    ErrorPage.write(output().head(), status, id, date, close, withBody);
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
  public void answered(boolean keepAlive) {
    if (!keepAlive) {
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
  public void cut(boolean endsWithClose) {
    flush();
    state = State.CLOSING;
    deadlineNanos = NEVER;
    if (endsWithClose) {
      // Past TLS and with a reset: neither close_notify nor FIN may look like the end.
      channel.config().setOption(ChannelOption.SO_LINGER, 0);
      channel.unsafe().close(channel.voidPromise());
    } else {
      channel.close();
    }
  }

  // Closing

  /** Closes after the last answer, in two steps if the client may still be sending. */
  private void finish() {
    boolean clientMaySend = state != State.ANSWER || (in != null && in.isReadable());
    flush();
    if (!clientMaySend) {
      state = State.CLOSING;
      deadlineNanos = NEVER;
      context().writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
      return;
    }
    state = State.LINGER;
    deadlineNanos = loop.clock().nanos() + LINGER_NANOS;
    var tls = channel.pipeline().get(SslHandler.class);
    ChannelFuture written =
        tls == null ? context().writeAndFlush(Unpooled.EMPTY_BUFFER) : tls.closeOutbound();
    written.addListener(done -> channel.shutdownOutput());
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
    if (in != null && !handingOver) {
      in.release();
      in = null;
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
    boolean idle = !exchange.isActive() && state == State.HEAD;
    if (idle && (requests > 0 || drain.hasLasted(DRAIN_GRACE_NANOS, nowNanos))) {
      close();
    } else if (drain.hasLasted(timeouts.drainNanos(), nowNanos)) {
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

  private MessageWriter output() {
    return Objects.requireNonNull(output);
  }

  private ChannelHandlerContext context() {
    return Objects.requireNonNull(context);
  }
}
