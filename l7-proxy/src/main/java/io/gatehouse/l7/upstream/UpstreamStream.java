package io.gatehouse.l7.upstream;

import io.gatehouse.l7.RouteConfig;
import io.gatehouse.l7.http.BodyFraming;
import io.gatehouse.l7.http.HeaderBlock;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * One request's way to a backend and its answer's way back, in whatever protocol the backend
 * speaks. Called on the loop.
 *
 * <p>{@link #use} comes first. After {@link UpstreamEvents#upstreamReady} the request is written: a
 * head, then, unless its framing is {@link BodyFraming.Kind#NONE}, pieces of body and the end. The
 * backend sees it after {@link #flush}. The use ends with {@link UpstreamEvents#attemptFailed}, or
 * with one of {@link #giveBack} and {@link #abort}.
 */
public interface UpstreamStream {
  /**
   * Begins an attempt; {@link UpstreamEvents#upstreamReady} follows, at once where a connection
   * stands.
   *
   * @param timeouts of the request's route
   */
  void use(UpstreamEvents exchange, RouteConfig.Timeouts timeouts);

  /**
   * Whether its connection has carried a request before, so that the backend may have been closing
   * it just now. Holds beyond a failure.
   */
  boolean isReused();

  /** Whether it may be written to. */
  boolean isConnected();

  /** Whether a byte of the response has arrived. Holds beyond a failure. */
  boolean responseSeen();

  /** The endpoint at the other end. Holds beyond a failure. */
  UpstreamEndpoint endpoint();

  /**
   * Writes the head of the request, and declares how its body goes out.
   *
   * @param request with no field that holds for one connection only; borrowed, and edited in such a
   *     way that it can be written again elsewhere. Where it asks for an {@link
   *     HeaderBlock#upgrade}, {@link UpstreamEvents#switched} may follow
   * @param framing how long the body is, if that is known; with {@link BodyFraming.Kind#NONE} the
   *     request is whole
   */
  void writeHead(HeaderBlock request, BodyFraming framing);

  /**
   * Writes a piece of body.
   *
   * @param from lent; its next {@code length} bytes are consumed
   * @param length more than 0
   */
  void writeBody(ByteBuf from, int length);

  /**
   * Ends the body: the request is whole.
   *
   * @param trailers borrowed; dropped where the protocol or the framing has no place for them
   */
  void writeEnd(@Nullable HeaderBlock trailers);

  /** Sends what has been written. */
  void flush();

  /** Whether more of the body should be written now. */
  boolean isWritable();

  /** Stops or resumes reading, as the client can't or can take more. */
  void read(boolean more);

  /**
   * Ends the use after {@link UpstreamEvents#responseEnd}, in a tunnel after both ends.
   *
   * @param requestWhole whether the whole request has been written
   */
  void giveBack(boolean requestWhole);

  /** Ends the use before the response is whole. */
  void abort();
}
