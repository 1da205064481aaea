package io.gatehouse.l7.h2;

import io.gatehouse.l7.http.HeadResult;
import io.gatehouse.l7.http.HeaderBlock;
import io.netty.buffer.ByteBuf;

/**
 * Takes the frames that a {@link FrameReader} has read; what the layout of a frame and the order of
 * frames within a field section can break has been checked. Called on the loop.
 */
public interface FrameHandler {
  /**
   * DATA.
   *
   * @param from lent; its next {@code length} bytes may be consumed, and are skipped otherwise
   * @param length of the data alone; may be 0
   * @param paddingBytes what counts for flow control beyond that
   */
  void data(int streamId, ByteBuf from, int length, int paddingBytes, boolean endStream);

  /** Where the field section of this stream is to be put; asked before {@link #headers}. */
  HeaderBlock headFor(int streamId);

  /**
   * HEADERS with its CONTINUATIONs, decoded.
   *
   * @param result of the decoding: done, or the rule that its fields break
   * @param fields what was decoded; its pseudo-header fields are apart from the rest
   * @param dependsOnItself whether its priority names the stream itself (RFC 7540 section 5.3.1)
   */
  void headers(
      int streamId,
      HeadResult result,
      FieldSectionDecoder fields,
      boolean endStream,
      boolean dependsOnItself);

  /** PRIORITY, whose meaning is deprecated (RFC 9113 section 5.3.2). */
  void priority(int streamId);

  /** RST_STREAM. */
  void reset(int streamId, long errorCode);

  /** One setting of a SETTINGS frame. */
  void setting(int id, long value);

  /** The SETTINGS frame is whole. */
  void settingsEnd();

  /** SETTINGS with ACK. */
  void settingsAck();

  /** PING. */
  void ping(long opaque);

  /** PING with ACK. */
  void pingAck(long opaque);

  /** GOAWAY. */
  void goAway(int lastStreamId, long errorCode);

  /**
   * WINDOW_UPDATE.
   *
   * @param streamId 0 for the connection
   * @param increment more than 0
   */
  void windowUpdate(int streamId, int increment);

  /** A frame of a type that is not known here, to be ignored (section 5.5). */
  void unknownFrame(int streamId);

  /** A frame on this stream breaks a rule, and the connection can go on. */
  void streamFault(int streamId, Http2Error error, String detail);

  /** A frame breaks a rule, and nothing more can be read. */
  void connectionFault(Http2Error error, String detail);

  /**
   * A field section is longer, or in more frames, than may be (CVE-2024-27919 and its kin); nothing
   * more can be read.
   */
  void continuationFlood(String detail);
}
