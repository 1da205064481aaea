package io.gatehouse.membership;

import static io.gatehouse.membership.MessageType.ACK;
import static io.gatehouse.membership.MessageType.ALIVE;
import static io.gatehouse.membership.MessageType.COMPOUND;
import static io.gatehouse.membership.MessageType.CRC;
import static io.gatehouse.membership.MessageType.DEAD;
import static io.gatehouse.membership.MessageType.ERROR;
import static io.gatehouse.membership.MessageType.INDIRECT_PING;
import static io.gatehouse.membership.MessageType.NACK;
import static io.gatehouse.membership.MessageType.PING;
import static io.gatehouse.membership.MessageType.PUSH_PULL;
import static io.gatehouse.membership.MessageType.SUSPECT;
import static io.gatehouse.membership.MessageType.USER;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;
import org.msgpack.core.MessagePacker;

/**
 * Writes messages and packets as memberlist does, byte for byte: fields in the order of their
 * names. Stateless.
 */
final class MessageEncoder {
  /** Bytes that a packet spends on its checksum. */
  static final int CRC_BYTES = 5;

  /** Bytes that a compound message spends on itself. */
  static final int COMPOUND_BYTES = 2;

  /** Bytes that a compound message spends on each part. */
  static final int COMPOUND_PART_BYTES = 2;

  /** The count of parts is one byte. */
  static final int MAX_PARTS = 255;

  private MessageEncoder() {}

  static byte[] encode(Message message) {
    return switch (message) {
      case Message.Ping m ->
          Msgpack.encode(
              PING,
              p -> {
                p.packMapHeader(2 + sourceFields(m.source()));
                Msgpack.packString(p, "Node", m.node());
                packSeq(p, m.seq());
                packSource(p, m.source(), m.sourceNode());
              });
      case Message.IndirectPing m ->
          Msgpack.encode(
              INDIRECT_PING,
              p -> {
                p.packMapHeader(5 + sourceFields(m.source()));
                Msgpack.packBoolean(p, "Nack", m.nack());
                Msgpack.packString(p, "Node", m.node());
                Msgpack.packLong(p, "Port", m.target().getPort());
                packSeq(p, m.seq());
                packSource(p, m.source(), m.sourceNode());
                Msgpack.packRaw(p, "Target", m.target().getAddress().getAddress());
              });
      case Message.Ack m ->
          Msgpack.encode(
              ACK,
              p -> {
                p.packMapHeader(2);
                Msgpack.packKey(p, "Payload");
                p.packNil();
                packSeq(p, m.seq());
              });
      case Message.Nack m ->
          Msgpack.encode(
              NACK,
              p -> {
                p.packMapHeader(1);
                packSeq(p, m.seq());
              });
      case Message.Suspect m -> accusation(SUSPECT, m.incarnation(), m.node(), m.from());
      case Message.Dead m -> accusation(DEAD, m.incarnation(), m.node(), m.from());
      case Message.Alive m ->
          Msgpack.encode(
              ALIVE,
              p -> {
                p.packMapHeader(6);
                packAddress(p, m.address());
                Msgpack.packLong(p, "Incarnation", m.incarnation());
                Msgpack.packRaw(p, "Meta", m.meta().bytes());
                Msgpack.packString(p, "Node", m.node());
                packPort(p, m.address());
                packVersions(p, m.versions());
              });
      case Message.User m -> {
        byte[] data = m.data().bytes();
        yield ByteBuffer.allocate(1 + data.length).put((byte) USER).put(data).array();
      }
      case Message.Failure m ->
          Msgpack.encode(
              ERROR,
              p -> {
                p.packMapHeader(1);
                Msgpack.packString(p, "Error", m.text());
              });
      case Message.PushPull m -> pushPull(m);
    };
  }

  private static byte[] pushPull(Message.PushPull state) {
    byte[] user = state.user().bytes();
    return Msgpack.encode(
        PUSH_PULL,
        p -> {
          p.packMapHeader(3);
          Msgpack.packBoolean(p, "Join", state.join());
          Msgpack.packLong(p, "Nodes", state.entries().size());
          Msgpack.packLong(p, "UserStateLen", user.length);
          for (Message.Entry entry : state.entries()) {
            packEntry(p, entry);
          }
          p.addPayload(user);
        });
  }

  /**
   * One packet of one or more encoded messages, with a checksum: every memberlist since 2018 reads
   * it.
   *
   * @param messages 1 to {@link #MAX_PARTS}
   */
  static byte[] packet(List<byte[]> messages) {
    byte[] body = messages.size() == 1 ? messages.getFirst() : compound(messages);
    var crc = new CRC32();
    crc.update(body);
    return ByteBuffer.allocate(CRC_BYTES + body.length)
        .put((byte) CRC)
        .putInt((int) crc.getValue())
        .put(body)
        .array();
  }

  static byte[] compound(List<byte[]> messages) {
    int size = COMPOUND_BYTES;
    for (byte[] message : messages) {
      size += COMPOUND_PART_BYTES + message.length;
    }
    var out = ByteBuffer.allocate(size).put((byte) COMPOUND).put((byte) messages.size());
    for (byte[] message : messages) {
      out.putShort((short) message.length);
    }
    for (byte[] message : messages) {
      out.put(message);
    }
    return out.array();
  }

  private static byte[] accusation(int type, long incarnation, String node, String from) {
    return Msgpack.encode(
        type,
        p -> {
          p.packMapHeader(3);
          Msgpack.packString(p, "From", from);
          Msgpack.packLong(p, "Incarnation", incarnation);
          Msgpack.packString(p, "Node", node);
        });
  }

  private static void packEntry(MessagePacker p, Message.Entry entry) throws IOException {
    p.packMapHeader(7);
    packAddress(p, entry.address());
    Msgpack.packLong(p, "Incarnation", entry.incarnation());
    Msgpack.packRaw(p, "Meta", entry.meta().bytes());
    Msgpack.packString(p, "Name", entry.node());
    packPort(p, entry.address());
    Msgpack.packLong(p, "State", entry.state().ordinal());
    packVersions(p, entry.versions());
  }

  private static void packAddress(MessagePacker p, InetSocketAddress address) throws IOException {
    Msgpack.packRaw(p, "Addr", address.getAddress().getAddress());
  }

  private static void packPort(MessagePacker p, InetSocketAddress address) throws IOException {
    Msgpack.packLong(p, "Port", address.getPort());
  }

  private static void packVersions(MessagePacker p, Versions versions) throws IOException {
    Msgpack.packRaw(p, "Vsn", versions.toBytes());
  }

  private static void packSeq(MessagePacker p, long seq) throws IOException {
    Msgpack.packLong(p, "SeqNo", seq);
  }

  private static int sourceFields(@Nullable InetSocketAddress source) {
    return source == null ? 0 : 3;
  }

  private static void packSource(MessagePacker p, @Nullable InetSocketAddress source, String node)
      throws IOException {
    if (source != null) {
      Msgpack.packRaw(p, "SourceAddr", source.getAddress().getAddress());
      Msgpack.packString(p, "SourceNode", node);
      Msgpack.packLong(p, "SourcePort", source.getPort());
    }
  }
}
