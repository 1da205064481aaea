package io.gatehouse.membership;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The simulation's fast path: a rumour that thousands of nodes hear a dozen times each is decoded
 * by the real decoder the first time, and remembered by its bytes. Everything else is decoded each
 * time. What comes out is what the real decoder gives, which a test compares. Used by one thread.
 */
final class RumourCache {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final int SLOTS = 1 << 16;

  private record Rumour(byte[] bytes, List<Message> messages) {}

  private final @Nullable Rumour[] slots = new @Nullable Rumour[SLOTS];

  /** The messages of a packet, as {@code decoder} gives them. */
  List<Message> decode(byte[] packet, PacketDecoder decoder) {
    int offset =
        packet.length > MessageEncoder.CRC_BYTES && packet[0] == MessageType.CRC
            ? MessageEncoder.CRC_BYTES
            : 0;
    if (packet.length - offset < 2) {
      return decoder.decode(packet);
    }
    if (packet[offset] != MessageType.COMPOUND) {
      return part(packet, offset, packet.length - offset, decoder);
    }
    int parts = packet[offset + 1] & 0xff;
    int sizes = offset + 2;
    int at = sizes + parts * MessageEncoder.COMPOUND_PART_BYTES;
    var messages = new ArrayList<Message>(parts);
    for (int i = 0; i < parts; i++) {
      int size = (packet[sizes + 2 * i] & 0xff) << 8 | (packet[sizes + 2 * i + 1] & 0xff);
      messages.addAll(part(packet, at, size, decoder));
      at += size;
    }
    return messages;
  }

  private List<Message> part(byte[] packet, int offset, int length, PacketDecoder decoder) {
    return switch (packet[offset]) {
      case MessageType.SUSPECT, MessageType.ALIVE, MessageType.DEAD ->
          rumour(packet, offset, length, decoder);
      default -> decoder.decode(Arrays.copyOfRange(packet, offset, offset + length));
    };
  }

  private List<Message> rumour(byte[] packet, int offset, int length, PacketDecoder decoder) {
    int slot = slot(packet, offset, length);
    Rumour known = slots[slot];
    if (known != null
        && Arrays.equals(known.bytes(), 0, known.bytes().length, packet, offset, offset + length)) {
      return known.messages();
    }
    byte[] bytes = Arrays.copyOfRange(packet, offset, offset + length);
    var rumour = new Rumour(bytes, decoder.decode(bytes));
    slots[slot] = rumour;
    return rumour.messages();
  }

  private static int slot(byte[] bytes, int offset, int length) {
    long hash = length;
    int at = offset;
    int end = offset + length;
    for (; at + Long.BYTES <= end; at += Long.BYTES) {
      hash = (hash ^ (long) LONGS.get(bytes, at)) * 0x9e3779b97f4a7c15L;
      hash ^= hash >>> 32;
    }
    for (; at < end; at++) {
      hash = (hash ^ bytes[at]) * 0x9e3779b97f4a7c15L;
    }
    return (int) (hash >>> 40) & (SLOTS - 1);
  }
}
