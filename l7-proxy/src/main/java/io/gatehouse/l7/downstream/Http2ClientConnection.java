package io.gatehouse.l7.downstream;

import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import io.gatehouse.l7.Http2Config;
import io.gatehouse.l7.L7Counter;
import io.gatehouse.l7.ListenerConfig;
import io.gatehouse.l7.RejectedConnection.Reason;
import io.gatehouse.l7.h2.FrameWriter;
import io.gatehouse.l7.h2.Http2Error;
import io.gatehouse.l7.h2.Setting;
import io.gatehouse.l7.http.BodyFraming;
import io.gatehouse.l7.http.ErrorPage;
import io.gatehouse.l7.http.HeadLimits;
import io.gatehouse.l7.http.HeaderBlock;
import io.gatehouse.l7.http.RequestId;
import io.gatehouse.l7.loop.Loop;
import io.gatehouse.l7.loop.TimedHandler;
import io.gatehouse.l7.loop.WriteWatch;
import io.gatehouse.l7.message.ChannelEnd;
import io.gatehouse.l7.message.OutputBuffer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.SocketChannel;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A client's HTTP/2 connection: what its streams share. Frames come in through {@link Http2Input};
 * each request is a {@link Http2Stream} with an exchange of its own.
 *
 * <p>What is written within one turn of the loop, by whatever streams, is sent together at the end
 * of the turn. Memory stays bounded: request bodies by the windows that were granted, answers by
 * the water marks and by what a stopped backend had already sent, everything else by {@link
 * FrameBudget} and by not reading from a client that doesn't.
 *
 * <p>Owned by its event loop.
 */
final class Http2ClientConnection extends TimedHandler {
  private static final Logger log = LoggerFactory.getLogger(Http2ClientConnection.class);

  /** How long a client may take to read the last GOAWAY before it is cut off. */
  private static final long LINGER_NANOS = SECONDS.toNanos(2);

  /** How long a connection is idle before it gives up the memory of its streams. */
  private static final long TRIM_NANOS = SECONDS.toNanos(1);

  private static final long ALIVE_PING = 0x616c697665L;

  private enum State {
    OPEN,
    /** The end of output has been written, and what still comes is thrown away. */
    LINGER,
    CLOSED
  }

  private final Intake intake;
  private final Loop loop;
  private final SocketChannel channel;
  private final ListenerConfig.Timeouts timeouts;
  private final Http2Config config;
  private final FrameBudget budget;
  private final OutputBuffer output;
  private final FrameWriter writer;
  private final DataFlow flow;
  private final Http2Streams streams;
  private final Http2Input input;
  private final Farewell farewell;
  private final ReceiveWindow receiveWindow = new ReceiveWindow();
  private final WriteWatch writeWatch = new WriteWatch();
  private final Runnable flushing = this::flushNow;
  private final long lastRequestNanos;

  private State state = State.OPEN;
  private boolean flushDue;
  private int requests;
  private long idleSinceNanos;
  private long lastReadNanos;
  private boolean alivePingSent;
  private long lingerEndNanos = NEVER;

  Http2ClientConnection(Intake intake) {
    this.intake = intake;
    this.loop = intake.loop();
    this.channel = intake.channel();
    this.timeouts = intake.config().timeouts();
    this.config = intake.config().http2();
    long now = loop.clock().nanos();
    this.budget = new FrameBudget(config, now);
    this.output = new OutputBuffer(channel, channel.alloc());
    this.writer = new FrameWriter(output);
    this.flow = new DataFlow(channel, writer, budget);
    var limits = intake.config().limits();
    var headLimits =
        new HeadLimits(limits.maxHeadBytes(), limits.maxTargetBytes(), limits.maxHeaders());
    this.streams = new Http2Streams(() -> new Http2Stream(this, intake, headLimits));
    this.input = new Http2Input(this, streams, headLimits);
    this.farewell = new Farewell(writer);
    this.idleSinceNanos = now;
    this.lastReadNanos = now;
    this.lastRequestNanos = lastRequest(now);
  }

  /** When the connection gets too old; within a tenth of the age, so that not all are at once. */
  private long lastRequest(long nowNanos) {
    if (config.maxAgeNanos() == 0) {
      return NEVER;
    }
    return nowNanos + (long) (config.maxAgeNanos() * (0.9 + 0.2 * loop.random().nextDouble()));
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    loop.ticker().add(this);
    loop.count(L7Counter.HTTP2_CONNECTIONS);
    var limits = intake.config().limits();
    writer.settings(
        Setting.MAX_CONCURRENT_STREAMS,
        config.maxStreams(),
        Setting.INITIAL_WINDOW_SIZE,
        config.streamWindowBytes(),
        Setting.MAX_HEADER_LIST_SIZE,
        limits.maxHeadBytes(),
        Setting.ENABLE_CONNECT_PROTOCOL,
        1);
    receiveWindow.begin(config.connectionWindowBytes());
    if (config.connectionWindowBytes() > Setting.DEFAULT_WINDOW_BYTES) {
      writer.windowUpdate(0, config.connectionWindowBytes() - Setting.DEFAULT_WINDOW_BYTES);
    }
    flush();
  }

  // Reading

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    assert loop.eventLoop().inEventLoop();
    var bytes = (ByteBuf) message;
    lastReadNanos = loop.clock().read();
    alivePingSent = false;
    intake.sawBytes();
    if (state != State.OPEN) {
      bytes.release();
      return;
    }
    input.read(bytes, ctx.alloc());
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    input.readComplete();
    flow.sendWaiting();
    if (flow.hasDribbled() && state == State.OPEN) {
      calm(FrameBudget.Kind.TINY_DATA);
    }
    flush();
  }

  /** Whether input is being handed over, so that what is written upstream is sent afterwards. */
  boolean isReading() {
    return input.isReading();
  }

  // What the input asks for

  /** Opens a stream for a request. */
  Http2Stream open(int streamId) {
    intake.settle();
    var stream = streams.open(streamId);
    stream.open(streamId, config.streamWindowBytes(), flow.initialStreamWindow());
    requests++;
    // Priorities come with requests, and in frames that are not known here (RFC 9218).
    budget.earn(FrameBudget.Kind.PRIORITY, 1);
    budget.earn(FrameBudget.Kind.UNKNOWN, 1);
    if (requests == intake.config().limits().maxRequestsPerConnection()) {
      loop.count(L7Counter.MAX_REQUESTS_REACHED);
      farewell.begin(loop.clock().nanos());
    }
    return stream;
  }

  /** Whether as many requests are under way as may be. */
  boolean isFull() {
    return streams.count() >= config.maxStreams();
  }

  /** Refuses a stream; the client may send its request anew (RFC 9113 section 8.7). */
  void refuse(int streamId) {
    loop.warn(
        L7Counter.HTTP2_REFUSED_STREAMS,
        "an HTTP/2 request is refused",
        where(),
        "maxStreams: " + config.maxStreams());
    writer.reset(streamId, Http2Error.REFUSED_STREAM);
    streams.resetHere(streamId);
  }

  Farewell farewell() {
    return farewell;
  }

  /** Bytes of request bodies have come; false after a fault. */
  boolean receivedData(int bytes) {
    if (receiveWindow.received(bytes)) {
      return true;
    }
    fault(Http2Error.FLOW_CONTROL_ERROR, "more DATA than the connection's window");
    return false;
  }

  /** Bytes of request bodies have been taken, or are not wanted. */
  void tookData(int bytes) {
    if (bytes > 0 && state == State.OPEN) {
      int increment = receiveWindow.taken(bytes);
      if (increment > 0) {
        writer.windowUpdate(0, increment);
        flush();
      }
    }
  }

  /** Counts a frame; false if it was one too many, and the connection is being closed. */
  boolean spend(FrameBudget.Kind kind) {
    if (budget.spend(kind)) {
      return true;
    }
    calm(kind);
    return false;
  }

  private void calm(FrameBudget.Kind kind) {
    abuse(kind.counter, "more than " + budget.max(kind) + " in ten seconds");
  }

  /** Closes because of an attack that has a counter of its own. */
  void abuse(L7Counter counter, String detail) {
    if (state == State.OPEN) {
      loop.warn(counter, "an HTTP/2 client is told to calm down", where(), detail);
      intake.settle();
      close(Http2Error.ENHANCE_YOUR_CALM);
    }
  }

  /** A stream breaks a rule; its end is counted, since clients provoke such ends on purpose. */
  void streamFault(int streamId, Http2Error error, String detail) {
    if (!spend(FrameBudget.Kind.PROVOKED_RESET)) {
      return;
    }
    loop.warn(L7Counter.HTTP2_STREAM_FAULTS, "an HTTP/2 stream is reset", where(), detail);
    var stream = streams.get(streamId);
    if (stream != null) {
      stream.fault(error);
    } else {
      writer.reset(streamId, error);
      streams.resetHere(streamId);
    }
  }

  /** The connection breaks a rule: it is over. */
  void fault(Http2Error error, String detail) {
    if (state == State.OPEN) {
      intake.rejectAfterAnswer(Reason.HTTP2_FAULT, detail);
      loop.warn(
          L7Counter.HTTP2_CONNECTION_FAULTS, "an HTTP/2 connection is closed", where(), detail);
      close(error);
    }
  }

  private String where() {
    return intake.config().name();
  }

  /** The PING behind the first GOAWAY was answered. */
  void farewellHeard() {
    farewell.complete(streams.lastId());
    closeIfDone();
  }

  /** A PING is to be answered. */
  void pong(long opaque) {
    writer.ping(true, opaque);
  }

  // What the streams ask for

  FrameWriter writer() {
    return writer;
  }

  DataFlow flow() {
    return flow;
  }

  ByteBufAllocator allocator() {
    return channel.alloc();
  }

  long nowNanos() {
    return loop.clock().nanos();
  }

  boolean isWritable() {
    return channel.isWritable();
  }

  void resetHere(int streamId) {
    streams.resetHere(streamId);
  }

  /** A stream has ended. */
  void closed(Http2Stream stream) {
    flow.remove(stream);
    streams.close(stream);
    if (streams.count() == 0) {
      idleSinceNanos = loop.clock().nanos();
      closeIfDone();
    }
  }

  /** Writes a whole answer of Gatehouse's own. */
  void writeError(Http2Stream stream, int status, RequestId id, boolean withBody) {
    byte[] date =
        loop.date().at(NANOSECONDS.toSeconds(loop.clock().epochNanos(loop.clock().nanos())));
    var head = new HeaderBlock(ErrorPage.MAX_HEAD_BYTES);
    var framing = new BodyFraming();
    ErrorPage.head(head, status, id, date);
    if (withBody) {
      framing.setLength(ErrorPage.bodyLength(status, id));
    }
    stream.writeHead(head, framing);
    if (withBody) {
      ByteBuf body = channel.alloc().directBuffer(ErrorPage.bodyLength(status, id));
      ErrorPage.writeBody(body, status, id);
      stream.writeBody(body, body.readableBytes());
      body.release();
      stream.writeEnd(null);
    }
  }

  /** Sends what has been written, at the end of the loop's turn, or now if much has. */
  void flush() {
    if (!channel.isWritable()) {
      output.flush();
    } else if (!flushDue) {
      flushDue = true;
      loop.eventLoop().execute(flushing);
    }
  }

  private void flushNow() {
    flushDue = false;
    if (state != State.CLOSED) {
      output.flush();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (!channel.isWritable() || state != State.OPEN) {
      return;
    }
    loop.clock().read();
    input.goOn();
    flow.sendWaiting();
    for (var stream : streams.snapshot()) {
      if (stream.isOpen() && stream.isWritable() && stream.exchange().isActive()) {
        stream.exchange().clientWritable();
      }
    }
    flush();
  }

  /** Stops or resumes reading: a client that reads no answers isn't read from either. */
  void setReading(boolean reading) {
    channel.config().setAutoRead(reading);
  }

  // Closing

  private void closeIfDone() {
    if (state == State.OPEN && farewell.isComplete() && streams.count() == 0) {
      linger();
    }
  }

  /** Ends everything; the client is told why. */
  private void close(Http2Error error) {
    state = State.LINGER;
    endStreams();
    writer.goAway(streams.lastId(), error);
    linger();
  }

  /** Ends the output, and reads on for a while, so that it isn't lost to a reset. */
  private void linger() {
    state = State.LINGER;
    input.stop();
    lingerEndNanos = loop.clock().nanos() + LINGER_NANOS;
    output.flush();
    setReading(true);
    ChannelEnd.ofOutput(channel.pipeline().context(this), channel);
  }

  private void endStreams() {
    for (var stream : streams.snapshot()) {
      if (stream.isOpen()) {
        stream.connectionClosed();
      }
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    loop.clock().read();
    state = State.CLOSED;
    endStreams();
    intake.closedByClient(Reason.NO_REQUEST_TIMEOUT, null);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    state = State.CLOSED;
    loop.ticker().remove(this);
    endStreams();
    output.discard();
    input.release();
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
    channel.close();
  }

  // Time

  @Override
  protected void tick(long nowNanos) {
    budget.tick(nowNanos);
    // The watch looks every time, so that what it remembers is never older than one tick.
    boolean stalled =
        writeWatch.isStalled(channel, output.writtenBytes(), nowNanos, timeouts.writeIdleNanos());
    if (stalled) {
      stalled();
    } else if (state != State.OPEN) {
      if (expired(lingerEndNanos, nowNanos)) {
        channel.close();
      }
    } else if (!input.isLate(nowNanos, timeouts)) {
      tickStreams(nowNanos);
      tickConnection(nowNanos);
      flush();
    }
  }

  private void stalled() {
    loop.warn(L7Counter.CLIENT_WRITE_TIMEOUT, "a client takes no byte", where(), "writeIdleNanos");
    for (var stream : streams.snapshot()) {
      if (stream.isOpen()) {
        stream.stalled();
      }
    }
    state = State.CLOSED;
    channel.unsafe().close(channel.voidPromise());
  }

  private void tickStreams(long nowNanos) {
    for (var stream : streams.snapshot()) {
      if (stream.isOpen()) {
        stream.tick(nowNanos);
      }
    }
  }

  private void tickConnection(long nowNanos) {
    boolean draining = intake.listener().drain().hasBegun();
    boolean aged = expired(lastRequestNanos, nowNanos) && !farewell.hasBegun();
    if (aged) {
      loop.count(L7Counter.HTTP2_MAX_AGE_REACHED);
    }
    if (aged || draining) {
      farewell.begin(nowNanos);
    }
    if (farewell.isDue(nowNanos)) {
      farewellHeard();
    } else if (draining) {
      cutWhatIsLate(nowNanos);
    } else if (streams.count() == 0) {
      idle(nowNanos);
    } else {
      askWhetherAlive(nowNanos);
    }
  }

  /** Ends requests, and later tunnels, that go on too long after the beginning of a drain. */
  private void cutWhatIsLate(long nowNanos) {
    var drain = intake.listener().drain();
    long acceptedNanos = intake.client().acceptedNanos();
    for (var stream : streams.snapshot()) {
      long drainNanos = stream.exchange().drainNanos();
      if (stream.isOpen() && drain.hasLasted(drainNanos, acceptedNanos, nowNanos)) {
        stream.cutByDrain();
      }
    }
  }

  private void idle(long nowNanos) {
    long idleNanos = nowNanos - idleSinceNanos;
    if (idleNanos > TRIM_NANOS) {
      streams.trim();
    }
    if (idleNanos >= timeouts.keepAliveNanos() && state == State.OPEN) {
      if (requests == 0) {
        intake.rejectAfterAnswer(Reason.NO_REQUEST_TIMEOUT, "no request");
      } else {
        loop.count(L7Counter.KEEP_ALIVE_EXPIRED);
      }
      farewell.complete(streams.lastId());
      closeIfDone();
    }
  }

  private void askWhetherAlive(long nowNanos) {
    long limit = config.pingNanos();
    if (limit == 0 || nowNanos - lastReadNanos < limit) {
      return;
    }
    if (!alivePingSent) {
      alivePingSent = true;
      writer.ping(false, ALIVE_PING);
    } else if (nowNanos - lastReadNanos >= 2 * limit) {
      loop.warn(L7Counter.HTTP2_PING_TIMEOUT, "a client doesn't answer", where(), "ping");
      channel.close();
    }
  }

  @Override
  protected void closeNow() {
    for (var stream : streams.snapshot()) {
      if (stream.isOpen()) {
        stream.cutByDrain();
      }
    }
    intake.settle();
    output.flush();
    channel.close();
  }
}
