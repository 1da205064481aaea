package io.gatehouse.l7.downstream;

import io.gatehouse.l7.h2.FrameWriter;
import io.gatehouse.l7.h2.Setting;
import io.gatehouse.l7.message.BufferQueue;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import java.util.ArrayDeque;

/**
 * Sends the bodies of a connection's answers as far as the client's windows let it (RFC 9113
 * section 5.2). What has to wait is kept by its stream, up to what the backend had sent before it
 * was stopped; streams that wait for the connection's window take turns.
 *
 * <p>A window that is a few octets wide is not used up at once: frames of an octet each would cost
 * both sides far more than they carry (CVE-2019-9511). Where the client's windows are never wider,
 * such frames are sent, and counted.
 *
 * <p>Owned by its connection's event loop.
 */
final class DataFlow {
  /** Less than this is sent only if nothing else is to be sent, or the windows are never wider. */
  private static final int WORTHWHILE_BYTES = 1024;

  /** A frame of less than this, when more was to be sent, is counted as tiny. */
  private static final int TINY_BYTES = 128;

  /** Window updates that are to be expected for one frame of data. */
  private static final int UPDATES_PER_FRAME = 4;

  /** Clients that measure the path's bandwidth send one for each frame that they get (gRPC). */
  private static final int PINGS_PER_FRAME = 1;

  private final Channel channel;
  private final FrameWriter writer;
  private final FrameBudget budget;
  private final ArrayDeque<Http2Stream> waiting = new ArrayDeque<>(4);
  private int window = Setting.DEFAULT_WINDOW_BYTES;
  private int initialStreamWindow = Setting.DEFAULT_WINDOW_BYTES;
  private boolean dribbled;

  DataFlow(Channel channel, FrameWriter writer, FrameBudget budget) {
    this.channel = channel;
    this.writer = writer;
    this.budget = budget;
  }

  /** The window that a stream begins with. */
  int initialStreamWindow() {
    return initialStreamWindow;
  }

  /** The client sets the window of its streams; those that are open are changed by the caller. */
  void setInitialStreamWindow(int bytes) {
    initialStreamWindow = bytes;
  }

  /** Widens the connection's window; false if it becomes wider than may be (section 6.9.1). */
  boolean widen(int increment) {
    if (window > Setting.MAX_WINDOW_BYTES - increment) {
      return false;
    }
    window += increment;
    return true;
  }

  /** Whether the client has made us send more tiny frames than is good. */
  boolean hasDribbled() {
    return dribbled;
  }

  /**
   * Sends a piece of body, or lets it wait.
   *
   * @param from lent; its next {@code length} bytes are consumed
   */
  void write(Http2Stream stream, ByteBuf from, int length) {
    var queue = stream.waitingData();
    int sent = queue.isEmpty() ? send(stream, from, length, length) : 0;
    if (sent < length) {
      queue.add(channel.alloc(), from, length - sent);
      if (!stream.isInLine()) {
        stream.setInLine(true);
        waiting.add(stream);
      }
    }
  }

  /** Forgets a stream that has ended. */
  void remove(Http2Stream stream) {
    if (stream.isInLine()) {
      stream.setInLine(false);
      waiting.remove(stream);
    }
  }

  /** Sends what waits, in turns, as far as the windows and the channel let it. */
  void sendWaiting() {
    boolean progress = true;
    while (progress && window > 0) {
      progress = false;
      for (int i = waiting.size(); i > 0 && channel.isWritable(); i--) {
        var stream = waiting.poll();
        if (stream == null) {
          break; // One that was visited has ended others.
        }
        stream.setInLine(false);
        progress |= sendSome(stream);
        if (!stream.waitingData().isEmpty() && !stream.isInLine()) {
          stream.setInLine(true);
          waiting.add(stream);
        }
      }
    }
  }

  /** Sends about a frame of what waits on a stream; whether anything was sent. */
  private boolean sendSome(Http2Stream stream) {
    BufferQueue queue = stream.waitingData();
    int sent = 0;
    while (!queue.isEmpty() && sent < Setting.DEFAULT_FRAME_BYTES) {
      var first = queue.first();
      int some = send(stream, first, first.readableBytes(), queue.bytes());
      queue.consumed(some);
      sent += some;
      if (some == 0) {
        break;
      }
    }
    if (sent > 0) {
      stream.dataSent();
    }
    return sent > 0;
  }

  /** Sends as much as the windows allow, and returns how much. */
  private int send(Http2Stream stream, ByteBuf from, int length, int waitingBytes) {
    int sent = 0;
    while (sent < length) {
      int piece = piece(stream, length - sent, waitingBytes - sent);
      if (piece == 0) {
        break;
      }
      writer.data(stream.id(), from, piece, false);
      stream.narrow(piece);
      window -= piece;
      sent += piece;
      budget.earn(FrameBudget.Kind.WINDOW_UPDATE, UPDATES_PER_FRAME);
      budget.earn(FrameBudget.Kind.PING, PINGS_PER_FRAME);
    }
    return sent;
  }

  private int piece(Http2Stream stream, int length, int waitingBytes) {
    int open = Math.min(window, stream.sendWindow());
    if (open <= 0) {
      return 0;
    }
    int piece = Math.min(length, Math.min(open, writer.maxFrameBytes()));
    boolean narrow = open < waitingBytes && open < WORTHWHILE_BYTES;
    if (narrow && open < Math.max(1, initialStreamWindow / 2)) {
      return 0;
    }
    if (narrow && open < TINY_BYTES) {
      dribbled |= !budget.spend(FrameBudget.Kind.TINY_DATA);
    }
    return piece;
  }
}
