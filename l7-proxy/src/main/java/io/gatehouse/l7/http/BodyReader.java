package io.gatehouse.l7.http;

import io.gatehouse.l7.http.BodyResult.Progress;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Delimits one message body in the buffers that arrive (RFC 9112 sections 6.3 and 7.1). Payload is
 * never copied: {@link #next} leaves the reader index at it and the caller takes it as a slice.
 *
 * <p>Chunked bodies are decoded and the sender's framing is dropped; {@link ChunkWriter} frames
 * them anew. Thus no octet of chunk framing passes through, and a reader behind Gatehouse has
 * nothing left to disagree about. Extensions are bounded and dropped (section 7.1.1 allows it);
 * trailer fields are checked and kept for {@link #trailers}.
 *
 * <p>Usage: {@link #begin}, then {@link #next} until {@link Progress#END}:
 *
 * <pre>{@code
 * switch (body.next(in)) {
 *   case PAYLOAD -> send(in.readRetainedSlice(body.payloadBytes()));
 *   ...
 * }
 * }</pre>
 *
 * <p>Owned by the event loop of its connection; not thread-safe.
 */
public final class BodyReader {
  /** Longest chunk size, leading zeros included. */
  public static final int MAX_CHUNK_SIZE_DIGITS = 16;

  /** Longest extension of one chunk. */
  public static final int MAX_CHUNK_EXTENSION_BYTES = 256;

  /**
   * Framing octets by which a body may exceed what {@link #FREE_BYTES_PER_CHUNK} and twice its data
   * allow (the rule of Go's net/http after CVE-2023-39326).
   */
  public static final int MAX_CHUNK_OVERHEAD_BYTES = 16 * 1024;

  private static final int FREE_BYTES_PER_CHUNK = 16;

  private enum State {
    /** Nothing is left to read, or nothing has begun. */
    ENDED,
    /** Payload up to {@code remaining}. */
    LENGTH,
    /** Payload up to the end of the connection. */
    UNTIL_CLOSE,
    SIZE,
    EXTENSION,
    SIZE_LF,
    DATA,
    DATA_CR,
    DATA_LF,
    TRAILERS
  }

  private final TrailerReader trailers = new TrailerReader();
  private final ChunkExtension extension = new ChunkExtension();
  private State state = State.ENDED;
  private long remaining;
  private int payloadBytes;
  private int sizeDigits;
  private int lineBytes;
  private long overheadBytes;
  private @Nullable HttpViolation violation;

  /** Begins the body of a message; whatever was under way is forgotten. */
  public void begin(BodyFraming framing) {
    payloadBytes = 0;
    trailers.clear();
    overheadBytes = 0;
    violation = null;
    remaining = framing.length();
    state =
        switch (framing.kind()) {
          case NONE -> State.ENDED;
          case LENGTH -> State.LENGTH;
          case CHUNKED -> beginSize();
          case UNTIL_CLOSE -> State.UNTIL_CLOSE;
        };
  }

  /** Whether the body is over. */
  public boolean hasEnded() {
    return state == State.ENDED;
  }

  /** Whether the sender may close here: the body is over, or closing is what ends it. */
  public boolean mayEndWithConnection() {
    return state == State.ENDED || state == State.UNTIL_CLOSE;
  }

  /**
   * The trailer fields of a body that is over, in lower case and otherwise as they came; null if
   * there are none. Overwritten by the next body.
   */
  public @Nullable HeaderBlock trailers() {
    return trailers.fields();
  }

  /** Octets of payload at the reader index, after {@link Progress#PAYLOAD}. */
  public int payloadBytes() {
    return payloadBytes;
  }

  /**
   * Reads on. After {@link Progress#PAYLOAD} the caller must consume {@link #payloadBytes()} octets
   * before it calls again. After {@link Progress#NEED_MORE} nothing is readable any more.
   *
   * @param in borrowed; framing is consumed, payload left for the caller
   * @return a violation is final, and is returned again until {@link #begin}
   */
  public BodyResult next(ByteBuf in) {
    payloadBytes = 0;
    if (violation != null) {
      return violation;
    }
    while (state != State.ENDED) {
      if (!in.isReadable()) {
        return Progress.NEED_MORE;
      }
      switch (state) {
        case LENGTH, DATA, UNTIL_CLOSE -> {
          return payload(in);
        }
        default -> {
          violation = framing(in.readByte());
          if (violation != null) {
            return violation;
          }
        }
      }
    }
    return Progress.END;
  }

  private BodyResult payload(ByteBuf in) {
    if (state == State.UNTIL_CLOSE) {
      payloadBytes = in.readableBytes();
      return Progress.PAYLOAD;
    }
    payloadBytes = (int) Math.min(in.readableBytes(), remaining);
    remaining -= payloadBytes;
    if (remaining == 0) {
      state = state == State.DATA ? State.DATA_CR : State.ENDED;
    }
    return Progress.PAYLOAD;
  }

  private State beginSize() {
    remaining = 0;
    sizeDigits = 0;
    lineBytes = 0;
    return State.SIZE;
  }

  /** One octet of chunk framing. */
  private @Nullable HttpViolation framing(byte octet) {
    lineBytes++;
    return switch (state) {
      case SIZE -> size(octet);
      case EXTENSION -> extension(octet);
      case SIZE_LF -> octet == Syntax.LF ? endOfChunkLine() : HttpViolation.BARE_CR;
      case DATA_CR -> terminator(octet, Syntax.CR, State.DATA_LF);
      case DATA_LF -> {
        beginSize();
        yield terminator(octet, Syntax.LF, State.SIZE);
      }
      default -> trailer(octet);
    };
  }

  private @Nullable HttpViolation size(byte octet) {
    int digit = Syntax.hex(octet);
    if (digit < 0) {
      return endOfSize(octet);
    }
    if (++sizeDigits > MAX_CHUNK_SIZE_DIGITS || remaining > Long.MAX_VALUE >> 4) {
      return HttpViolation.CHUNK_SIZE_OVERFLOW;
    }
    remaining = remaining << 4 | digit;
    return null;
  }

  private @Nullable HttpViolation endOfSize(byte octet) {
    if (sizeDigits == 0) {
      return HttpViolation.CHUNK_SIZE_INVALID;
    }
    return switch (octet) {
      case Syntax.CR -> {
        state = State.SIZE_LF;
        yield null;
      }
      case ';' -> {
        state = State.EXTENSION;
        extension.begin();
        yield null;
      }
      case Syntax.LF -> HttpViolation.BARE_LF;
      default -> HttpViolation.CHUNK_SIZE_INVALID;
    };
  }

  private @Nullable HttpViolation extension(byte octet) {
    if (octet == Syntax.CR && extension.mayEnd()) {
      state = State.SIZE_LF;
      return null;
    }
    if (octet == Syntax.LF) {
      return HttpViolation.BARE_LF;
    }
    if (lineBytes > MAX_CHUNK_EXTENSION_BYTES + sizeDigits) {
      return HttpViolation.CHUNK_EXTENSION_TOO_LONG;
    }
    return extension.accept(octet) ? null : HttpViolation.CHUNK_EXTENSION_INVALID;
  }

  private @Nullable HttpViolation endOfChunkLine() {
    if (remaining == 0) {
      state = State.TRAILERS;
      trailers.begin();
    } else {
      state = State.DATA;
    }
    long free = FREE_BYTES_PER_CHUNK + 2 * Math.min(remaining, MAX_CHUNK_OVERHEAD_BYTES);
    overheadBytes = Math.max(0, overheadBytes + lineBytes - free);
    return overheadBytes > MAX_CHUNK_OVERHEAD_BYTES ? HttpViolation.CHUNK_OVERHEAD : null;
  }

  private @Nullable HttpViolation terminator(byte octet, byte expected, State next) {
    state = next;
    return octet == expected ? null : HttpViolation.CHUNK_TERMINATOR_INVALID;
  }

  private @Nullable HttpViolation trailer(byte octet) {
    HttpViolation broken = trailers.next(octet);
    if (trailers.hasEnded()) {
      state = State.ENDED;
    }
    return broken;
  }
}
