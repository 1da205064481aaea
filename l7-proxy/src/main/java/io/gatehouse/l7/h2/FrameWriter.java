package io.gatehouse.l7.h2;

import io.gatehouse.l7.http.HeaderBlock;
import io.gatehouse.l7.http.WebSocketKeys;
import io.gatehouse.l7.message.OutputBuffer;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Writes frames (RFC 9113 section 6) to one channel. Flow control is the caller's. Frames are
 * gathered; a large piece of data passes through uncopied behind its header.
 *
 * <p>Owned by its channel's event loop.
 */
public final class FrameWriter {
  private static final int ERROR_BYTES = 4;

  private final OutputBuffer out;
  private final FieldSectionEncoder encoder = new FieldSectionEncoder();
  private int maxFrameBytes = Setting.DEFAULT_FRAME_BYTES;
  private @Nullable ByteBuf lastData;
  private int lastDataFlags;
  private int lastDataStream;
  private long lastDataBuffer;

  public FrameWriter(OutputBuffer out) {
    this.out = out;
  }

  /** The peer takes frames of this size (SETTINGS_MAX_FRAME_SIZE). */
  public void allowFrames(int bytes) {
    maxFrameBytes = bytes;
  }

  /** The largest frame payload that is written. */
  public int maxFrameBytes() {
    // Larger ones would hold up the frames of other streams, and save next to nothing.
    return Math.min(maxFrameBytes, Setting.DEFAULT_FRAME_BYTES);
  }

  /** The peer's decoder allows its table this size. */
  public void allowTable(long bytes) {
    encoder.allowTable(bytes);
  }

  /**
   * Writes SETTINGS.
   *
   * @param idsAndValues one after the other
   */
  public void settings(int... idsAndValues) {
    ByteBuf to = header(FrameType.SETTINGS, 0, 0, idsAndValues.length * 3);
    for (int i = 0; i < idsAndValues.length; i += 2) {
      to.writeShort(idsAndValues[i]);
      to.writeInt(idsAndValues[i + 1]);
    }
  }

  public void settingsAck() {
    header(FrameType.SETTINGS, FrameType.ACK, 0, 0);
  }

  public void ping(boolean ack, long opaque) {
    header(FrameType.PING, ack ? FrameType.ACK : 0, 0, Long.BYTES).writeLong(opaque);
  }

  public void goAway(int lastStreamId, Http2Error error) {
    header(FrameType.GOAWAY, 0, 0, Integer.BYTES + ERROR_BYTES)
        .writeInt(lastStreamId)
        .writeInt(error.code());
  }

  public void reset(int streamId, Http2Error error) {
    header(FrameType.RST_STREAM, 0, streamId, ERROR_BYTES).writeInt(error.code());
  }

  public void windowUpdate(int streamId, int increment) {
    header(FrameType.WINDOW_UPDATE, 0, streamId, Integer.BYTES).writeInt(increment);
  }

  /** Writes the head of a response. */
  public void response(int streamId, HeaderBlock head, boolean endStream) {
    ByteBuf to = header(FrameType.HEADERS, 0, streamId, 0);
    int start = to.writerIndex();
    encoder.response(head, to);
    endSection(to, start, streamId, endStream);
  }

  /** Writes the head of a request; its Host becomes {@code :authority}. */
  public void request(int streamId, HeaderBlock head, boolean secure, boolean endStream) {
    ByteBuf to = header(FrameType.HEADERS, 0, streamId, 0);
    int start = to.writerIndex();
    encoder.request(head, secure, to);
    endSection(to, start, streamId, endStream);
  }

  /** Writes the head of a request for a WebSocket, whose octets follow as data. */
  public void webSocket(int streamId, HeaderBlock head, boolean secure) {
    ByteBuf to = header(FrameType.HEADERS, 0, streamId, 0);
    int start = to.writerIndex();
    encoder.connect(head, secure, WebSocketKeys.PROTOCOL, WebSocketKeys.KEY, to);
    endSection(to, start, streamId, false);
  }

  /** Writes a trailer section, which ends the stream. */
  public void trailers(int streamId, HeaderBlock trailers) {
    ByteBuf to = header(FrameType.HEADERS, 0, streamId, 0);
    int start = to.writerIndex();
    encoder.trailers(trailers, to);
    endSection(to, start, streamId, true);
  }

  /** Completes the header of HEADERS, and breaks off what is too long into CONTINUATIONs. */
  private void endSection(ByteBuf to, int start, int streamId, boolean endStream) {
    int length = to.writerIndex() - start;
    int flags = endStream ? FrameType.END_STREAM : 0;
    int first = Math.min(length, maxFrameBytes());
    boolean whole = first == length;
    to.setMedium(start - FrameType.HEADER_BYTES, first);
    to.setByte(start - FrameType.HEADER_BYTES + 4, flags | (whole ? FrameType.END_HEADERS : 0));
    if (!whole) {
      ByteBuf rest = to.copy(start + first, length - first);
      to.writerIndex(start + first);
      while (rest.isReadable()) {
        int next = Math.min(rest.readableBytes(), maxFrameBytes());
        boolean last = next == rest.readableBytes();
        header(FrameType.CONTINUATION, last ? FrameType.END_HEADERS : 0, streamId, next)
            .writeBytes(rest, next);
      }
      rest.release();
    }
    out.passIfFull();
  }

  /**
   * Writes DATA.
   *
   * @param from lent; its next {@code length} bytes are consumed
   * @param length up to {@link #maxFrameBytes()}
   */
  public void data(int streamId, ByteBuf from, int length, boolean endStream) {
    ByteBuf to = header(FrameType.DATA, endStream ? FrameType.END_STREAM : 0, streamId, length);
    lastData = to;
    lastDataFlags = to.writerIndex() - FrameType.HEADER_BYTES + 4;
    lastDataStream = streamId;
    lastDataBuffer = out.passedBuffers();
    out.append(from, length);
  }

  /**
   * Ends a stream behind its data: the last frame of it is marked if it can still be had, else an
   * empty one follows.
   */
  public void endData(int streamId) {
    var data = lastData;
    if (data != null && lastDataStream == streamId && out.passedBuffers() == lastDataBuffer) {
      data.setByte(lastDataFlags, FrameType.END_STREAM);
      lastData = null;
    } else {
      header(FrameType.DATA, FrameType.END_STREAM, streamId, 0);
    }
  }

  private ByteBuf header(int type, int flags, int streamId, int length) {
    lastData = null;
    ByteBuf to = out.buffer();
    to.writeMedium(length);
    to.writeByte(type);
    to.writeByte(flags);
    to.writeInt(streamId);
    return to;
  }
}
