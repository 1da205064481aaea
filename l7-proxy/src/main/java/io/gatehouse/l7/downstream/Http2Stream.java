package io.gatehouse.l7.downstream;

import io.gatehouse.l7.ListenerConfig;
import io.gatehouse.l7.exchange.Downstream;
import io.gatehouse.l7.exchange.Exchange;
import io.gatehouse.l7.h2.FieldSectionDecoder;
import io.gatehouse.l7.h2.Http2Error;
import io.gatehouse.l7.h2.Setting;
import io.gatehouse.l7.http.BodyFraming;
import io.gatehouse.l7.http.HeadLimits;
import io.gatehouse.l7.http.HeadResult;
import io.gatehouse.l7.http.HeaderBlock;
import io.gatehouse.l7.http.HeaderName;
import io.gatehouse.l7.http.HopByHop;
import io.gatehouse.l7.http.Http2Heads;
import io.gatehouse.l7.http.HttpVersion;
import io.gatehouse.l7.http.HttpViolation;
import io.gatehouse.l7.http.RequestId;
import io.gatehouse.l7.http.WebSocketKeys;
import io.gatehouse.l7.loop.TimedHandler;
import io.gatehouse.l7.message.BufferQueue;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * A stream that a client has opened: one request and its answer. The body of the request waits here
 * until the exchange wants it, within the stream's window; the client is told of a wider window
 * only as bytes are taken. The body of the answer waits here for the client's window.
 *
 * <p>One object serves streams one after the other. Owned by its connection's event loop.
 */
final class Http2Stream implements Downstream {
  private static final int OK = 200;
  private static final int BAD_GATEWAY = 502;

  private final Http2ClientConnection connection;
  private final ListenerConfig.Timeouts timeouts;
  private final HeadLimits headLimits;
  private final HeaderBlock head;
  private final Exchange exchange;
  private final BodyFraming framing = new BodyFraming();
  private final ReceiveWindow receiveWindow = new ReceiveWindow();
  private final BufferQueue received = new BufferQueue();
  private final BufferQueue waitingData = new BufferQueue();

  private int id;
  private boolean open;
  // The request
  private boolean requestEnded;
  private boolean requestEndTold;
  private boolean bodyWanted;
  private boolean handingOver;
  private long bodyBytes;
  private long declaredBytes;
  private @Nullable HeaderBlock requestTrailers;
  private long deadlineNanos;
  // The answer
  private int sendWindow;
  private boolean inLine;
  private boolean answerEnded;
  private boolean exchangeOver;
  private boolean endWaits;
  private boolean inTunnel;
  private @Nullable HeaderBlock answerTrailers;
  private long sentNanos;
  private Http2Error endsWith = Http2Error.NO_ERROR;

  Http2Stream(Http2ClientConnection connection, Intake intake, HeadLimits headLimits) {
    this.connection = connection;
    this.timeouts = intake.config().timeouts();
    this.headLimits = headLimits;
    this.head = new HeaderBlock(headLimits.maxHeadBytes());
    this.exchange =
        new Exchange(
            intake.scope(),
            intake.config(),
            intake.listener().index(),
            intake.client(),
            this,
            head);
  }

  int id() {
    return id;
  }

  boolean isOpen() {
    return open;
  }

  /** Where the head of its request is to be read into. */
  HeaderBlock head() {
    return head;
  }

  Exchange exchange() {
    return exchange;
  }

  // The request

  void open(int streamId, int receiveBytes, int sendBytes) {
    id = streamId;
    open = true;
    requestEnded = false;
    requestEndTold = false;
    bodyWanted = false;
    bodyBytes = 0;
    requestTrailers = null;
    deadlineNanos = TimedHandler.NEVER;
    sendWindow = sendBytes;
    answerEnded = false;
    exchangeOver = false;
    endWaits = false;
    answerTrailers = null;
    inTunnel = false;
    endsWith = Http2Error.NO_ERROR;
    receiveWindow.begin(receiveBytes);
    exchange.begin();
  }

  private HeadResult read(FieldSectionDecoder fields, boolean endStream) {
    return fields.status() != null
        ? HttpViolation.PSEUDO_FIELD_MISPLACED
        : Http2Heads.request(
            head,
            fields.method(),
            fields.scheme(),
            fields.authority(),
            fields.path(),
            fields.protocol(),
            endStream,
            headLimits,
            framing);
  }

  /** The head of the request has been decoded. */
  void request(HeadResult decoded, FieldSectionDecoder fields, boolean endStream) {
    requestEnded = endStream;
    HeadResult result = decoded instanceof HttpViolation ? decoded : read(fields, endStream);
    if (result instanceof HttpViolation violation) {
      refuse(violation);
    } else {
      HopByHop.strip(head);
      boolean any = framing.kind() == BodyFraming.Kind.CHUNKED || head.upgrade() != null;
      declaredBytes = any ? -1 : framing.length();
      requestEndTold = framing.kind() == BodyFraming.Kind.NONE;
      exchange.headRead(framing);
    }
  }

  private void refuse(HttpViolation violation) {
    if (violation.status() == 400) {
      // Malformed: a stream error, of which the answer tells more (RFC 9113 section 8.1.1).
      endsWith = Http2Error.PROTOCOL_ERROR;
      if (!connection.spend(FrameBudget.Kind.PROVOKED_RESET)) {
        return;
      }
    }
    exchange.refuse(violation);
  }

  /**
   * A piece of the request's body has come.
   *
   * @param from lent; its next {@code length} bytes may be consumed
   */
  void data(ByteBuf from, int length, int paddingBytes, boolean endStream) {
    if (requestEnded) {
      connection.tookData(length + paddingBytes);
      connection.streamFault(id, Http2Error.STREAM_CLOSED, "DATA behind the end");
      return;
    }
    if (!receiveWindow.received(length + paddingBytes)) {
      connection.tookData(length + paddingBytes);
      connection.streamFault(id, Http2Error.FLOW_CONTROL_ERROR, "more DATA than the window");
      return;
    }
    requestEnded = endStream;
    bodyBytes += length;
    took(paddingBytes);
    if (exchangeOver) {
      took(length);
    } else if (breaksDeclaredLength()) {
      took(length);
      refuse(HttpViolation.BODY_LENGTH_MISMATCH);
    } else {
      bodyCame(from, length);
    }
  }

  private boolean breaksDeclaredLength() {
    return declaredBytes >= 0
        && (bodyBytes > declaredBytes || (requestEnded && bodyBytes != declaredBytes));
  }

  private void bodyCame(ByteBuf from, int length) {
    if (length > 0 && (!bodyWanted || handingOver || !received.isEmpty())) {
      received.add(connection.allocator(), from, length);
    } else if (length > 0) {
      exchange.requestBody(from, length);
      took(length);
    }
    if (open && bodyWanted) {
      deadlineNanos = requestEnded ? TimedHandler.NEVER : bodyDeadline();
    }
    handOver();
  }

  /** The trailer section of the request has come, and ends it. */
  void trailers(HeaderBlock trailers) {
    requestEnded = true;
    requestTrailers = trailers;
    if (exchangeOver) {
      return;
    }
    if (breaksDeclaredLength()) {
      refuse(HttpViolation.BODY_LENGTH_MISMATCH);
    } else {
      handOver();
    }
  }

  /** The trailer section breaks a rule. */
  void trailersBroken(HttpViolation violation) {
    requestEnded = true;
    if (exchange.isActive()) {
      refuse(violation);
    }
  }

  /** Whether the client has said that nothing more will come. */
  boolean requestEnded() {
    return requestEnded;
  }

  /** Hands what has come to the exchange, as far as it is wanted. */
  private void handOver() {
    if (handingOver) {
      return;
    }
    handingOver = true;
    while (open && bodyWanted && !received.isEmpty()) {
      var piece = received.first();
      int length = piece.readableBytes();
      exchange.requestBody(piece, length);
      if (open && !exchangeOver) {
        received.consumed(length);
        took(length);
      }
    }
    handingOver = false;
    // Not before it is wanted: the attempt that is to be told may not have a connection yet.
    boolean all = open && requestEnded && received.isEmpty() && bodyWanted;
    if (all && !requestEndTold && !exchangeOver) {
      requestEndTold = true;
      deadlineNanos = TimedHandler.NEVER;
      exchange.requestEnd(requestTrailers);
    }
  }

  /** Bytes of the request have been taken: the client may send as many more. */
  private void took(int bytes) {
    if (bytes == 0) {
      return;
    }
    connection.tookData(bytes);
    if (open && !requestEnded) {
      int increment = receiveWindow.taken(bytes);
      if (increment > 0) {
        connection.writer().windowUpdate(id, increment);
      }
    }
  }

  @Override
  public void readBody(boolean more) {
    if (exchangeOver || !open) {
      return;
    }
    bodyWanted = more;
    deadlineNanos = more && !requestEnded ? bodyDeadline() : TimedHandler.NEVER;
    handOver();
    if (!isHandingOver()) {
      exchange.clientReadComplete();
      connection.flush();
    }
  }

  private long bodyDeadline() {
    // A tunnel is looked after on the backend's side, which sees the bytes of both.
    return inTunnel ? TimedHandler.NEVER : connection.nowNanos() + timeouts.bodyIdleNanos();
  }

  @Override
  public boolean isHandingOver() {
    return handingOver || connection.isReading();
  }

  // The answer

  @Override
  public boolean writeInterim(HeaderBlock interim) {
    connection.writer().response(id, interim, false);
    return true;
  }

  @Override
  public void writeHead(HeaderBlock response, BodyFraming answerFraming) {
    if (head.upgrade() != null && response.status() < 300) {
      // The backend has answered as if nothing had been asked for; here, 2xx would agree to it.
      response.startResponse(HttpVersion.HTTP_2, BAD_GATEWAY);
    }
    answerEnded = answerFraming.kind() == BodyFraming.Kind.NONE;
    connection.writer().response(id, response, answerEnded);
    sentNanos = connection.nowNanos();
  }

  /** The answer of 2xx agrees (RFC 8441 section 5); what follows is the tunnel's. */
  @Override
  public void writeSwitch(HeaderBlock response) {
    inTunnel = true;
    requestEndTold = false;
    response.startResponse(HttpVersion.HTTP_2, OK);
    response.removeAll(HeaderName.CONTENT_LENGTH);
    WebSocketKeys.removeAccept(response);
    connection.writer().response(id, response, false);
    sentNanos = connection.nowNanos();
  }

  @Override
  public void writeBody(ByteBuf from, int length) {
    if (waitingData.isEmpty()) {
      sentNanos = connection.nowNanos();
    }
    connection.flow().write(this, from, length);
  }

  @Override
  public void writeEnd(@Nullable HeaderBlock trailers) {
    if (waitingData.isEmpty()) {
      end(trailers);
    } else {
      endWaits = true;
      answerTrailers = trailers == null ? null : trailers.copy();
    }
  }

  private void end(@Nullable HeaderBlock trailers) {
    endWaits = false;
    answerEnded = true;
    if (trailers == null) {
      connection.writer().endData(id);
    } else {
      connection.writer().trailers(id, trailers);
    }
  }

  @Override
  public void writeError(int status, RequestId requestId, boolean withBody) {
    connection.writeError(this, status, requestId, withBody);
  }

  @Override
  public void flush() {
    connection.flush();
  }

  @Override
  public boolean isWritable() {
    return waitingData.isEmpty() && connection.isWritable();
  }

  @Override
  public void answered() {
    exchangeOver = true;
    bodyWanted = false;
    deadlineNanos = TimedHandler.NEVER;
    dropReceived();
    if (answerEnded) {
      closeAnswered();
    }
    connection.flush();
  }

  @Override
  public void cut() {
    exchangeOver = true;
    reset(endsWith == Http2Error.NO_ERROR ? Http2Error.INTERNAL_ERROR : endsWith);
  }

  private void closeAnswered() {
    if (!requestEnded || endsWith != Http2Error.NO_ERROR) {
      // RFC 9113 section 8.1: the rest of the request isn't needed.
      reset(endsWith);
    } else {
      close();
    }
  }

  // What DataFlow needs

  BufferQueue waitingData() {
    return waitingData;
  }

  boolean isInLine() {
    return inLine;
  }

  void setInLine(boolean waits) {
    inLine = waits;
  }

  int sendWindow() {
    return sendWindow;
  }

  void narrow(int bytes) {
    sendWindow -= bytes;
  }

  /** Changes the window; false if it becomes wider than may be (RFC 9113 section 6.9.1). */
  boolean widen(int increment) {
    if (increment > 0 && sendWindow > Setting.MAX_WINDOW_BYTES - increment) {
      return false;
    }
    sendWindow += increment;
    return true;
  }

  /** Some of what waited has been sent. */
  void dataSent() {
    sentNanos = connection.nowNanos();
    if (!waitingData.isEmpty()) {
      return;
    }
    if (endWaits) {
      end(answerTrailers);
    }
    if (!exchangeOver) {
      exchange.clientWritable();
    } else if (answerEnded) {
      closeAnswered();
    }
  }

  // Its end

  /** The client has reset it. */
  void resetByClient() {
    abandon();
    close();
  }

  /** Ends it because of what the client has done. */
  void fault(Http2Error error) {
    if (exchange.isActive()) {
      exchangeOver = true;
      exchange.clientBrokeProtocol();
    }
    reset(error);
  }

  /** The connection is gone. */
  void connectionClosed() {
    abandon();
    close();
  }

  /** The tier closes, or its drain is over. */
  void cutByDrain() {
    if (exchange.isActive()) {
      exchangeOver = true;
      exchange.cutByDrain();
    }
    reset(Http2Error.CANCEL);
  }

  private void abandon() {
    if (exchange.isActive()) {
      exchangeOver = true;
      exchange.clientGone();
    }
  }

  private void reset(Http2Error error) {
    if (open) {
      connection.writer().reset(id, error);
      connection.resetHere(id);
      connection.flush();
      close();
    }
  }

  private void close() {
    if (open) {
      open = false;
      bodyWanted = false;
      deadlineNanos = TimedHandler.NEVER;
      dropReceived();
      waitingData.release();
      connection.closed(this);
    }
  }

  private void dropReceived() {
    connection.tookData(received.bytes());
    received.release();
  }

  // Time

  void tick(long nowNanos) {
    if (deadlineNanos != TimedHandler.NEVER && nowNanos - deadlineNanos >= 0) {
      deadlineNanos = TimedHandler.NEVER;
      exchange.bodyTimedOut();
    } else if (!waitingData.isEmpty() && nowNanos - sentNanos >= timeouts.writeIdleNanos()) {
      stalled();
    }
  }

  /** The client keeps its window shut (CVE-2019-9517). */
  void stalled() {
    if (exchange.isActive()) {
      exchangeOver = true;
      exchange.clientStalled();
    }
    reset(Http2Error.CANCEL);
  }
}
