package io.gatehouse.membership;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;

/**
 * The fields of one message while it is decoded. Go's codec writes a map keyed by field name, in no
 * promised order, with fields that a reader may not know; so all are read first and judged then.
 * Used by the thread that decodes, for one message.
 */
final class MessageFields implements Msgpack.Field {
  private static final int MAX_RAW_BYTES = 2048;
  private static final int MAX_ERROR_BYTES = 1024;
  private static final byte[] NOTHING = new byte[0];
  private static final NodeState[] STATES = {
    NodeState.ALIVE, NodeState.SUSPECT, NodeState.DEAD, NodeState.LEFT
  };

  private long seq;
  private long incarnation;
  private int state;
  private boolean nack;
  private String node = "";
  private String from = "";
  private String error = "";
  private byte[] address = NOTHING;
  private int port;
  private byte[] source = NOTHING;
  private int sourcePort;
  private String sourceNode = "";
  private byte[] meta = NOTHING;
  private byte[] versions = NOTHING;

  @Override
  public void read(String key, Msgpack.Reader value) throws IOException, MalformedMessageException {
    switch (key) {
      case "SeqNo" -> seq = value.uint32();
      case "Incarnation" -> incarnation = value.uint32();
      case "State" -> state = (int) value.number(Integer.MAX_VALUE);
      case "Nack" -> nack = value.bool();
      case "Node", "Name" -> node = value.string(RingConfig.MAX_NAME_BYTES);
      case "From" -> from = value.string(RingConfig.MAX_NAME_BYTES);
      case "Error" -> error = value.string(MAX_ERROR_BYTES);
      case "Addr", "Target" -> address = value.bytes(MAX_RAW_BYTES);
      case "Port" -> port = (int) value.number(0xffff);
      case "SourceAddr" -> source = value.bytes(MAX_RAW_BYTES);
      case "SourcePort" -> sourcePort = (int) value.number(0xffff);
      case "SourceNode" -> sourceNode = value.string(RingConfig.MAX_NAME_BYTES);
      case "Meta" -> meta = value.bytes(MAX_RAW_BYTES);
      case "Vsn" -> versions = value.bytes(MAX_RAW_BYTES);
      default -> value.skip();
    }
  }

  Message.Ping ping() throws MalformedMessageException {
    return new Message.Ping(seq, node, replyAddress(), sourceNode);
  }

  Message.IndirectPing indirectPing() throws MalformedMessageException {
    return new Message.IndirectPing(seq, node, address(), nack, replyAddress(), sourceNode);
  }

  Message.Ack ack() {
    return new Message.Ack(seq);
  }

  Message.Nack nack() {
    return new Message.Nack(seq);
  }

  Message.Suspect suspect() throws MalformedMessageException {
    return new Message.Suspect(incarnation, name(), from);
  }

  Message.Alive alive() throws MalformedMessageException {
    return new Message.Alive(incarnation, name(), address(), new Meta(meta), Versions.of(versions));
  }

  Message.Dead dead() throws MalformedMessageException {
    return new Message.Dead(incarnation, name(), from);
  }

  Message.Failure failure() {
    return new Message.Failure(error);
  }

  Message.Entry entry() throws MalformedMessageException {
    if (state >= STATES.length) {
      throw new MalformedMessageException("state " + state);
    }
    return new Message.Entry(
        name(), address(), new Meta(meta), incarnation, STATES[state], Versions.of(versions));
  }

  private String name() throws MalformedMessageException {
    if (node.isEmpty()) {
      throw new MalformedMessageException("no node name");
    }
    return node;
  }

  private InetSocketAddress address() throws MalformedMessageException {
    return socketAddress(address, port);
  }

  private @Nullable InetSocketAddress replyAddress() throws MalformedMessageException {
    return source.length == 0 || sourcePort == 0 ? null : socketAddress(source, sourcePort);
  }

  private static InetSocketAddress socketAddress(byte[] address, int port)
      throws MalformedMessageException {
    if (port == 0) {
      throw new MalformedMessageException("port 0");
    }
    try {
      return new InetSocketAddress(InetAddress.getByAddress(address), port);
    } catch (UnknownHostException e) {
      throw new MalformedMessageException("address of " + address.length + " bytes");
    }
  }
}
