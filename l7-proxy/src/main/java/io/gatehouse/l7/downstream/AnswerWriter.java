package io.gatehouse.l7.downstream;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import io.gatehouse.l7.http.BodyFraming;
import io.gatehouse.l7.http.ErrorPage;
import io.gatehouse.l7.http.HeadWriter;
import io.gatehouse.l7.http.HeaderBlock;
import io.gatehouse.l7.http.HeaderName;
import io.gatehouse.l7.http.HopByHop;
import io.gatehouse.l7.http.HttpVersion;
import io.gatehouse.l7.http.MessageFraming;
import io.gatehouse.l7.http.RequestId;
import io.gatehouse.l7.loop.Loop;
import io.gatehouse.l7.message.MessageWriter;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Writes the answers on a client's HTTP/1.x connection: frames their bodies as the client's version
 * has it, and says in their heads whether the connection stays. Owned by its connection's event
 * loop.
 */
final class AnswerWriter {
  private static final byte[] CLOSE = "close".getBytes(StandardCharsets.US_ASCII);
  private static final int NO_CONTENT = 204;
  private static final int NOT_MODIFIED = 304;
  private static final byte[] KEEP_ALIVE = "keep-alive".getBytes(StandardCharsets.US_ASCII);

  private final Loop loop;
  private final MessageWriter out;
  private final BodyFraming framing = new BodyFraming();
  private HttpVersion version = HttpVersion.HTTP_1_1;
  private boolean toHead;
  private boolean keepsAlive;

  AnswerWriter(Loop loop, ChannelHandlerContext ctx) {
    this.loop = loop;
    this.out = new MessageWriter(ctx);
  }

  /**
   * Begins the answer to a request.
   *
   * @param requestVersion in which it came
   * @param isHead whether it asks for a head only
   */
  void begin(HttpVersion requestVersion, boolean isHead) {
    version = requestVersion;
    toHead = isHead;
  }

  /** Writes an interim head; false, and nothing, if the client knows no such thing. */
  boolean interim(HeaderBlock head) {
    boolean known = version != HttpVersion.HTTP_1_0;
    if (known) {
      HeadWriter.writeResponse(head, out.head());
    }
    return known;
  }

  /**
   * Writes a head.
   *
   * @param arrived how the body arrives
   * @param mayKeepAlive whether anything but this answer's framing speaks against another request
   */
  void head(HeaderBlock head, BodyFraming arrived, boolean mayKeepAlive) {
    frame(arrived);
    keepsAlive = mayKeepAlive && framing.kind() != BodyFraming.Kind.UNTIL_CLOSE;
    MessageFraming.declare(head, framing);
    if (endsUnsaid(head)) {
      head.appendDecimal(HeaderName.CONTENT_LENGTH, 0);
    }
    if (!keepsAlive) {
      head.append(HeaderName.CONNECTION, CLOSE);
    } else if (version == HttpVersion.HTTP_1_0) {
      head.append(HeaderName.CONNECTION, KEEP_ALIVE);
    }
    HeadWriter.writeResponse(head, out.head());
  }

  /**
   * Whether the client could wait for a body: a backend of HTTP/2 needs no length to say that there
   * is none.
   */
  private boolean endsUnsaid(HeaderBlock head) {
    return framing.kind() == BodyFraming.Kind.NONE
        && !toHead
        && head.status() != NO_CONTENT
        && head.status() != NOT_MODIFIED
        && !head.contains(HeaderName.CONTENT_LENGTH);
  }

  /** Says that the backend has agreed to what the request asked for; what follows is a tunnel. */
  void switched(HeaderBlock head) {
    framing.setUntilClose();
    keepsAlive = false;
    head.removeAll(HeaderName.CONTENT_LENGTH);
    HopByHop.declare(head);
    HeadWriter.writeResponse(head, out.head());
  }

  /** A body without a length is chunked, unless the client is too old. */
  private void frame(BodyFraming arrived) {
    switch (arrived.kind()) {
      case NONE -> framing.setNone();
      case LENGTH -> framing.setLength(arrived.length());
      case CHUNKED, UNTIL_CLOSE -> {
        if (version == HttpVersion.HTTP_1_0) {
          framing.setUntilClose();
        } else {
          framing.setChunked();
        }
      }
    }
  }

  void body(ByteBuf from, int length) {
    out.body(from, length, isChunked());
  }

  void end(@Nullable HeaderBlock trailers) {
    out.end(isChunked(), trailers);
  }

  private boolean isChunked() {
    return framing.kind() == BodyFraming.Kind.CHUNKED;
  }

  /** Writes a whole answer of Gatehouse's own. */
  void error(int status, RequestId id, boolean withBody, boolean mayKeepAlive) {
    // The page speaks HTTP/1.1 only, so an older client gets it on a closing connection.
    keepsAlive = mayKeepAlive && version == HttpVersion.HTTP_1_1;
    byte[] date =
        loop.date().at(NANOSECONDS.toSeconds(loop.clock().epochNanos(loop.clock().nanos())));
    ErrorPage.write(out.head(), status, id, date, !keepsAlive, withBody);
  }

  /** Whether the last answer has told the client that the connection stays. */
  boolean keepsAlive() {
    return keepsAlive;
  }

  /** Whether the last answer ends with the connection, so that any orderly close is its end. */
  boolean endsWithClose() {
    return framing.kind() == BodyFraming.Kind.UNTIL_CLOSE;
  }

  void flush() {
    out.flush();
  }

  /** All bytes that were ever written, before encryption. */
  long writtenBytes() {
    return out.writtenBytes();
  }

  /** Forgets what has not been sent; called when the channel is closed. */
  void discard() {
    out.discard();
  }
}
