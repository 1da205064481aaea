package io.gatehouse.membership;

import java.io.IOException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.msgpack.core.MessageInsufficientBufferException;
import org.msgpack.core.MessagePackException;

/**
 * Takes off what the one message of a TCP stream is wrapped in, from chunks as they come: the
 * label, encryption, compression. What is encrypted or compressed can be read as a whole only; so
 * much of it is held, within a budget that all streams share. Where the ring is encrypted, nothing
 * of a stream is looked at before a key has opened it. Owned by the loop that reads the stream.
 */
final class StreamOpener {
  private enum Stage {
    LABEL,
    TYPE,
    SEALED,
    COMPRESSED,
    MESSAGE
  }

  private final Wire wire;
  private final Limits limits;
  private final Consumer<RingCounter> counter;
  private final ByteBudget budget;
  private final HeldBytes held;
  private final StreamDecoder decoder;
  private Stage stage = Stage.LABEL;

  /** Bytes of the frame or the compressed message, once its head has been read. */
  private int wanted;

  /** Bytes that came in the clear, for which the budget has paid. */
  private int decodedBytes;

  /**
   * @param budget for what is held; {@link #close} gives it back
   */
  StreamOpener(Wire wire, Limits limits, ByteBudget budget, Consumer<RingCounter> counter) {
    this.wire = wire;
    this.limits = limits;
    this.counter = counter;
    this.budget = budget;
    this.held = new HeldBytes(budget);
    this.decoder = new StreamDecoder(limits, counter);
  }

  /**
   * Takes the next bytes.
   *
   * @return the message once it is whole, else null
   * @throws MalformedMessageException if the stream is to be closed; counted already
   */
  @Nullable Message feed(byte[] chunk) throws MalformedMessageException {
    if (stage == Stage.MESSAGE) {
      return decodePiece(chunk);
    }
    if (!held.append(chunk)) {
      throw refuse(RingCounter.LIMIT_STREAM_BUFFERS, "no room to hold it until it is whole");
    }
    if (stage == Stage.LABEL && held.length() > 0) {
      readLabel();
    }
    if (stage == Stage.TYPE && held.length() > 0) {
      readType();
    }
    return switch (stage) {
      case LABEL, TYPE -> null;
      case SEALED -> readSealed();
      case COMPRESSED -> readCompressed();
      case MESSAGE -> decodePiece(held.take(held.length()));
    };
  }

  /** What has been read of a message is still held, as entries and as the state behind them. */
  private @Nullable Message decodePiece(byte[] piece) throws MalformedMessageException {
    if (!budget.take(piece.length)) {
      throw refuse(RingCounter.LIMIT_STREAM_BUFFERS, "no room to hold it until it is whole");
    }
    decodedBytes += piece.length;
    return decoder.feed(piece);
  }

  private void readLabel() throws MalformedMessageException {
    int length;
    try {
      length = Label.lengthAt(held.bytes(), held.length());
    } catch (MalformedMessageException e) {
      throw refuse(RingCounter.DROPPED_LABEL, "an empty label");
    }
    if (length < 0) {
      return;
    }
    if (!wire.label().isAt(held.bytes(), length)) {
      throw refuse(RingCounter.DROPPED_LABEL, "its label is not the ring's");
    }
    held.drop(length);
    stage = Stage.TYPE;
  }

  private void readType() throws MalformedMessageException {
    boolean sealed = held.bytes()[0] == MessageType.ENCRYPT;
    if (sealed && !wire.keys().encrypts()) {
      throw refuse(RingCounter.DROPPED_ENCRYPTED, "encrypted, and the ring is not");
    }
    if (!sealed && wire.keys().encrypts()) {
      throw refuse(RingCounter.DROPPED_PLAINTEXT, "not encrypted, and the ring is");
    }
    stage = sealed ? Stage.SEALED : stageOf(held.bytes()[0]);
  }

  private static Stage stageOf(byte type) {
    return type == MessageType.COMPRESS ? Stage.COMPRESSED : Stage.MESSAGE;
  }

  private @Nullable Message readSealed() throws MalformedMessageException {
    if (wanted == 0 && held.length() >= Wire.FRAME_HEAD_BYTES) {
      wanted = frameLength();
    }
    if (wanted == 0 || held.length() < wanted) {
      return null;
    }
    return switch (wire.openFrame(held.take(wanted))) {
      case Wire.Opened.Refused(var reason) -> throw refuse(reason, "no key of the ring opens it");
      case Wire.Opened.Plain(var plain) -> readWhole(plain);
    };
  }

  private int frameLength() throws MalformedMessageException {
    long sealed = Integer.toUnsignedLong(Wire.int32(held.bytes(), 1));
    if (sealed > Sealing.sealedLength(limits.stateBytes())) {
      throw refuse(RingCounter.LIMIT_STATE_BYTES, "encrypted frame of %d bytes".formatted(sealed));
    }
    if (sealed < Sealing.sealedLength(0)) {
      throw refuse(RingCounter.STREAM_MALFORMED, "encrypted frame of %d bytes".formatted(sealed));
    }
    return Wire.FRAME_HEAD_BYTES + (int) sealed;
  }

  /** Reads what was in a frame: all of a message, compressed or not. */
  private Message readWhole(byte[] plain) throws MalformedMessageException {
    if (plain.length > 0 && stageOf(plain[0]) == Stage.COMPRESSED) {
      Compressed compressed;
      try {
        compressed = Compressed.head(plain, 1, plain.length - 1, plain.length);
      } catch (IOException | MessagePackException | MalformedMessageException e) {
        throw refuse(RingCounter.DROPPED_COMPRESSED, String.valueOf(e.getMessage()));
      }
      return readCompressed(compressed, plain);
    }
    return decodeWhole(plain);
  }

  private @Nullable Message readCompressed() throws MalformedMessageException {
    Compressed compressed;
    try {
      compressed = Compressed.head(held.bytes(), 1, held.length() - 1, limits.stateBytes());
    } catch (MessageInsufficientBufferException e) {
      if (held.length() > Compressed.MAX_HEAD_BYTES) {
        throw refuse(RingCounter.DROPPED_COMPRESSED, "its head never ends");
      }
      return null;
    } catch (IOException | MessagePackException | MalformedMessageException e) {
      throw refuse(RingCounter.DROPPED_COMPRESSED, String.valueOf(e.getMessage()));
    }
    return compressed.end() > held.length()
        ? null
        : readCompressed(compressed, held.take(compressed.end()));
  }

  private Message readCompressed(Compressed compressed, byte[] in)
      throws MalformedMessageException {
    byte[] unpacked;
    try {
      if (compressed.end() > in.length) {
        throw new MalformedMessageException("compressed data is cut off");
      }
      unpacked = compressed.unpack(in, limits.stateBytes());
    } catch (MalformedMessageException e) {
      throw refuse(RingCounter.DROPPED_COMPRESSED, String.valueOf(e.getMessage()));
    }
    return decodeWhole(unpacked);
  }

  private Message decodeWhole(byte[] plain) throws MalformedMessageException {
    stage = Stage.MESSAGE;
    Message message = decoder.feed(plain);
    if (message == null) {
      throw refuse(RingCounter.STREAM_MALFORMED, "a message that is cut off");
    }
    return message;
  }

  private MalformedMessageException refuse(RingCounter reason, String message) {
    counter.accept(reason);
    return new MalformedMessageException(message);
  }

  /** The stream is closed. */
  void close() {
    held.clear();
    budget.giveBack(decodedBytes);
    decodedBytes = 0;
  }
}
