package io.gatehouse.benchmarks.latency;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A kept connection with at most one request under way. Owned by its loop's thread.
 *
 * <p>The loop has to call {@link #turn} often.
 */
final class PacedConnection {
  private static final int MAX_ANSWER_BYTES = 16_384;

  private final Wire wire;
  private final ByteBuffer request;
  private final Pace pace;
  private final ByteBuffer received = ByteBuffer.allocate(MAX_ANSWER_BYTES);
  private boolean waiting;

  /** Takes a wire over a connected, non-blocking channel. */
  PacedConnection(Wire wire, byte[] request, Pace pace) {
    this.wire = wire;
    this.request = ByteBuffer.wrap(request);
    this.pace = pace;
  }

  /** Sends the next request if it is due and nothing is under way. */
  boolean turn(long nowNanos) throws IOException {
    if (waiting || !pace.isDue(nowNanos)) {
      return false;
    }
    request.rewind();
    wire.write(request);
    waiting = true;
    return true;
  }

  /** Reads what has come. */
  void read() throws IOException {
    if (wire.read(received) < 0) {
      throw new EOFException("closed by the server");
    }
    if (Answer.length(received) >= 0) {
      received.clear();
      waiting = false;
      pace.answered(System.nanoTime());
    }
  }

  /** Ends the schedule; what has not been answered counts. */
  void end(long nowNanos) {
    pace.end(nowNanos);
  }

  void close() throws IOException {
    wire.channel().close();
  }
}
