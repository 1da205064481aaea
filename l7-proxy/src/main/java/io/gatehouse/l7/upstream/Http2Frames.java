package io.gatehouse.l7.upstream;

import io.gatehouse.l7.h2.FieldSectionDecoder;
import io.gatehouse.l7.h2.FrameHandler;
import io.gatehouse.l7.h2.Http2Error;
import io.gatehouse.l7.h2.Setting;
import io.gatehouse.l7.http.BodyFraming;
import io.gatehouse.l7.http.HeadResult;
import io.gatehouse.l7.http.HeaderBlock;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;

/**
 * Takes the frames of one backend: hands those of a response to its stream, answers those of the
 * connection, and counts those that carry nothing forward.
 *
 * <p>Owned by its loop's thread.
 */
final class Http2Frames implements FrameHandler {
  private final Http2Link link;
  private final HeaderBlock head;
  private final BodyFraming framing = new BodyFraming();
  private final ArrayDeque<Http2Stream> touched = new ArrayDeque<>();
  private boolean settingsSeen;
  private boolean carriesWebSockets;
  private long maxStreams = -1;
  private long window = -1;

  /**
   * @param head where heads are read into, one after the other
   */
  Http2Frames(Http2Link link, HeaderBlock head) {
    this.link = link;
    this.head = head;
  }

  /** How the body behind the head that was read last is delimited. */
  BodyFraming framing() {
    return framing;
  }

  /** Whether the backend's settings are known. */
  boolean settingsSeen() {
    return settingsSeen;
  }

  /** Whether the backend takes WebSockets (RFC 8441 section 3). */
  boolean carriesWebSockets() {
    return carriesWebSockets;
  }

  /** All that came at once has been read. */
  void readComplete() {
    while (!touched.isEmpty()) {
      touched.remove().readComplete();
    }
  }

  @Override
  public void data(int streamId, ByteBuf from, int length, int paddingBytes, boolean endStream) {
    if (!begun(streamId)) {
      return;
    }
    link.received(length + paddingBytes);
    var stream = link.stream(streamId);
    if (stream == null) {
      link.takesControlFrame(); // given up here, and the backend doesn't know yet
      return;
    }
    if (length == 0 && !endStream && !link.takesControlFrame()) {
      return;
    }
    touch(stream);
    stream.data(from, length, paddingBytes, endStream);
  }

  private void touch(Http2Stream stream) {
    if (touched.peekLast() != stream) {
      touched.add(stream);
    }
  }

  /** Whether the settings have come first, and the stream is one that was opened here. */
  private boolean begun(int streamId) {
    if (!settingsSeen) {
      link.fault(Http2Error.PROTOCOL_ERROR, "no SETTINGS at first");
    } else if (streamId != 0 && !link.hasOpened(streamId)) {
      link.fault(Http2Error.PROTOCOL_ERROR, "a frame on stream " + streamId + ", which is idle");
    } else {
      return true;
    }
    return false;
  }

  @Override
  public HeaderBlock headFor(int streamId) {
    return head;
  }

  @Override
  public void headers(
      int streamId,
      HeadResult result,
      FieldSectionDecoder fields,
      boolean endStream,
      boolean dependsOnItself) {
    if (!begun(streamId)) {
      return;
    }
    var stream = link.stream(streamId);
    if (stream == null) {
      link.takesControlFrame();
      return;
    }
    touch(stream);
    stream.headers(result, head, fields, endStream);
  }

  @Override
  public void priority(int streamId) {
    link.takesControlFrame();
  }

  @Override
  public void reset(int streamId, long errorCode) {
    if (begun(streamId) && link.takesControlFrame()) {
      var stream = link.stream(streamId);
      if (stream != null) {
        stream.reset(Http2Error.of(errorCode));
      }
    }
  }

  @Override
  public void setting(int id, long value) {
    switch (id) {
      case Setting.MAX_CONCURRENT_STREAMS -> maxStreams = value;
      case Setting.INITIAL_WINDOW_SIZE -> {
        window = value;
        if (value > Setting.MAX_WINDOW_BYTES) {
          link.fault(Http2Error.FLOW_CONTROL_ERROR, "INITIAL_WINDOW_SIZE " + value);
        }
      }
      case Setting.MAX_FRAME_SIZE -> {
        if (value < Setting.DEFAULT_FRAME_BYTES || value > Setting.MAX_FRAME_BYTES) {
          link.fault(Http2Error.PROTOCOL_ERROR, "MAX_FRAME_SIZE " + value);
        } else {
          link.writer().allowFrames((int) value);
        }
      }
      case Setting.ENABLE_CONNECT_PROTOCOL -> {
        if (value > 1) {
          link.fault(Http2Error.PROTOCOL_ERROR, "ENABLE_CONNECT_PROTOCOL " + value);
        }
        carriesWebSockets = value == 1;
      }
      case Setting.HEADER_TABLE_SIZE -> link.writer().allowTable(value);
      case Setting.ENABLE_PUSH -> {
        if (value != 0) {
          link.fault(Http2Error.PROTOCOL_ERROR, "ENABLE_PUSH of a server");
        }
      }
      default -> {} // others don't matter here (RFC 9113 section 6.5.2)
    }
  }

  @Override
  public void settingsEnd() {
    settingsSeen = true;
    if (!link.takesControlFrame()) {
      return;
    }
    link.writer().settingsAck();
    if (window >= 0 && !link.takePeerWindow((int) window)) {
      link.fault(Http2Error.FLOW_CONTROL_ERROR, "a window of more than 2^31-1");
      return;
    }
    if (maxStreams >= 0) {
      link.takePeerMaxStreams(maxStreams);
    }
    window = -1;
    maxStreams = -1;
    link.settingsCame();
    link.resumeLine();
  }

  @Override
  public void settingsAck() {
    link.takesControlFrame();
  }

  @Override
  public void ping(long opaque) {
    if (link.takesControlFrame()) {
      link.writer().ping(true, opaque);
    }
  }

  @Override
  public void pingAck(long opaque) {
    link.takesControlFrame();
  }

  @Override
  public void goAway(int lastStreamId, long errorCode) {
    if (link.takesControlFrame()) {
      link.goAway(lastStreamId, Http2Error.of(errorCode));
    }
  }

  @Override
  public void windowUpdate(int streamId, int increment) {
    if (!begun(streamId) || !link.takesControlFrame()) {
      return;
    }
    if (streamId == 0) {
      if (!link.growWindow(increment)) {
        link.fault(Http2Error.FLOW_CONTROL_ERROR, "a window of more than 2^31-1");
        return;
      }
    } else {
      var stream = link.stream(streamId);
      if (stream == null) {
        return;
      }
      if (!stream.outbox().grow(increment)) {
        stream.fail(
            UpstreamFailure.BAD_RESPONSE,
            Http2Error.FLOW_CONTROL_ERROR,
            "a window of more than 2^31-1");
        return;
      }
    }
    link.resumeLine();
  }

  @Override
  public void unknownFrame(int streamId) {
    link.takesControlFrame();
  }

  @Override
  public void streamFault(int streamId, Http2Error error, String detail) {
    var stream = link.stream(streamId);
    if (stream != null) {
      stream.fail(UpstreamFailure.BAD_RESPONSE, error, detail);
    } else {
      link.takesControlFrame();
    }
  }

  @Override
  public void connectionFault(Http2Error error, String detail) {
    link.fault(error, detail);
  }

  @Override
  public void continuationFlood(String detail) {
    link.fault(Http2Error.ENHANCE_YOUR_CALM, detail);
  }
}
