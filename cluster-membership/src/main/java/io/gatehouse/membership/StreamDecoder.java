package io.gatehouse.membership;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.msgpack.core.MessageInsufficientBufferException;
import org.msgpack.core.MessagePackException;

/**
 * Reads the one message that a TCP stream carries, from chunks as they come. Holds at most one
 * undecoded item and the last chunk; a state that is larger than the limits is refused at its
 * header or when it proves to be. Owned by the loop that reads the stream.
 */
final class StreamDecoder {
  /** Longest header, ping, error, or entry of one node. */
  private static final int MAX_ITEM_BYTES = 8192;

  private final Limits limits;
  private final Consumer<RingCounter> counter;
  private final List<Message.Entry> entries = new ArrayList<>();
  private byte[] buffer = new byte[0];
  private long totalBytes;
  private int type = -1;
  private boolean headerRead;
  private boolean join;
  private int entriesLeft;
  private int userBytesLeft;
  private final ByteArrayOutputStream user = new ByteArrayOutputStream();

  StreamDecoder(Limits limits, Consumer<RingCounter> counter) {
    this.limits = limits;
    this.counter = counter;
  }

  /**
   * Takes the next bytes.
   *
   * @return the message once it is whole, else null
   * @throws MalformedMessageException if the stream is to be closed; counted already
   */
  @Nullable Message feed(byte[] chunk) throws MalformedMessageException {
    totalBytes += chunk.length;
    if (totalBytes > limits.stateBytes()) {
      throw refuse(RingCounter.LIMIT_STATE_BYTES, "state of more than " + limits.stateBytes());
    }
    append(chunk);
    try {
      return decode();
    } catch (MessageInsufficientBufferException e) {
      if (buffer.length > MAX_ITEM_BYTES) {
        throw refuse(RingCounter.STREAM_MALFORMED, "an item of more than " + MAX_ITEM_BYTES);
      }
      return null;
    } catch (IOException | MessagePackException e) {
      throw refuse(RingCounter.STREAM_MALFORMED, String.valueOf(e.getMessage()));
    }
  }

  private @Nullable Message decode() throws IOException, MalformedMessageException {
    if (type < 0) {
      if (buffer.length == 0) {
        return null;
      }
      type = buffer[0] & 0xff;
      consume(1);
    }
    return switch (type) {
      case MessageType.PUSH_PULL -> decodePushPull();
      case MessageType.PING, MessageType.ACK, MessageType.ERROR -> decodeMessage();
      case MessageType.USER -> decodeUser();
      default -> throw refuse(RingCounter.DROPPED_UNKNOWN_TYPE, "message type " + type);
    };
  }

  private Message decodeMessage() throws IOException, MalformedMessageException {
    var fields = new MessageFields();
    try {
      new Msgpack.Reader(buffer, 0, buffer.length).map(fields);
      return PacketDecoder.message(type, fields);
    } catch (MalformedMessageException e) {
      throw refuse(RingCounter.STREAM_MALFORMED, String.valueOf(e.getMessage()));
    }
  }

  private @Nullable Message decodePushPull() throws IOException, MalformedMessageException {
    int at = 0;
    try {
      var reader = new Msgpack.Reader(buffer, 0, buffer.length);
      if (!headerRead) {
        readHeader(reader);
        at = reader.position();
      }
      while (entriesLeft > 0) {
        readEntry(reader);
        at = reader.position();
      }
    } finally {
      consume(at);
    }
    UserData state = takeUser();
    return state == null ? null : new Message.PushPull(join, entries, state);
  }

  /** A header with the length, then as many bytes. */
  private @Nullable Message decodeUser() throws IOException, MalformedMessageException {
    if (!headerRead) {
      var reader = new Msgpack.Reader(buffer, 0, buffer.length);
      readHeader(reader);
      consume(reader.position());
    }
    UserData data = takeUser();
    return data == null ? null : new Message.User(data);
  }

  private @Nullable UserData takeUser() {
    int taken = Math.min(userBytesLeft, buffer.length);
    user.write(buffer, 0, taken);
    userBytesLeft -= taken;
    consume(taken);
    return userBytesLeft == 0 ? new UserData(user.toByteArray()) : null;
  }

  private void readHeader(Msgpack.Reader reader) throws IOException, MalformedMessageException {
    long[] counts = new long[2];
    boolean[] flags = new boolean[1];
    try {
      reader.map(
          (key, value) -> {
            switch (key) {
              case "Nodes" -> counts[0] = value.number(Integer.MAX_VALUE);
              case "UserStateLen", "UserMsgLen" -> counts[1] = value.number(Integer.MAX_VALUE);
              case "Join" -> flags[0] = value.bool();
              default -> value.skip();
            }
          });
    } catch (MalformedMessageException e) {
      throw refuse(RingCounter.STREAM_MALFORMED, String.valueOf(e.getMessage()));
    }
    if (counts[0] > limits.members() || counts[1] > limits.stateBytes()) {
      throw refuse(
          RingCounter.LIMIT_STATE_BYTES,
          "state of %d nodes and %d bytes".formatted(counts[0], counts[1]));
    }
    headerRead = true;
    entriesLeft = (int) counts[0];
    userBytesLeft = (int) counts[1];
    join = flags[0];
  }

  /** An entry that decodes but makes no sense is left out; the others count. */
  private void readEntry(Msgpack.Reader reader) throws IOException, MalformedMessageException {
    var fields = new MessageFields();
    try {
      reader.map(fields);
    } catch (MalformedMessageException e) {
      throw refuse(RingCounter.STREAM_MALFORMED, String.valueOf(e.getMessage()));
    }
    entriesLeft--;
    try {
      entries.add(fields.entry());
    } catch (MalformedMessageException e) {
      counter.accept(RingCounter.DROPPED_MALFORMED);
    }
  }

  private MalformedMessageException refuse(RingCounter reason, String message) {
    counter.accept(reason);
    return new MalformedMessageException(message);
  }

  private void append(byte[] chunk) {
    int old = buffer.length;
    buffer = Arrays.copyOf(buffer, old + chunk.length);
    System.arraycopy(chunk, 0, buffer, old, chunk.length);
  }

  private void consume(int bytes) {
    if (bytes > 0) {
      buffer = Arrays.copyOfRange(buffer, bytes, buffer.length);
    }
  }
}
