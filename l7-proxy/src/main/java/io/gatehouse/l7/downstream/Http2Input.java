package io.gatehouse.l7.downstream;

import io.gatehouse.l7.L7Counter;
import io.gatehouse.l7.ListenerConfig;
import io.gatehouse.l7.h2.FieldSectionDecoder;
import io.gatehouse.l7.h2.FrameHandler;
import io.gatehouse.l7.h2.FrameReader;
import io.gatehouse.l7.h2.FrameType;
import io.gatehouse.l7.h2.Http2Error;
import io.gatehouse.l7.h2.Setting;
import io.gatehouse.l7.http.HeadLimits;
import io.gatehouse.l7.http.HeadResult;
import io.gatehouse.l7.http.HeaderBlock;
import io.gatehouse.l7.http.Http2Heads;
import io.gatehouse.l7.http.HttpViolation;
import io.gatehouse.l7.message.InputBuffer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a client sends on an HTTP/2 connection: its preface, and then frames, which become requests,
 * parts of them, or changes to the connection. The states of streams (RFC 9113 section 5.1) are
 * held here.
 *
 * <p>Owned by its connection's event loop.
 */
final class Http2Input implements FrameHandler {
  private static final int MIN_FRAME_LIMIT = Setting.DEFAULT_FRAME_BYTES;

  /** Answers to frames that may wait for a client that doesn't read, before it isn't read from. */
  private static final int MAX_WAITING_REPLIES = 100;

  private final Http2ClientConnection connection;
  private final Http2Streams streams;
  private final HeadLimits headLimits;
  private final FrameReader reader;
  private final InputBuffer in = new InputBuffer();
  private final List<Http2Stream> touched = new ArrayList<>(4);

  private int prefaceSeen;
  private boolean settingsSeen;
  private boolean reading;
  private boolean inBatch;
  private boolean released;
  private boolean stopped;
  private int waitingReplies;
  private @Nullable HeaderBlock otherHead;
  private long progressNanos;
  private long sectionNanos;

  Http2Input(Http2ClientConnection connection, Http2Streams streams, HeadLimits headLimits) {
    this.connection = connection;
    this.streams = streams;
    this.headLimits = headLimits;
    this.progressNanos = connection.nowNanos();
    this.reader =
        new FrameReader(
            new FieldSectionDecoder(headLimits.maxHeadBytes(), headLimits.maxHeaders()),
            headLimits.maxHeadBytes());
  }

  // Bytes

  /** Takes over what has come. */
  void read(ByteBuf bytes, ByteBufAllocator allocator) {
    in.add(allocator, bytes);
    inBatch = true;
    reading = true;
    try {
      readAll(allocator);
    } finally {
      reading = false;
    }
    if (released) {
      in.release();
      reader.release();
    } else {
      in.trim();
    }
  }

  private void readAll(ByteBufAllocator allocator) {
    ByteBuf bytes = in.bytes();
    if (bytes == null) {
      return;
    }
    int before = bytes.readableBytes();
    boolean wasInSection = reader.isInSection();
    if (prefaceIsWhole(bytes)) {
      reader.read(bytes, allocator, this);
    }
    if (stopped) {
      bytes.skipBytes(bytes.readableBytes());
    }
    if (bytes.readableBytes() < before) {
      progressNanos = connection.nowNanos();
    }
    if (reader.isInSection() && !wasInSection) {
      sectionNanos = connection.nowNanos();
    }
  }

  /** Reads the octets that a connection begins with (RFC 9113 section 3.4). */
  private boolean prefaceIsWhole(ByteBuf bytes) {
    while (prefaceSeen < Http2Preface.LENGTH && bytes.isReadable()) {
      if (bytes.readByte() != Http2Preface.octet(prefaceSeen)) {
        stop();
        connection.fault(Http2Error.PROTOCOL_ERROR, "not the preface of HTTP/2");
        return false;
      }
      prefaceSeen++;
    }
    if (prefaceSeen < Http2Preface.LENGTH) {
      return false;
    }
    if (!settingsSeen && bytes.readableBytes() >= FrameType.HEADER_BYTES) {
      int at = bytes.readerIndex();
      boolean settings =
          bytes.getUnsignedByte(at + 3) == FrameType.SETTINGS
              && (bytes.getByte(at + 4) & FrameType.ACK) == 0;
      if (!settings) {
        stop();
        connection.fault(Http2Error.PROTOCOL_ERROR, "the first frame isn't SETTINGS");
        return false;
      }
    }
    return true;
  }

  /** No more is to be read for now: what was handed over upstream is sent. */
  void readComplete() {
    inBatch = false;
    for (int i = 0; i < touched.size(); i++) {
      touched.get(i).exchange().clientReadComplete();
    }
    touched.clear();
  }

  /** Whether frames are being handed over. */
  boolean isReading() {
    return reading || inBatch;
  }

  /** Reads nothing more. */
  void stop() {
    stopped = true;
    reader.stop();
  }

  /** Gives its memory back, as the channel is closed. */
  void release() {
    stop();
    released = true;
    if (!reading) {
      in.release();
      reader.release();
    }
  }

  /** The client takes bytes again. */
  void goOn() {
    if (waitingReplies > 0) {
      waitingReplies = 0;
      connection.setReading(true);
    }
  }

  /** Counts an answer that the client has to read some time. */
  private void reply() {
    if (!connection.isWritable() && ++waitingReplies == MAX_WAITING_REPLIES) {
      connection.setReading(false);
    }
  }

  /** Closes if a frame, or a head in pieces, doesn't come whole in time (slowloris). */
  boolean isLate(long nowNanos, ListenerConfig.Timeouts timeouts) {
    boolean begun = settingsSeen;
    if (!begun && nowNanos - progressNanos >= timeouts.headNanos()) {
      connection.fault(Http2Error.PROTOCOL_ERROR, "no preface in time");
      return true;
    }
    boolean lateSection = reader.isInSection() && nowNanos - sectionNanos >= timeouts.headNanos();
    boolean lateFrame = !in.isEmpty() && nowNanos - progressNanos >= timeouts.bodyIdleNanos();
    if (lateSection || lateFrame) {
      connection.abuse(
          L7Counter.HTTP2_SLOW_FRAMES, lateSection ? "a head in pieces" : "a part of a frame");
    }
    return lateSection || lateFrame;
  }

  private void touch(Http2Stream stream) {
    int last = touched.size() - 1;
    if (last < 0 || touched.get(last) != stream) {
      touched.add(stream);
    }
  }

  // Frames

  @Override
  public void data(int streamId, ByteBuf from, int length, int paddingBytes, boolean endStream) {
    if (!connection.receivedData(length + paddingBytes)) {
      return;
    }
    if (length == 0 && !endStream && !connection.spend(FrameBudget.Kind.EMPTY_DATA)) {
      return;
    }
    var stream = streams.get(streamId);
    if (stream != null) {
      stream.data(from, length, paddingBytes, endStream);
      touch(stream);
      return;
    }
    connection.tookData(length + paddingBytes);
    if (isIdle(streamId)) {
      connectionFault(Http2Error.PROTOCOL_ERROR, "DATA on an idle stream");
    } else if (!isIgnored(streamId)) {
      connection.streamFault(streamId, Http2Error.STREAM_CLOSED, "DATA on a closed stream");
    }
  }

  private boolean isIdle(int streamId) {
    return streamId > streams.lastId() || streamId % 2 == 0;
  }

  /** Whether what comes on a closed stream was sent before the client knew that it is closed. */
  private boolean isIgnored(int streamId) {
    return streams.wasResetHere(streamId) || connection.farewell().isTooLate(streamId);
  }

  @Override
  public HeaderBlock headFor(int streamId) {
    boolean isNew = streamId > streams.lastId() && streamId % 2 == 1;
    if (isNew) {
      return streams.next().head();
    }
    var head = otherHead;
    if (head == null) {
      head = new HeaderBlock(headLimits.maxHeadBytes());
      otherHead = head;
    }
    return head;
  }

  @Override
  public void headers(
      int streamId,
      HeadResult result,
      FieldSectionDecoder fields,
      boolean endStream,
      boolean dependsOnItself) {
    var stream = streams.get(streamId);
    if (stream != null) {
      trailers(stream, result, fields, endStream);
      touch(stream);
    } else if (streamId % 2 == 0) {
      connectionFault(Http2Error.PROTOCOL_ERROR, "a client's stream with an even number");
    } else if (streamId <= streams.lastId()) {
      if (!isIgnored(streamId)) {
        connectionFault(Http2Error.STREAM_CLOSED, "HEADERS on a closed stream");
      }
    } else {
      streams.used(streamId);
      if (dependsOnItself) {
        connection.streamFault(
            streamId, Http2Error.PROTOCOL_ERROR, "a stream that depends on itself");
      } else if (!connection.farewell().isTooLate(streamId)) {
        request(streamId, result, fields, endStream);
      }
    }
  }

  private void request(
      int streamId, HeadResult result, FieldSectionDecoder fields, boolean endStream) {
    if (connection.isFull()) {
      if (connection.spend(FrameBudget.Kind.PROVOKED_RESET)) {
        connection.refuse(streamId);
      }
      return;
    }
    var stream = connection.open(streamId);
    touch(stream);
    stream.request(result, fields, endStream);
  }

  private void trailers(
      Http2Stream stream, HeadResult result, FieldSectionDecoder fields, boolean endStream) {
    if (stream.requestEnded()) {
      connection.streamFault(stream.id(), Http2Error.STREAM_CLOSED, "HEADERS behind the end");
    } else if (!endStream) {
      connection.streamFault(
          stream.id(), Http2Error.PROTOCOL_ERROR, "a second head that doesn't end the stream");
    } else {
      var trailers = headFor(stream.id());
      HeadResult checked =
          result instanceof HttpViolation
              ? result
              : Http2Heads.trailers(trailers, fields.hasPseudoFields());
      if (checked instanceof HttpViolation violation) {
        stream.trailersBroken(violation);
      } else {
        // The stream may keep it until the body before it has been taken.
        otherHead = null;
        stream.trailers(trailers);
      }
    }
  }

  @Override
  public void priority(int streamId) {
    connection.spend(FrameBudget.Kind.PRIORITY);
  }

  @Override
  public void reset(int streamId, long errorCode) {
    var stream = streams.get(streamId);
    if (stream != null) {
      // The budget is spent behind the reset: what the stream had under way must end either way.
      stream.resetByClient();
      connection.spend(FrameBudget.Kind.RESET);
    } else if (isIdle(streamId)) {
      connectionFault(Http2Error.PROTOCOL_ERROR, "RST_STREAM on an idle stream");
    } else {
      connection.spend(FrameBudget.Kind.RESET);
    }
  }

  @Override
  public void setting(int id, long value) {
    switch (id) {
      case Setting.HEADER_TABLE_SIZE -> connection.writer().allowTable(value);
      case Setting.ENABLE_PUSH -> {
        if (value > 1) {
          connectionFault(Http2Error.PROTOCOL_ERROR, "ENABLE_PUSH: " + value);
        }
      }
      case Setting.INITIAL_WINDOW_SIZE -> initialWindow(value);
      case Setting.MAX_FRAME_SIZE -> {
        if (value < MIN_FRAME_LIMIT || value > Setting.MAX_FRAME_BYTES) {
          connectionFault(Http2Error.PROTOCOL_ERROR, "MAX_FRAME_SIZE: " + value);
        } else {
          connection.writer().allowFrames((int) value);
        }
      }
      // What concerns streams of ours, which there are none of, or is only advice.
      default -> {}
    }
  }

  private void initialWindow(long value) {
    if (value > Setting.MAX_WINDOW_BYTES) {
      connectionFault(Http2Error.FLOW_CONTROL_ERROR, "INITIAL_WINDOW_SIZE: " + value);
      return;
    }
    var flow = connection.flow();
    int change = (int) value - flow.initialStreamWindow();
    flow.setInitialStreamWindow((int) value);
    for (var stream : streams.snapshot()) {
      if (!stream.widen(change)) {
        connectionFault(Http2Error.FLOW_CONTROL_ERROR, "a window beyond 2^31-1");
        return;
      }
    }
  }

  @Override
  public void settingsEnd() {
    settingsSeen = true;
    if (connection.spend(FrameBudget.Kind.SETTINGS)) {
      connection.writer().settingsAck();
      reply();
    }
  }

  @Override
  public void settingsAck() {}

  @Override
  public void ping(long opaque) {
    if (connection.spend(FrameBudget.Kind.PING)) {
      connection.pong(opaque);
      reply();
    }
  }

  @Override
  public void pingAck(long opaque) {
    if (connection.farewell().isAnswered(opaque)) {
      connection.farewellHeard();
    }
  }

  @Override
  public void goAway(int lastStreamId, long errorCode) {
    // It concerns streams of ours, which there are none of; the client will close when it is done.
  }

  @Override
  public void windowUpdate(int streamId, int increment) {
    if (!connection.spend(FrameBudget.Kind.WINDOW_UPDATE)) {
      return;
    }
    if (streamId == 0) {
      if (!connection.flow().widen(increment)) {
        connectionFault(Http2Error.FLOW_CONTROL_ERROR, "a window beyond 2^31-1");
      }
      return;
    }
    var stream = streams.get(streamId);
    if (stream != null) {
      if (!stream.widen(increment)) {
        connection.streamFault(streamId, Http2Error.FLOW_CONTROL_ERROR, "a window beyond 2^31-1");
      }
    } else if (isIdle(streamId)) {
      connectionFault(Http2Error.PROTOCOL_ERROR, "WINDOW_UPDATE on an idle stream");
    }
  }

  @Override
  public void unknownFrame(int streamId) {
    connection.spend(FrameBudget.Kind.UNKNOWN);
  }

  @Override
  public void streamFault(int streamId, Http2Error error, String detail) {
    if (isIdle(streamId) && streams.get(streamId) == null) {
      // There is no stream to be reset (RFC 9113 section 5.1).
      connectionFault(error, detail);
    } else {
      connection.streamFault(streamId, error, detail);
    }
  }

  @Override
  public void connectionFault(Http2Error error, String detail) {
    connection.fault(error, detail);
  }

  @Override
  public void continuationFlood(String detail) {
    connection.abuse(L7Counter.HTTP2_CONTINUATION_FLOOD, detail);
  }
}
