package io.gatehouse.l7.message;

import io.gatehouse.l7.http.BodyFraming;
import io.gatehouse.l7.http.BodyReader;
import io.gatehouse.l7.http.BodyResult;
import io.gatehouse.l7.http.ConnectionOptions;
import io.gatehouse.l7.http.HeadParser;
import io.gatehouse.l7.http.HeadResult;
import io.gatehouse.l7.http.HeaderBlock;
import io.gatehouse.l7.http.HopByHop;
import io.gatehouse.l7.http.HttpViolation;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads the messages of one HTTP/1.x connection, one after the other, from what has arrived. The
 * fields that hold for that connection only are taken out of their heads. Owned by its connection's
 * event loop.
 */
public final class MessageReader {
  /** What the next piece of input is. */
  public enum Step {
    NEED_MORE,
    /** The head of an interim response (1xx); another head follows. */
    INTERIM,
    HEAD,
    /** {@link #payloadBytes()} at the front of {@link #bytes()}, to be consumed. */
    BODY,
    /** The body is whole; doesn't come where there is none. */
    END,
    /** A rule was broken: {@link #violation()}. */
    BROKEN
  }

  private final HeadParser parser;
  private final HeaderBlock head;
  private final BodyReader body = new BodyReader();
  private final InputBuffer in = new InputBuffer();
  private boolean inBody;
  private boolean keepsAlive;
  private @Nullable HttpViolation violation;

  /**
   * @param head where heads are read into
   */
  public MessageReader(HeadParser parser, HeaderBlock head) {
    this.parser = parser;
    this.head = head;
  }

  /** Takes over what has arrived. */
  public void add(ByteBufAllocator allocator, ByteBuf arrived) {
    in.add(allocator, arrived);
  }

  /** Reads on. */
  public Step next() {
    return inBody ? nextOfBody() : nextOfHead();
  }

  private Step nextOfHead() {
    var bytes = in.bytes();
    if (bytes == null) {
      return Step.NEED_MORE;
    }
    switch (parser.parse(bytes, head)) {
      case HeadResult.Progress progress -> {
        if (progress == HeadResult.Progress.NEED_MORE) {
          return Step.NEED_MORE;
        }
      }
      case HttpViolation broken -> {
        return broken(broken);
      }
    }
    keepsAlive = ConnectionOptions.keepsAlive(head);
    head.setUpgrade(ConnectionOptions.upgrade(head, parser.framing()));
    HopByHop.strip(head);
    if (head.isInterim()) {
      return Step.INTERIM;
    }
    inBody = parser.framing().kind() != BodyFraming.Kind.NONE;
    body.begin(parser.framing());
    return Step.HEAD;
  }

  private Step nextOfBody() {
    if (body.hasEnded()) {
      inBody = false;
      return Step.END;
    }
    var bytes = in.bytes();
    if (bytes == null) {
      return Step.NEED_MORE;
    }
    BodyResult result = body.next(bytes);
    return switch (result) {
      case BodyResult.Progress progress ->
          switch (progress) {
            case PAYLOAD -> Step.BODY;
            case NEED_MORE -> Step.NEED_MORE;
            case END -> nextOfBody();
          };
      case HttpViolation broken -> broken(broken);
    };
  }

  private Step broken(HttpViolation broken) {
    violation = broken;
    return Step.BROKEN;
  }

  /**
   * From here on there are no more messages: what comes is one body, up to the connection's end.
   */
  public void beginTunnel() {
    var untilClose = new BodyFraming();
    untilClose.setUntilClose();
    body.begin(untilClose);
    inBody = true;
  }

  /** How the body behind the head that was read last is delimited. */
  public BodyFraming framing() {
    return parser.framing();
  }

  /** What has arrived and not been read; there must be something. */
  public ByteBuf bytes() {
    return Objects.requireNonNull(in.bytes());
  }

  /** Octets of body at the front, after {@link Step#BODY}. */
  public int payloadBytes() {
    return body.payloadBytes();
  }

  /** The trailer fields, after {@link Step#END}; null if there are none. */
  public @Nullable HeaderBlock trailers() {
    return body.trailers();
  }

  /** The rule that was broken, after {@link Step#BROKEN}. */
  public HttpViolation violation() {
    return Objects.requireNonNull(violation);
  }

  /** Whether the sender of the message that was read last keeps the connection open after it. */
  public boolean keepsAlive() {
    return keepsAlive;
  }

  /** Whether all of the body has been read, so that {@link Step#END} is next. */
  public boolean bodyHasEnded() {
    return inBody && body.hasEnded();
  }

  /** Whether a close here ends the message, rather than cutting it. */
  public boolean mayEndWithConnection() {
    return inBody && body.mayEndWithConnection();
  }

  /** Whether nothing has come beyond what has been read. */
  public boolean isDrained() {
    return in.isEmpty();
  }

  /** Throws away what has come. */
  public void skip() {
    if (!in.isEmpty()) {
      bytes().skipBytes(bytes().readableBytes());
    }
  }

  /** Gives memory back that is not needed now. */
  public void trim() {
    in.trim();
  }

  /** Forgets what has come. */
  public void release() {
    in.release();
  }
}
