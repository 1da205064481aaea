package io.gatehouse.l7.upstream;

import io.gatehouse.l7.h2.FrameWriter;
import io.gatehouse.l7.h2.Setting;
import io.gatehouse.l7.http.HeaderBlock;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * The body of one request on its way into a stream, as fast as the windows of the stream and of the
 * connection let it (RFC 9113 section 5.2). What they don't take waits here: at most what the
 * client's side hands over in one go, since it is stopped as soon as anything waits.
 *
 * <p>Owned by its loop's thread.
 */
final class Http2Outbox {
  private final Http2Link link;
  private int id;
  private long window;
  private @Nullable ByteBuf waiting;
  private @Nullable HeaderBlock trailers;
  private boolean ending;
  private boolean ended;
  private boolean writerStopped;
  private boolean inLine;
  private long progressNanos;

  Http2Outbox(Http2Link link) {
    this.link = link;
  }

  /** The head has been written. */
  void open(int streamId, boolean requestWhole) {
    id = streamId;
    window += link.peerWindow();
    ending = requestWhole;
    ended = requestWhole;
    progressNanos = link.loop().clock().nanos();
  }

  /** Whether END_STREAM has been written. */
  boolean hasEnded() {
    return ended;
  }

  /** Writes a piece of body, or keeps what can't go out yet. */
  void write(ByteBuf from, int length) {
    if (waiting != null) {
      waiting.writeBytes(from, length);
      return;
    }
    int sent = send(from, length);
    if (sent < length) {
      waiting = link.allocate(length - sent).writeBytes(from, length - sent);
      standInLine();
    }
  }

  /** Ends the body, once what waits is out. */
  void end(@Nullable HeaderBlock last) {
    ending = true;
    if (waiting == null) {
      writeEnd(last);
    } else if (last != null) {
      trailers = last.copy(); // it is lent only
    }
  }

  private void writeEnd(@Nullable HeaderBlock last) {
    ended = true;
    if (last == null) {
      link.writer().endData(id);
    } else {
      link.writer().trailers(id, last);
    }
  }

  private int send(ByteBuf from, int length) {
    FrameWriter writer = link.writer();
    int sent = 0;
    while (sent < length) {
      long fits = Math.min(window, link.sendWindow());
      int piece = (int) Math.min(Math.min(fits, length - sent), writer.maxFrameBytes());
      if (piece <= 0) {
        break;
      }
      writer.data(id, from, piece, false);
      window -= piece;
      link.spend(piece);
      sent += piece;
    }
    if (sent > 0) {
      progressNanos = link.loop().clock().nanos();
    }
    return sent;
  }

  /** Whether more should be written; if not, the stream is told when it should. */
  boolean isWritable() {
    boolean writable = mayWrite();
    if (!writable) {
      writerStopped = true;
      standInLine();
    }
    return writable;
  }

  private boolean mayWrite() {
    return waiting == null && window > 0 && link.sendWindow() > 0 && link.isWritable();
  }

  private void standInLine() {
    if (!inLine) {
      inLine = true;
      progressNanos = link.loop().clock().nanos();
      link.standInLine(this);
    }
  }

  /**
   * The windows have grown: sends what waits.
   *
   * @return whether the stream is to be told that it may write again
   */
  boolean resume() {
    inLine = false;
    if (waiting != null) {
      send(waiting, waiting.readableBytes());
      if (waiting.isReadable()) {
        standInLineStill();
        return false;
      }
      release();
      if (ending) {
        writeEnd(trailers);
        trailers = null;
        return false;
      }
    }
    if (!writerStopped || ended) {
      return false;
    }
    if (!mayWrite()) {
      standInLineStill();
      return false;
    }
    writerStopped = false;
    return true;
  }

  private void standInLineStill() {
    inLine = true;
    link.standInLine(this);
  }

  int id() {
    return id;
  }

  /**
   * Grows or, after a setting, shrinks the window.
   *
   * @return false if it would become larger than may be (section 6.9.1)
   */
  boolean grow(long bytes) {
    window += bytes;
    return window <= Setting.MAX_WINDOW_BYTES;
  }

  /** Whether the backend has let nothing more come for this long. */
  boolean isStalled(long nowNanos, long limitNanos) {
    return inLine && !ended && nowNanos - progressNanos >= limitNanos;
  }

  /** Forgets what waits. */
  void discard() {
    ending = true;
    release();
  }

  private void release() {
    if (waiting != null) {
      waiting.release();
      waiting = null;
    }
  }
}
