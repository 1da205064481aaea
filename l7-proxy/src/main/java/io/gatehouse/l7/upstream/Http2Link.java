package io.gatehouse.l7.upstream;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.gatehouse.l7.L7Counter;
import io.gatehouse.l7.PoolConfig;
import io.gatehouse.l7.h2.FieldSectionDecoder;
import io.gatehouse.l7.h2.FrameReader;
import io.gatehouse.l7.h2.FrameType;
import io.gatehouse.l7.h2.FrameWriter;
import io.gatehouse.l7.h2.Http2Error;
import io.gatehouse.l7.h2.Setting;
import io.gatehouse.l7.http.BodyFraming;
import io.gatehouse.l7.http.HeaderBlock;
import io.gatehouse.l7.http.HeaderName;
import io.gatehouse.l7.http.MessageFraming;
import io.gatehouse.l7.loop.Loop;
import io.gatehouse.l7.loop.TimedHandler;
import io.gatehouse.l7.message.InputBuffer;
import io.gatehouse.l7.message.OutputBuffer;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.collection.IntObjectHashMap;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP/2 connection to a backend (RFC 9113): its streams, its windows, and its life. {@link
 * Http2Frames} takes what arrives.
 *
 * <p>It takes no more streams than the backend and the pool allow at once. It is retired when the
 * backend says so (GOAWAY), when it has grown old, or when it has carried enough; then it takes no
 * more, and closes when the last has ended. A backend that sends nothing while it owes something is
 * asked by PING whether it is still there.
 *
 * <p>The window of the connection is credited as data arrives, that of a stream as the client takes
 * it: what is held is bounded by the streams' windows, and no stream stops another.
 *
 * <p>Owned by its loop's thread.
 */
final class Http2Link extends TimedHandler implements Dial.Caller {
  /** Most header fields of a response. */
  private static final int MAX_RESPONSE_HEADERS = 256;

  private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(US_ASCII);

  private enum State {
    NEW,
    DIALING,
    OPEN,
    CLOSED
  }

  private final Http2Connections connections;
  private final LoopPool pool;
  private final Loop loop;
  private final SocketChannel channel;
  private final PoolConfig.Connections config;
  private final IntObjectHashMap<Http2Stream> streams = new IntObjectHashMap<>();
  private final ArrayDeque<Http2Stream> waiting = new ArrayDeque<>();
  private final ArrayDeque<Http2Stream> unsent = new ArrayDeque<>(1);
  private final ArrayDeque<Http2Outbox> line = new ArrayDeque<>();
  private final ControlBudget budget = new ControlBudget();
  private final InputBuffer in = new InputBuffer();
  private final Http2Frames frames;
  private final FrameReader reader;
  private final Runnable flush = this::flushNow;
  private final Runnable startWaiting = this::startWaiting;

  private State state = State.NEW;
  private boolean retired;
  private @Nullable OutputBuffer out;
  private @Nullable FrameWriter writer;
  private @Nullable Throwable cause;
  private @Nullable Preconnect warming;
  private int open;
  private int nextId = 1;
  private long carried;
  private int peerMaxStreams;
  private int peerWindow = Setting.DEFAULT_WINDOW_BYTES;
  private long sendWindow = Setting.DEFAULT_WINDOW_BYTES;
  private int owedBytes;
  private boolean flushScheduled;
  private boolean isIdle;
  private boolean isReading;
  private boolean secure;
  private long lastReadNanos;
  private long pingDeadlineNanos = NEVER;
  private long idleDeadlineNanos = NEVER;
  private long retireNanos = NEVER;

  Http2Link(Http2Connections connections, LoopPool pool, SocketChannel channel) {
    int maxHeadBytes = pool.endpoint().pool().limits().maxResponseHeadBytes();
    this.connections = connections;
    this.pool = pool;
    this.loop = pool.loop();
    this.channel = channel;
    this.config = pool.endpoint().pool().connections();
    this.peerMaxStreams = config.http2().maxStreams();
    this.frames = new Http2Frames(this, new HeaderBlock(maxHeadBytes));
    this.reader =
        new FrameReader(new FieldSectionDecoder(maxHeadBytes, MAX_RESPONSE_HEADERS), maxHeadBytes);
  }

  // For its pool

  /** Whether it takes another stream, now or as soon as it stands. */
  boolean hasRoom() {
    return state != State.CLOSED
        && !retired
        && load() < Math.min(peerMaxStreams, config.http2().maxStreams());
  }

  /** Whether it waits for streams: one more connection would be of no more use. */
  boolean isReady() {
    return hasRoom() || (state != State.CLOSED && !retired && load() == 0);
  }

  /** Streams under way. */
  int load() {
    return open + waiting.size();
  }

  LoopPool pool() {
    return pool;
  }

  Loop loop() {
    return loop;
  }

  // Its beginning

  /** Connects before a stream wants it. */
  void warm(Preconnect caller) {
    warming = caller;
    state = State.DIALING;
    pool.dial(channel, this);
  }

  @Override
  public void connected() {
    var tls = channel.pipeline().get(SslHandler.class);
    secure = tls != null;
    if (tls != null && !ApplicationProtocolNames.HTTP_2.equals(tls.applicationProtocol())) {
      channel.close();
      notConnected(UpstreamFailure.TLS_FAILED, "the endpoint does not choose h2 by ALPN");
      return;
    }
    state = State.OPEN;
    long now = loop.clock().nanos();
    lastReadNanos = now;
    retireNanos = config.lifetime().endNanos(now, loop.random());
    channel.pipeline().addLast(this);
    loop.ticker().add(this);
    out = new OutputBuffer(channel.pipeline().context(this), channel.alloc());
    writer = new FrameWriter(out);
    out.buffer().writeBytes(PREFACE);
    writer.settings(
        Setting.ENABLE_PUSH,
        0,
        Setting.INITIAL_WINDOW_SIZE,
        config.http2().streamWindowBytes(),
        Setting.MAX_HEADER_LIST_SIZE,
        pool.endpoint().pool().limits().maxResponseHeadBytes());
    int more = config.http2().connectionWindowBytes() - Setting.DEFAULT_WINDOW_BYTES;
    if (more > 0) {
      writer.windowUpdate(0, more);
    }
    noteIdle();
    startWaiting();
    flushSoon();
    if (warming != null) {
      warming.done();
      warming = null;
    }
  }

  @Override
  public void notConnected(UpstreamFailure failure, String detail) {
    state = State.CLOSED;
    connections.forget(this);
    failWaiting(failure, detail);
    if (warming != null) {
      warming.failed(failure, detail);
      warming = null;
    }
  }

  // Streams

  /** A stream wants to begin: at once, or when the connection stands and has room. */
  void begin(Http2Stream stream) {
    pool.requestBegins();
    waiting.add(stream);
    switch (state) {
      case NEW -> {
        state = State.DIALING;
        pool.dial(channel, this);
      }
      case OPEN -> startWaiting();
      case DIALING -> {}
      case CLOSED -> failWaiting(UpstreamFailure.REFUSED, "the connection has just been closed");
    }
  }

  private void startWaiting() {
    while (state == State.OPEN && !waiting.isEmpty() && open < peerMaxStreams) {
      open++;
      noteIdle();
      boolean used = carried++ > 0;
      if (used) {
        loop.count(L7Counter.UPSTREAM_REUSED);
      }
      if (carried >= config.lifetime().maxRequests()) {
        retire();
      }
      waiting.remove().ready(used);
    }
  }

  /** Writes the head of a request, which opens its stream; returns the stream's identifier. */
  int writeHead(Http2Stream stream, HeaderBlock request, BodyFraming framing) {
    int id = nextId;
    nextId += 2;
    if (nextId >= FrameType.MAX_STREAM_ID - 2) {
      retire();
    }
    streams.put(id, stream);
    MessageFraming.declare(request, framing);
    request.removeAll(HeaderName.TRANSFER_ENCODING);
    if (stream.asksForWebSocket()) {
      writer().webSocket(id, request, secure);
    } else {
      writer().request(id, request, secure, framing.kind() == BodyFraming.Kind.NONE);
    }
    return id;
  }

  /** Whether it is known what the backend can do. */
  boolean settingsSeen() {
    return frames.settingsSeen();
  }

  /** Whether the backend takes WebSockets. */
  boolean carriesWebSockets() {
    return frames.carriesWebSockets();
  }

  /** The request of a stream depends on the backend's settings: they are told when they come. */
  void awaitSettings(Http2Stream stream) {
    unsent.add(stream);
  }

  /** The backend has sent its settings. */
  void settingsCame() {
    while (state == State.OPEN && !unsent.isEmpty()) {
      unsent.remove().settingsCame();
    }
  }

  /**
   * A stream has ended.
   *
   * @param tell with what the backend is told so; null if it knows
   */
  void over(Http2Stream stream, @Nullable Http2Error tell) {
    pool.requestEnds();
    if (waiting.remove(stream)) {
      return;
    }
    open--;
    unsent.remove(stream);
    streams.remove(stream.id());
    if (state != State.OPEN) {
      return;
    }
    if (tell != null) {
      writer().reset(stream.id(), tell);
      flushSoon();
    }
    if (!waiting.isEmpty()) {
      loop.eventLoop().execute(startWaiting); // not from within another stream's events
    }
    noteIdle();
    closeIfDone();
  }

  @Nullable Http2Stream stream(int id) {
    return streams.get(id);
  }

  /** Whether a stream of this identifier has been opened, be it over or not. */
  boolean hasOpened(int id) {
    return id < nextId && (id & 1) == 1;
  }

  private void noteIdle() {
    boolean idle = state == State.OPEN && load() == 0;
    idleDeadlineNanos =
        idle ? loop.clock().nanos() + pool.endpoint().pool().timeouts().keepAliveNanos() : NEVER;
    if (idle != isIdle) {
      isIdle = idle;
      pool.addIdle(idle ? 1 : -1);
    }
  }

  /** Takes no more streams, and closes after the last. */
  void retire() {
    if (!retired) {
      retired = true;
      connections.forget(this);
    }
  }

  private void closeIfDone() {
    if (retired && load() == 0) {
      close(Http2Error.NO_ERROR);
    }
  }

  // Flow control

  boolean isWritable() {
    return channel.isWritable();
  }

  /** What the backend lets come on the connection. */
  long sendWindow() {
    return sendWindow;
  }

  void spend(int bytes) {
    sendWindow -= bytes;
    budget.earn(); // the backend may credit each piece, for the stream and for the connection
  }

  /** What the backend lets come on a new stream. */
  int peerWindow() {
    return peerWindow;
  }

  /** The outbox is resumed when a window has grown; the one that waits longest comes first. */
  void standInLine(Http2Outbox outbox) {
    line.add(outbox);
  }

  /** Windows have grown, or the socket takes bytes again. */
  void resumeLine() {
    for (int left = line.size(); left > 0 && state == State.OPEN; left--) {
      var outbox = line.remove();
      if (outbox.resume()) {
        var stream = streams.get(outbox.id());
        if (stream != null) {
          stream.writable();
        }
      }
    }
    flushSoon();
  }

  /** Grows the window of the connection; false if it would become larger than may be. */
  boolean growWindow(int bytes) {
    sendWindow += bytes;
    return sendWindow <= Setting.MAX_WINDOW_BYTES;
  }

  /** Takes a new window for streams, present ones too; false if one would become too large. */
  boolean takePeerWindow(int bytes) {
    boolean valid = true;
    for (var stream : streams.values()) {
      valid &= stream.outbox().grow((long) bytes - peerWindow);
    }
    peerWindow = bytes;
    return valid;
  }

  void takePeerMaxStreams(long most) {
    peerMaxStreams = (int) Math.min(most, config.http2().maxStreams());
    startWaiting();
  }

  /** What a stream's answer may bring before more is credited. */
  int streamWindow() {
    return config.http2().streamWindowBytes();
  }

  /** Lets the backend send more on a stream. */
  void credit(int streamId, int bytes) {
    writer().windowUpdate(streamId, bytes);
    flushSoon();
  }

  /** Data has arrived, on whatever stream. */
  void received(int bytes) {
    owedBytes += bytes;
    if (owedBytes >= config.http2().connectionWindowBytes() / 2) {
      writer().windowUpdate(0, owedBytes);
      owedBytes = 0;
    }
  }

  // Output

  FrameWriter writer() {
    return Objects.requireNonNull(writer);
  }

  ByteBuf allocate(int bytes) {
    return channel.alloc().buffer(bytes);
  }

  BodyFraming framing() {
    return frames.framing();
  }

  /** Sends what has been written, once for all that is written in this turn of the loop. */
  void flushSoon() {
    if (!flushScheduled) {
      flushScheduled = true;
      loop.eventLoop().execute(flush);
    }
  }

  private void flushNow() {
    flushScheduled = false;
    if (state == State.OPEN && out != null) {
      out.flush();
    }
  }

  // Channel events

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    lastReadNanos = loop.clock().read();
    pingDeadlineNanos = NEVER;
    in.add(ctx.alloc(), (ByteBuf) message);
    var bytes = in.bytes();
    isReading = true;
    if (bytes != null && state == State.OPEN) {
      reader.read(bytes, ctx.alloc(), frames);
    }
    isReading = false;
    if (state == State.OPEN) {
      in.trim();
    } else {
      in.release();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    frames.readComplete();
    flushSoon();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (channel.isWritable()) {
      loop.clock().read();
      resumeLine();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable thrown) {
    if (cause == null) {
      cause = thrown;
    }
    if (!(thrown instanceof IOException)) {
      loop.count(L7Counter.INTERNAL_ERRORS);
      end(Http2Error.INTERNAL_ERROR, UpstreamFailure.CLOSED, thrown.toString());
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    loop.clock().read();
    if (state == State.OPEN && load() == 0 && !retired) {
      loop.count(L7Counter.UPSTREAM_IDLE_DROPPED);
    }
    if (cause == null) {
      end(null, UpstreamFailure.CLOSED, "closed under its streams");
    } else {
      end(null, UpstreamFailure.RESET, String.valueOf(cause.getMessage()));
    }
  }

  // Its end

  /** The backend takes no streams beyond this one; those it has not seen are tried elsewhere. */
  void goAway(int lastStreamId, Http2Error error) {
    retire();
    String detail = "GOAWAY: " + error;
    if (error == Http2Error.NO_ERROR) {
      loop.count(L7Counter.UPSTREAM_GOAWAY);
    } else {
      loop.warn(L7Counter.UPSTREAM_GOAWAY, "an endpoint goes away", where(), detail);
    }
    for (var stream : snapshot()) {
      if (stream.id() > lastStreamId) {
        stream.fail(UpstreamFailure.REFUSED, null, detail);
      }
    }
    failUnsent(detail);
    failWaiting(UpstreamFailure.REFUSED, detail);
    closeIfDone();
  }

  /** The backend breaks the protocol, or floods. */
  void fault(Http2Error error, String detail) {
    if (error == Http2Error.ENHANCE_YOUR_CALM) {
      loop.warn(L7Counter.UPSTREAM_FLOOD, "an endpoint floods with frames", where(), detail);
    }
    end(error, UpstreamFailure.BAD_RESPONSE, detail);
  }

  /** Whether the backend may send another frame that carries nothing forward; if not, it's over. */
  boolean takesControlFrame() {
    if (budget.take()) {
      return true;
    }
    fault(Http2Error.ENHANCE_YOUR_CALM, "more than " + ControlBudget.FRAMES_PER_TICK);
    return false;
  }

  private void end(@Nullable Http2Error tell, UpstreamFailure failure, String detail) {
    if (state == State.CLOSED) {
      return;
    }
    var unanswered = snapshot();
    close(tell);
    for (var stream : unanswered) {
      stream.fail(failure, null, detail);
    }
    failUnsent(detail);
    failWaiting(UpstreamFailure.REFUSED, detail);
  }

  private ArrayList<Http2Stream> snapshot() {
    return new ArrayList<>(streams.values());
  }

  private void failUnsent(String detail) {
    while (!unsent.isEmpty()) {
      unsent.remove().fail(UpstreamFailure.REFUSED, null, detail);
    }
  }

  private void failWaiting(UpstreamFailure failure, String detail) {
    while (!waiting.isEmpty()) {
      waiting.getFirst().fail(failure, null, detail);
    }
  }

  /**
   * Closes.
   *
   * @param tell with what the backend is told; null if it is gone
   */
  private void close(@Nullable Http2Error tell) {
    if (state == State.CLOSED) {
      return;
    }
    connections.forget(this);
    if (state == State.OPEN && out != null) {
      if (tell != null) {
        writer().goAway(0, tell);
        out.flush();
      }
      out.discard();
    }
    state = State.CLOSED;
    noteIdle();
    reader.stop();
    reader.release();
    if (!isReading) {
      in.release();
    }
    loop.ticker().remove(this);
    channel.close();
  }

  private String where() {
    return pool.endpoint().pool().name() + "/" + pool.endpoint().name();
  }

  // Time

  @Override
  protected void tick(long nowNanos) {
    budget.refill();
    if (expired(retireNanos, nowNanos)) {
      retireNanos = NEVER;
      loop.count(L7Counter.UPSTREAM_AGED);
      retire();
      closeIfDone();
    } else if (expired(idleDeadlineNanos, nowNanos)) {
      loop.count(L7Counter.UPSTREAM_IDLE_EXPIRED);
      close(Http2Error.NO_ERROR);
    }
    if (state == State.OPEN && load() > 0) {
      expireStreams(nowNanos);
      ping(nowNanos);
    }
  }

  private void ping(long nowNanos) {
    if (state != State.OPEN) {
      return;
    }
    if (expired(pingDeadlineNanos, nowNanos)) {
      end(Http2Error.NO_ERROR, UpstreamFailure.PING_TIMEOUT, "no answer to a PING");
    } else if (pingDeadlineNanos == NEVER
        && nowNanos - lastReadNanos >= config.http2().pingAfterNanos()) {
      pingDeadlineNanos = nowNanos + config.http2().pingTimeoutNanos();
      writer().ping(false, nowNanos);
      flushSoon();
    }
  }

  private void expireStreams(long nowNanos) {
    boolean overdue = false;
    for (var stream : streams.values()) {
      overdue |= stream.isOverdue(nowNanos);
    }
    for (var stream : waiting) {
      overdue |= stream.isOverdue(nowNanos);
    }
    for (var stream : unsent) {
      overdue |= stream.isOverdue(nowNanos);
    }
    if (!overdue) {
      return;
    }
    var all = snapshot();
    all.addAll(waiting);
    all.addAll(unsent);
    for (var stream : all) {
      if (stream.isOverdue(nowNanos)) {
        stream.expire(nowNanos);
      }
    }
  }

  @Override
  protected void closeNow() {
    close(Http2Error.NO_ERROR);
  }

  /** For logs. */
  @Override
  public String toString() {
    return pool.endpoint().name() + " " + channel;
  }
}
