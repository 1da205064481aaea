package io.gatehouse.l7.exchange;

import io.gatehouse.l7.http.HeaderBlock;
import io.gatehouse.l7.http.RequestId;
import io.netty.buffer.ByteBuf;

/**
 * The client's side of an exchange, in whatever protocol it speaks. Called on the loop.
 *
 * <p>An answer is a head, pieces of body, and the end; or one error. Writes are seen by the client
 * after {@link #flush}.
 */
public interface Downstream {
  /** Passes an interim response on; the head is borrowed. */
  void writeInterim(HeaderBlock head);

  /** Begins the answer; the head is borrowed and says how the body is framed. */
  void writeHead(HeaderBlock head);

  /**
   * Passes a piece of body on.
   *
   * @param from lent; its next {@code length} bytes are consumed
   */
  void writeBody(ByteBuf from, int length, boolean chunked);

  /** Ends the answer. */
  void writeEnd(boolean chunked);

  /** Writes a whole answer of Gatehouse's own. */
  void writeError(int status, RequestId id, boolean close, boolean withBody);

  /** Sends what has been written. */
  void flush();

  /** Whether more should be written now. */
  boolean isWritable();

  /** Begins, stops or resumes to hand over the request body. */
  void readBody(boolean more);

  /**
   * Whether it is handing over input just now, so that {@link Exchange#clientReadComplete} will
   * follow.
   */
  boolean isHandingOver();

  /**
   * The exchange is over and the answer whole; sends what has been written.
   *
   * @param keepAlive whether another request may follow on the connection
   */
  void answered(boolean keepAlive);

  /**
   * The exchange is over without a whole answer: the client must not take it for one.
   *
   * @param endsWithClose whether the answer was to end with the connection, so that an orderly
   *     close would look like its end
   */
  void cut(boolean endsWithClose);
}
