package io.gatehouse.l7.upstream;

import io.gatehouse.l7.http.BodyFraming;
import io.gatehouse.l7.http.HeaderBlock;
import io.netty.buffer.ByteBuf;

/**
 * What an upstream connection tells the exchange that uses it. Called on the loop, from {@link
 * UpstreamConnection#use} until the response has ended, failed, or the connection was given back.
 */
public interface UpstreamEvents {
  /** The connection stands: send. May be called from within {@link UpstreamConnection#use}. */
  void upstreamReady();

  /**
   * A response head; interim ones (1xx) come first and are followed by another.
   *
   * @param head lent for the call, to be edited and written
   */
  void responseHead(HeaderBlock head, BodyFraming framing);

  /**
   * A piece of the response body.
   *
   * @param from lent; the next {@code length} bytes are to be consumed
   * @param length more than 0
   */
  void responseBody(ByteBuf from, int length);

  /** The response is whole. */
  void responseEnd();

  /**
   * The attempt has failed and the connection is closed; nothing more follows.
   *
   * @param detail in words, for the log
   */
  void attemptFailed(UpstreamFailure failure, String detail);

  /** No more is to be read for now: flush what was written. */
  void upstreamReadComplete();

  /** The backend takes bytes again. */
  void upstreamWritable();
}
