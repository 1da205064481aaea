package io.gatehouse.membership;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import org.msgpack.core.MessagePacker;

/** Writes what Serf's layer says as Serf does: fields in the order of their names. Stateless. */
final class SerfEncoder {
  /** Where a Gatehouse node's shared state is in the push/pull; Serf reads only keys it knows. */
  static final String SHARED_KEY = "Gatehouse";

  private static final long FLAG_ACK = 1;
  private static final long STATUS_ALIVE = 1;

  private SerfEncoder() {}

  static UserData encode(SerfMessage message) {
    return new UserData(bytes(message));
  }

  private static byte[] bytes(SerfMessage message) {
    return switch (message) {
      case SerfMessage.Leave(var time, var node) -> intent(SerfMessage.LEAVE, time, node);
      case SerfMessage.Join(var time, var node) -> intent(SerfMessage.JOIN, time, node);
      case SerfMessage.Event(var time, var event) ->
          Msgpack.encode(
              SerfMessage.USER_EVENT,
              p -> {
                p.packMapHeader(4);
                Msgpack.packBoolean(p, "CC", event.coalesce());
                Msgpack.packLong(p, "LTime", time);
                packEvent(p, event);
              });
      case SerfMessage.Query m ->
          Msgpack.encode(
              SerfMessage.QUERY,
              p -> {
                p.packMapHeader(10);
                Msgpack.packRaw(p, "Addr", m.source().getAddress().getAddress());
                packFilters(p, m.filters());
                Msgpack.packLong(p, "Flags", m.flags());
                Msgpack.packLong(p, "ID", m.id());
                Msgpack.packLong(p, "LTime", m.time());
                Msgpack.packString(p, "Name", m.name());
                Msgpack.packRaw(p, "Payload", m.payload());
                Msgpack.packLong(p, "Port", m.source().getPort());
                Msgpack.packLong(p, "RelayFactor", m.relayFactor());
                Msgpack.packLong(p, "Timeout", 0);
              });
      case SerfMessage.Response m ->
          Msgpack.encode(
              SerfMessage.QUERY_RESPONSE,
              p -> {
                p.packMapHeader(5);
                Msgpack.packLong(p, "Flags", m.ack() ? FLAG_ACK : 0);
                Msgpack.packString(p, "From", m.from());
                Msgpack.packLong(p, "ID", m.id());
                Msgpack.packLong(p, "LTime", m.time());
                Msgpack.packRaw(p, "Payload", m.payload());
              });
      case SerfMessage.Relay(var to, var data) ->
          Msgpack.encode(
              SerfMessage.RELAY,
              p -> {
                p.packMapHeader(1);
                Msgpack.packKey(p, "DestAddr");
                packUdpAddress(p, to);
                p.addPayload(data.bytes());
              });
    };
  }

  /** The answer to a query about a name that is claimed twice: who has it here. */
  static byte[] conflictResponse(Member member) {
    return Msgpack.encode(
        SerfMessage.CONFLICT_RESPONSE,
        p -> {
          p.packMapHeader(4);
          Msgpack.packRaw(p, "Addr", member.address().getAddress().getAddress());
          Msgpack.packString(p, "Name", member.name());
          Msgpack.packLong(p, "Port", member.address().getPort());
          Msgpack.packLong(p, "Status", member.state() == NodeState.ALIVE ? STATUS_ALIVE : 0);
        });
  }

  static UserData encode(SerfState state) {
    byte[] bytes =
        Msgpack.encode(
            SerfMessage.PUSH_PULL,
            p -> {
              boolean shares = state.shared().length > 0;
              p.packMapHeader(shares ? 7 : 6);
              Msgpack.packLong(p, "EventLTime", state.eventTime());
              Msgpack.packKey(p, "Events");
              packEvents(p, state.events());
              if (shares) {
                Msgpack.packRaw(p, SHARED_KEY, state.shared());
              }
              Msgpack.packLong(p, "LTime", state.time());
              Msgpack.packKey(p, "LeftMembers");
              p.packArrayHeader(state.left().size());
              for (String node : state.left()) {
                Msgpack.packKey(p, node);
              }
              Msgpack.packLong(p, "QueryLTime", state.queryTime());
              Msgpack.packKey(p, "StatusLTimes");
              p.packMapHeader(state.statusTimes().size());
              for (var status : state.statusTimes().entrySet()) {
                Msgpack.packLong(p, status.getKey(), status.getValue());
              }
            });
    return new UserData(bytes);
  }

  private static byte[] intent(int type, long time, String node) {
    return Msgpack.encode(
        type,
        p -> {
          p.packMapHeader(2);
          Msgpack.packLong(p, "LTime", time);
          Msgpack.packString(p, "Node", node);
        });
  }

  private static void packEvents(MessagePacker p, List<SerfState.EventsAt> moments)
      throws IOException {
    p.packArrayHeader(moments.size());
    for (var moment : moments) {
      p.packMapHeader(2);
      Msgpack.packKey(p, "Events");
      p.packArrayHeader(moment.events().size());
      for (UserEvent event : moment.events()) {
        p.packMapHeader(2);
        packEvent(p, event);
      }
      Msgpack.packLong(p, "LTime", moment.time());
    }
  }

  private static void packEvent(MessagePacker p, UserEvent event) throws IOException {
    Msgpack.packString(p, "Name", event.name());
    Msgpack.packRaw(p, "Payload", event.payload());
  }

  private static void packFilters(MessagePacker p, List<byte[]> filters) throws IOException {
    Msgpack.packKey(p, "Filters");
    p.packArrayHeader(filters.size());
    for (byte[] filter : filters) {
      Msgpack.packRaw(p, filter);
    }
  }

  private static void packUdpAddress(MessagePacker p, InetSocketAddress address)
      throws IOException {
    p.packMapHeader(3);
    Msgpack.packRaw(p, "IP", address.getAddress().getAddress());
    Msgpack.packLong(p, "Port", address.getPort());
    Msgpack.packString(p, "Zone", "");
  }
}
