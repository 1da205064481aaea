package io.gatehouse.l7.http;

/**
 * How a message body is delimited (RFC 9112 section 6.3). Reused from message to message by the
 * parser that owns it.
 *
 * <p>Owned by the event loop of its connection; not thread-safe.
 */
public final class BodyFraming {
  /** The ways in which a body ends. */
  public enum Kind {
    /** There is no body. */
    NONE,
    /** After {@link BodyFraming#length()} octets. */
    LENGTH,
    /** After the last chunk and the trailer section. */
    CHUNKED,
    /** When the sender closes the connection; responses only. */
    UNTIL_CLOSE
  }

  private Kind kind = Kind.NONE;
  private long length;

  public Kind kind() {
    return kind;
  }

  /** Octets of the body for {@link Kind#LENGTH}, else 0. */
  public long length() {
    return length;
  }

  /** Says that there is no body. */
  public void setNone() {
    kind = Kind.NONE;
    length = 0;
  }

  /** Says that the body has this many octets; 0 is {@link Kind#NONE}. */
  public void setLength(long octets) {
    kind = octets == 0 ? Kind.NONE : Kind.LENGTH;
    length = octets;
  }

  /** Says that the body comes in chunks. */
  public void setChunked() {
    kind = Kind.CHUNKED;
    length = 0;
  }

  /** Says that the body ends with the connection. */
  public void setUntilClose() {
    kind = Kind.UNTIL_CLOSE;
    length = 0;
  }

  @Override
  public String toString() {
    return kind == Kind.LENGTH ? "LENGTH(" + length + ")" : kind.name();
  }
}
