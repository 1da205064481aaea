package io.gatehouse.l7.upstream;

import io.gatehouse.l7.http.BodyFraming;
import io.gatehouse.l7.http.HeaderBlock;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * What an upstream stream tells the exchange that uses it. Called on the loop, from {@link
 * UpstreamStream#use} until the response has ended, failed, or the stream was given back.
 */
public interface UpstreamEvents {
  /** A connection stands: write. May be called from within {@link UpstreamStream#use}. */
  void upstreamReady();

  /**
   * A response head; interim ones (1xx) come first and are followed by another.
   *
   * @param head lent for the call, to be edited and written; with no field that holds for one
   *     connection only
   * @param framing how long the body is, if that is known; lent for the call. {@link
   *     BodyFraming.Kind#NONE} says that there is none, as for a response to HEAD
   */
  void responseHead(HeaderBlock head, BodyFraming framing);

  /**
   * The backend agrees to {@link HeaderBlock#upgrade}: a tunnel begins. From now on {@link
   * #responseBody} brings what comes out of it and {@link #responseEnd} the backend's end, beyond
   * which it can be written to still; what goes in is a body and its end, too.
   *
   * @param head of the response that says so; lent for the call
   */
  void switched(HeaderBlock head);

  /**
   * A piece of the response body.
   *
   * @param from lent; the next {@code length} bytes are to be consumed
   * @param length more than 0
   */
  void responseBody(ByteBuf from, int length);

  /**
   * The response is whole.
   *
   * @param trailers lent for the call; null if there are none
   */
  void responseEnd(@Nullable HeaderBlock trailers);

  /**
   * The attempt has failed and the stream is of no more use; nothing more follows.
   *
   * @param detail in words, for the log
   */
  void attemptFailed(UpstreamFailure failure, String detail);

  /** No more is to be read for now: flush what was written. */
  void upstreamReadComplete();

  /** The backend takes bytes again. */
  void upstreamWritable();
}
