package io.gatehouse.l7.h2;

import static io.gatehouse.l7.h2.FrameType.ACK;
import static io.gatehouse.l7.h2.FrameType.END_HEADERS;
import static io.gatehouse.l7.h2.FrameType.END_STREAM;
import static io.gatehouse.l7.h2.FrameType.HEADER_BYTES;
import static io.gatehouse.l7.h2.FrameType.PADDED;
import static io.gatehouse.l7.h2.FrameType.PRIORITY_PRESENT;

import io.gatehouse.l7.http.HeadResult;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Reads frames (RFC 9113 sections 4 and 6) where they lie, and hands each to a {@link FrameHandler}
 * once it is whole. It makes no object per frame, and holds at most one field section that comes in
 * pieces, of bounded length and in a bounded number of pieces.
 *
 * <p>Owned by its channel's event loop.
 */
public final class FrameReader {
  /** Most CONTINUATION frames of one field section, empty ones included (CVE-2026-33871). */
  public static final int MAX_CONTINUATIONS = 32;

  private static final int SETTING_BYTES = 6;
  private static final int PRIORITY_BYTES = 5;
  private static final int STREAM_ID_BITS = 0x7FFFFFFF;

  private final FieldSectionDecoder decoder;
  private final int maxSectionBytes;
  private @Nullable ByteBuf section;
  private int sectionStream;
  private boolean sectionEndsStream;
  private boolean sectionDependsOnItself;
  private int continuations;
  private boolean failed;

  /**
   * @param maxSectionBytes longest field section, as it is encoded
   */
  public FrameReader(FieldSectionDecoder decoder, int maxSectionBytes) {
    this.decoder = decoder;
    this.maxSectionBytes = maxSectionBytes;
  }

  /** Whether a field section has begun and is not whole. */
  public boolean isInSection() {
    return section != null;
  }

  /** Reads nothing more, as after a fault of the connection. */
  public void stop() {
    failed = true;
  }

  /** Whether reading has stopped. */
  public boolean hasStopped() {
    return failed;
  }

  /** Forgets what has been read of a field section. */
  public void release() {
    if (section != null) {
      section.release();
      section = null;
    }
  }

  /**
   * Reads the frames that are whole, unless a fault stops it.
   *
   * @param in borrowed; consumed up to the first frame that isn't whole
   */
  public void read(ByteBuf in, ByteBufAllocator allocator, FrameHandler handler) {
    while (!failed && in.readableBytes() >= HEADER_BYTES) {
      int at = in.readerIndex();
      int length = in.getUnsignedMedium(at);
      if (length > Setting.DEFAULT_FRAME_BYTES) {
        fail(handler, Http2Error.FRAME_SIZE_ERROR, "a frame of " + length + " bytes");
        return;
      }
      if (in.readableBytes() < HEADER_BYTES + length) {
        return;
      }
      int type = in.getUnsignedByte(at + 3);
      int flags = in.getUnsignedByte(at + 4);
      int streamId = in.getInt(at + 5) & STREAM_ID_BITS;
      in.skipBytes(HEADER_BYTES);
      int end = at + HEADER_BYTES + length;
      frame(type, flags, streamId, length, in, allocator, handler);
      in.readerIndex(end);
    }
  }

  private void frame(
      int type,
      int flags,
      int streamId,
      int length,
      ByteBuf in,
      ByteBufAllocator allocator,
      FrameHandler handler) {
    if ((section != null) != (type == FrameType.CONTINUATION)
        || (section != null && streamId != sectionStream)) {
      fail(
          handler,
          Http2Error.PROTOCOL_ERROR,
          section == null
              ? "CONTINUATION without a field section"
              : "a frame of type " + type + " within a field section");
      return;
    }
    switch (type) {
      case FrameType.DATA -> data(flags, streamId, length, in, handler);
      case FrameType.HEADERS -> headers(flags, streamId, length, in, allocator, handler);
      case FrameType.CONTINUATION -> continuation(flags, length, in, handler);
      case FrameType.PRIORITY -> priority(streamId, length, in, handler);
      case FrameType.RST_STREAM -> reset(streamId, length, in, handler);
      case FrameType.SETTINGS -> settings(flags, streamId, length, in, handler);
      case FrameType.PING -> ping(flags, streamId, length, in, handler);
      case FrameType.GOAWAY -> goAway(streamId, length, in, handler);
      case FrameType.WINDOW_UPDATE -> windowUpdate(streamId, length, in, handler);
      case FrameType.PUSH_PROMISE ->
          // Of a client never allowed, of a server never asked for (section 8.4).
          fail(handler, Http2Error.PROTOCOL_ERROR, "PUSH_PROMISE");
      default -> handler.unknownFrame(streamId);
    }
  }

  private void data(int flags, int streamId, int length, ByteBuf in, FrameHandler handler) {
    if (streamId == 0) {
      fail(handler, Http2Error.PROTOCOL_ERROR, "DATA on stream 0");
      return;
    }
    int padding = padding(flags, length, in, handler);
    if (padding >= 0) {
      handler.data(streamId, in, length - padding, padding, (flags & END_STREAM) != 0);
    }
  }

  /** Octets of padding and of its length (section 6.1), or -1 after a fault. */
  private int padding(int flags, int length, ByteBuf in, FrameHandler handler) {
    if ((flags & PADDED) == 0) {
      return 0;
    }
    if (length == 0) {
      fail(handler, Http2Error.FRAME_SIZE_ERROR, "no room for the length of the padding");
      return -1;
    }
    int padding = in.readUnsignedByte() + 1;
    if (padding > length) {
      fail(handler, Http2Error.PROTOCOL_ERROR, "more padding than frame");
      return -1;
    }
    return padding;
  }

  private void headers(
      int flags,
      int streamId,
      int length,
      ByteBuf in,
      ByteBufAllocator allocator,
      FrameHandler handler) {
    if (streamId == 0) {
      fail(handler, Http2Error.PROTOCOL_ERROR, "HEADERS on stream 0");
      return;
    }
    int fragment = length - padding(flags, length, in, handler);
    if (failed) {
      return;
    }
    sectionDependsOnItself = false;
    if ((flags & PRIORITY_PRESENT) != 0) {
      fragment -= PRIORITY_BYTES;
      if (fragment < 0) {
        fail(handler, Http2Error.FRAME_SIZE_ERROR, "no room for the priority");
        return;
      }
      sectionDependsOnItself = (in.readInt() & STREAM_ID_BITS) == streamId;
      in.skipBytes(1);
    }
    sectionStream = streamId;
    sectionEndsStream = (flags & END_STREAM) != 0;
    if ((flags & END_HEADERS) != 0) {
      int end = in.writerIndex();
      in.writerIndex(in.readerIndex() + fragment);
      HeadResult result = decode(in, handler);
      in.writerIndex(end);
      deliver(result, handler);
    } else {
      continuations = 0;
      section = allocator.heapBuffer(2 * fragment + HEADER_BYTES).writeBytes(in, fragment);
    }
  }

  private void continuation(int flags, int length, ByteBuf in, FrameHandler handler) {
    ByteBuf whole = section;
    assert whole != null;
    if (whole.readableBytes() + length > maxSectionBytes) {
      flood(handler, "a field section of more than " + maxSectionBytes + " bytes");
      return;
    }
    if (++continuations > MAX_CONTINUATIONS) {
      flood(handler, "a field section in more than " + MAX_CONTINUATIONS + " CONTINUATION frames");
      return;
    }
    whole.writeBytes(in, length);
    if ((flags & END_HEADERS) != 0) {
      HeadResult result = decode(whole, handler);
      release();
      deliver(result, handler);
    }
  }

  private HeadResult decode(ByteBuf fragment, FrameHandler handler) {
    return decoder.decode(sectionStream, fragment, handler.headFor(sectionStream));
  }

  private void deliver(HeadResult result, FrameHandler handler) {
    if (result == HeadResult.Progress.NEED_MORE) {
      fail(handler, Http2Error.COMPRESSION_ERROR, "a field section that can't be decoded");
      return;
    }
    handler.headers(sectionStream, result, decoder, sectionEndsStream, sectionDependsOnItself);
  }

  private void priority(int streamId, int length, ByteBuf in, FrameHandler handler) {
    if (streamId == 0) {
      fail(handler, Http2Error.PROTOCOL_ERROR, "PRIORITY on stream 0");
    } else if (length != PRIORITY_BYTES) {
      handler.streamFault(
          streamId, Http2Error.FRAME_SIZE_ERROR, "PRIORITY of " + length + " bytes");
    } else if ((in.getInt(in.readerIndex()) & STREAM_ID_BITS) == streamId) {
      handler.streamFault(streamId, Http2Error.PROTOCOL_ERROR, "a stream that depends on itself");
    } else {
      handler.priority(streamId);
    }
  }

  private void reset(int streamId, int length, ByteBuf in, FrameHandler handler) {
    if (streamId == 0) {
      fail(handler, Http2Error.PROTOCOL_ERROR, "RST_STREAM on stream 0");
    } else if (length != Integer.BYTES) {
      fail(handler, Http2Error.FRAME_SIZE_ERROR, "RST_STREAM of " + length + " bytes");
    } else {
      handler.reset(streamId, in.readUnsignedInt());
    }
  }

  private void settings(int flags, int streamId, int length, ByteBuf in, FrameHandler handler) {
    if (streamId != 0) {
      fail(handler, Http2Error.PROTOCOL_ERROR, "SETTINGS on stream " + streamId);
    } else if ((flags & ACK) != 0) {
      if (length == 0) {
        handler.settingsAck();
      } else {
        fail(handler, Http2Error.FRAME_SIZE_ERROR, "SETTINGS ACK of " + length + " bytes");
      }
    } else if (length % SETTING_BYTES != 0) {
      fail(handler, Http2Error.FRAME_SIZE_ERROR, "SETTINGS of " + length + " bytes");
    } else {
      for (int left = length; left > 0 && !failed; left -= SETTING_BYTES) {
        handler.setting(in.readUnsignedShort(), in.readUnsignedInt());
      }
      if (!failed) {
        handler.settingsEnd();
      }
    }
  }

  private void ping(int flags, int streamId, int length, ByteBuf in, FrameHandler handler) {
    if (streamId != 0) {
      fail(handler, Http2Error.PROTOCOL_ERROR, "PING on stream " + streamId);
    } else if (length != Long.BYTES) {
      fail(handler, Http2Error.FRAME_SIZE_ERROR, "PING of " + length + " bytes");
    } else if ((flags & ACK) != 0) {
      handler.pingAck(in.readLong());
    } else {
      handler.ping(in.readLong());
    }
  }

  private void goAway(int streamId, int length, ByteBuf in, FrameHandler handler) {
    if (streamId != 0) {
      fail(handler, Http2Error.PROTOCOL_ERROR, "GOAWAY on stream " + streamId);
    } else if (length < Long.BYTES) {
      fail(handler, Http2Error.FRAME_SIZE_ERROR, "GOAWAY of " + length + " bytes");
    } else {
      handler.goAway(in.readInt() & STREAM_ID_BITS, in.readUnsignedInt());
    }
  }

  private void windowUpdate(int streamId, int length, ByteBuf in, FrameHandler handler) {
    if (length != Integer.BYTES) {
      fail(handler, Http2Error.FRAME_SIZE_ERROR, "WINDOW_UPDATE of " + length + " bytes");
      return;
    }
    int increment = in.readInt() & STREAM_ID_BITS;
    if (increment > 0) {
      handler.windowUpdate(streamId, increment);
    } else if (streamId == 0) {
      fail(handler, Http2Error.PROTOCOL_ERROR, "WINDOW_UPDATE by 0");
    } else {
      handler.streamFault(streamId, Http2Error.PROTOCOL_ERROR, "WINDOW_UPDATE by 0");
    }
  }

  private void fail(FrameHandler handler, Http2Error error, String detail) {
    failed = true;
    handler.connectionFault(error, detail);
  }

  private void flood(FrameHandler handler, String detail) {
    failed = true;
    handler.continuationFlood(detail);
  }
}
