package io.gatehouse.l7.downstream;

import static java.util.concurrent.TimeUnit.SECONDS;

import io.gatehouse.l7.h2.FrameType;
import io.gatehouse.l7.h2.FrameWriter;
import io.gatehouse.l7.h2.Http2Error;

/**
 * Gives a connection up without losing a request (RFC 9113 section 6.8): a first GOAWAY says that
 * it will be, and takes every stream that is on its way; a PING behind it tells when the client has
 * read that; a second GOAWAY then names the last stream that is taken. Owned by its connection's
 * event loop.
 */
final class Farewell {
  /** How long a client may take to answer the PING. */
  private static final long GRACE_NANOS = SECONDS.toNanos(1);

  private static final long PING = 0x676f61776179L;
  private static final int NOT_SAID = -1;

  private final FrameWriter writer;
  private boolean begun;
  private long begunNanos;
  private int lastStream = NOT_SAID;

  Farewell(FrameWriter writer) {
    this.writer = writer;
  }

  /** Says that the connection will be given up; again changes nothing. */
  void begin(long nowNanos) {
    if (!begun) {
      begun = true;
      begunNanos = nowNanos;
      writer.goAway(FrameType.MAX_STREAM_ID, Http2Error.NO_ERROR);
      writer.ping(false, PING);
    }
  }

  /** A PING was answered; whether it was the one behind the first GOAWAY. */
  boolean isAnswered(long opaque) {
    return begun && opaque == PING;
  }

  /** Whether the client has had its time to answer. */
  boolean isDue(long nowNanos) {
    return begun && lastStream == NOT_SAID && nowNanos - begunNanos >= GRACE_NANOS;
  }

  /** Names the last stream that is taken; again changes nothing. */
  void complete(int lastStreamId) {
    if (lastStream == NOT_SAID) {
      begun = true;
      lastStream = lastStreamId;
      writer.goAway(lastStreamId, Http2Error.NO_ERROR);
    }
  }

  boolean hasBegun() {
    return begun;
  }

  /** Whether no stream is taken any more that isn't open yet. */
  boolean isComplete() {
    return lastStream != NOT_SAID;
  }

  /** Whether a stream with this number comes too late. */
  boolean isTooLate(int streamId) {
    return lastStream != NOT_SAID && streamId > lastStream;
  }
}
