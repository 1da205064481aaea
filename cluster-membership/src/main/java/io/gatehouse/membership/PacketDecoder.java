package io.gatehouse.membership;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.zip.CRC32;
import org.msgpack.core.MessagePackException;

/**
 * Takes a UDP packet apart. What cannot be used is dropped and counted by reason, never thrown.
 * Stateless but for the counters it is given.
 */
final class PacketDecoder {
  private static final int MAX_DEPTH = 3;

  /** Longest packet that a compressed one may unpack to: what a datagram could hold at most. */
  static final int MAX_UNPACKED_BYTES = 1 << 16;

  private final Consumer<RingCounter> counter;

  PacketDecoder(Consumer<RingCounter> counter) {
    this.counter = counter;
  }

  /** The messages of a packet, in order. */
  List<Message> decode(byte[] packet) {
    var messages = new ArrayList<Message>();
    if (packet.length == 0) {
      counter.accept(RingCounter.DROPPED_EMPTY);
    } else if (packet[0] == MessageType.CRC && packet.length > MessageEncoder.CRC_BYTES) {
      decodeChecked(packet, messages);
    } else {
      decode(packet, 0, packet.length, 0, messages);
    }
    return messages;
  }

  private void decodeChecked(byte[] packet, List<Message> messages) {
    var crc = new CRC32();
    crc.update(packet, MessageEncoder.CRC_BYTES, packet.length - MessageEncoder.CRC_BYTES);
    if ((int) crc.getValue() != int32(packet, 1)) {
      counter.accept(RingCounter.DROPPED_CHECKSUM);
      return;
    }
    int start = MessageEncoder.CRC_BYTES;
    decode(packet, start, packet.length - start, 0, messages);
  }

  private void decode(byte[] in, int offset, int length, int depth, List<Message> out) {
    if (length == 0) {
      counter.accept(RingCounter.DROPPED_EMPTY);
      return;
    }
    int type = in[offset] & 0xff;
    switch (type) {
      case MessageType.COMPOUND -> decodeCompound(in, offset + 1, length - 1, depth, out);
      case MessageType.USER -> out.add(user(in, offset + 1, length - 1));
      case MessageType.COMPRESS -> decodeCompressed(in, offset + 1, length - 1, depth, out);
      case MessageType.ENCRYPT -> counter.accept(RingCounter.DROPPED_ENCRYPTED);
      case MessageType.PING,
          MessageType.INDIRECT_PING,
          MessageType.ACK,
          MessageType.NACK,
          MessageType.SUSPECT,
          MessageType.ALIVE,
          MessageType.DEAD ->
          decodeFields(type, in, offset + 1, length - 1, depth, out);
      default -> counter.accept(RingCounter.DROPPED_UNKNOWN_TYPE);
    }
  }

  private static Message user(byte[] in, int offset, int length) {
    return new Message.User(new UserData(Arrays.copyOfRange(in, offset, offset + length)));
  }

  /** Compression is outermost where memberlist uses it; elsewhere it could only multiply itself. */
  private void decodeCompressed(byte[] in, int offset, int length, int depth, List<Message> out) {
    if (depth > 0) {
      counter.accept(RingCounter.DROPPED_NESTED);
      return;
    }
    byte[] unpacked;
    try {
      var compressed = Compressed.head(in, offset, length, length);
      if (compressed.end() > offset + length) {
        counter.accept(RingCounter.DROPPED_TRUNCATED);
        return;
      }
      unpacked = compressed.unpack(in, MAX_UNPACKED_BYTES);
    } catch (IOException | MessagePackException | MalformedMessageException e) {
      counter.accept(RingCounter.DROPPED_COMPRESSED);
      return;
    }
    decode(unpacked, 0, unpacked.length, depth + 1, out);
  }

  private void decodeFields(
      int type, byte[] in, int offset, int length, int depth, List<Message> out) {
    var fields = new MessageFields();
    try {
      new Msgpack.Reader(in, offset, length).map(fields);
      out.add(message(type, fields));
    } catch (IOException | MessagePackException | MalformedMessageException e) {
      // An encrypted packet opens with its version, 0 or 1, and then noise where a ping has a map.
      boolean noise = depth == 0 && type <= 1 && length > 0 && !isMap(in[offset]);
      counter.accept(noise ? RingCounter.DROPPED_ENCRYPTED : RingCounter.DROPPED_MALFORMED);
    }
  }

  /** Reads a message whose type is known to be one of these. */
  static Message message(int type, MessageFields fields) throws MalformedMessageException {
    return switch (type) {
      case MessageType.PING -> fields.ping();
      case MessageType.INDIRECT_PING -> fields.indirectPing();
      case MessageType.ACK -> fields.ack();
      case MessageType.NACK -> fields.nack();
      case MessageType.SUSPECT -> fields.suspect();
      case MessageType.ALIVE -> fields.alive();
      case MessageType.DEAD -> fields.dead();
      case MessageType.ERROR -> fields.failure();
      default -> throw new MalformedMessageException("message type " + type);
    };
  }

  private void decodeCompound(byte[] in, int offset, int length, int depth, List<Message> out) {
    if (depth == MAX_DEPTH) {
      counter.accept(RingCounter.DROPPED_NESTED);
      return;
    }
    int parts = length == 0 ? 0 : in[offset] & 0xff;
    int part = offset + 1 + parts * MessageEncoder.COMPOUND_PART_BYTES;
    int end = offset + length;
    if (parts == 0 || part > end) {
      counter.accept(RingCounter.DROPPED_MALFORMED);
      return;
    }
    for (int i = 0; i < parts; i++) {
      int at = offset + 1 + i * MessageEncoder.COMPOUND_PART_BYTES;
      int size = (in[at] & 0xff) << 8 | (in[at + 1] & 0xff);
      if (size > end - part) {
        counter.accept(RingCounter.DROPPED_TRUNCATED);
        return;
      }
      decode(in, part, size, depth + 1, out);
      part += size;
    }
  }

  private static boolean isMap(byte header) {
    int b = header & 0xff;
    return b >> 4 == 0x8 || b == 0xde || b == 0xdf;
  }

  private static int int32(byte[] in, int at) {
    return (in[at] & 0xff) << 24
        | (in[at + 1] & 0xff) << 16
        | (in[at + 2] & 0xff) << 8
        | (in[at + 3] & 0xff);
  }
}
