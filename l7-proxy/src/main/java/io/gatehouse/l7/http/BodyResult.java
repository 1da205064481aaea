package io.gatehouse.l7.http;

/** What a step over a message body came to: {@link Progress} or the rule that it breaks. */
public sealed interface BodyResult permits BodyResult.Progress, HttpViolation {

  /** The body breaks no rule so far. */
  enum Progress implements BodyResult {
    /** Every readable byte was consumed and the body goes on. */
    NEED_MORE,
    /**
     * The next {@link BodyReader#payloadBytes()} readable bytes are payload; the caller takes them.
     */
    PAYLOAD,
    /** The body is over; the next readable byte belongs to the next message. */
    END
  }
}
