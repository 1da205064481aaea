package io.gatehouse.l7.exchange;

import io.gatehouse.l7.http.BodyFraming;
import io.gatehouse.l7.http.HeaderBlock;
import io.gatehouse.l7.http.RequestId;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * The client's side of an exchange, in whatever protocol the client speaks. Called on the loop.
 *
 * <p>An answer is any number of interim heads, then a head, and, unless its framing is {@link
 * BodyFraming.Kind#NONE}, pieces of body and the end; or one error. The client sees it after {@link
 * #flush}. An exchange ends with {@link #answered} or {@link #cut}. How the body is framed, and
 * whether a connection carries another request, is this side's matter.
 */
public interface Downstream {
  /**
   * Passes an interim response (1xx) on.
   *
   * @param head with no field that holds for one connection only; borrowed, and edited
   * @return false if this client may not be sent any (RFC 9110 section 15.2)
   */
  boolean writeInterim(HeaderBlock head);

  /**
   * Begins the answer.
   *
   * @param head with no field that holds for one connection only; borrowed, and edited
   * @param framing how long the body is, if that is known; borrowed
   */
  void writeHead(HeaderBlock head, BodyFraming framing);

  /**
   * The backend agrees to what the request asked for: says so to the client. From now on {@link
   * #writeBody} goes into the tunnel and {@link #writeEnd} is the backend's end; what comes out is
   * handed over as a request body and its end, as {@link #readBody} asks for it. The exchange ends
   * after both.
   *
   * @param head with no field that holds for one connection only; borrowed, and edited
   */
  void writeSwitch(HeaderBlock head);

  /**
   * Passes a piece of body on.
   *
   * @param from lent; its next {@code length} bytes are consumed
   * @param length more than 0
   */
  void writeBody(ByteBuf from, int length);

  /**
   * Ends the body.
   *
   * @param trailers borrowed; dropped where the protocol or the framing has no place for them
   */
  void writeEnd(@Nullable HeaderBlock trailers);

  /**
   * Writes a whole answer of Gatehouse's own.
   *
   * @param withBody false in answer to HEAD
   */
  void writeError(int status, RequestId id, boolean withBody);

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

  /** The exchange is over and the answer written whole; sends what has been written. */
  void answered();

  /** The exchange is over without a whole answer: the client must not take it for one. */
  void cut();
}
