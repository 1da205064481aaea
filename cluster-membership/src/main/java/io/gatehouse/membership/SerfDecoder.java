package io.gatehouse.membership;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.msgpack.core.MessagePackException;

/**
 * Reads what Serf's layer says. Whatever comes, it takes no more memory than the input, and fails
 * with {@link MalformedMessageException} only. Stateless.
 */
final class SerfDecoder {
  /** Longest name or payload of a query, as agents limit it. */
  private static final int MAX_QUERY_BYTES = 1024;

  private static final int MAX_FILTERS = 16;

  /** What agents of later versions may be told to allow; {@link UserEvent} allows less. */
  private static final int MAX_EVENT_BYTES = 9 * 1024;

  private static final int MAX_ADDRESS_BYTES = 16;
  private static final byte[] NOTHING = new byte[0];

  private SerfDecoder() {}

  /** The type of a message; -1 if it is empty. */
  static int type(UserData message) {
    return message.bytes().length == 0 ? -1 : message.bytes()[0] & 0xff;
  }

  /**
   * Reads a user message.
   *
   * @throws MalformedMessageException if it does not decode, or its type is none of {@link
   *     SerfMessage}'s
   */
  static SerfMessage decode(UserData message) throws MalformedMessageException {
    byte[] in = message.bytes();
    int type = type(message);
    try {
      var reader = new Msgpack.Reader(in, 1, Math.max(0, in.length - 1));
      return switch (type) {
        case SerfMessage.LEAVE, SerfMessage.JOIN -> intent(type, reader);
        case SerfMessage.USER_EVENT -> event(reader);
        case SerfMessage.QUERY -> query(reader);
        case SerfMessage.QUERY_RESPONSE -> response(reader);
        case SerfMessage.RELAY -> relay(in, reader);
        default -> throw new MalformedMessageException("Serf message type " + type);
      };
    } catch (IOException | MessagePackException e) {
      throw malformed(e);
    }
  }

  private static MalformedMessageException malformed(Exception cause) {
    String message = cause.getMessage();
    return new MalformedMessageException(message == null ? "cut short" : message);
  }

  private static SerfMessage intent(int type, Msgpack.Reader in)
      throws IOException, MalformedMessageException {
    var fields =
        new Object() {
          long time;
          String node = "";
        };
    in.map(
        (key, value) -> {
          switch (key) {
            case "LTime" -> fields.time = time(value);
            case "Node" -> fields.node = value.string(RingConfig.MAX_NAME_BYTES);
            default -> value.skip();
          }
        });
    if (fields.node.isEmpty()) {
      throw new MalformedMessageException("no node name");
    }
    return type == SerfMessage.JOIN
        ? new SerfMessage.Join(fields.time, fields.node)
        : new SerfMessage.Leave(fields.time, fields.node);
  }

  private static SerfMessage.Event event(Msgpack.Reader in)
      throws IOException, MalformedMessageException {
    var fields = new EventFields();
    in.map(fields);
    return new SerfMessage.Event(fields.time, fields.event());
  }

  private static SerfMessage.Query query(Msgpack.Reader in)
      throws IOException, MalformedMessageException {
    var fields = new QueryFields();
    in.map(fields);
    return fields.query();
  }

  private static SerfMessage.Response response(Msgpack.Reader in)
      throws IOException, MalformedMessageException {
    var fields =
        new Object() {
          long time;
          long id;
          long flags;
          String from = "";
          byte[] payload = NOTHING;
        };
    in.map(
        (key, value) -> {
          switch (key) {
            case "LTime" -> fields.time = time(value);
            case "ID" -> fields.id = value.uint32();
            case "Flags" -> fields.flags = value.uint32();
            case "From" -> fields.from = value.string(RingConfig.MAX_NAME_BYTES);
            case "Payload" -> fields.payload = value.bytes(Limits.MAX_PACKET_BYTES);
            default -> value.skip();
          }
        });
    return new SerfMessage.Response(
        fields.time, fields.id, fields.from, (fields.flags & 1) != 0, fields.payload);
  }

  private static SerfMessage.Relay relay(byte[] in, Msgpack.Reader reader)
      throws IOException, MalformedMessageException {
    var address = new AddressFields();
    reader.map(
        (key, value) -> {
          if (key.equals("DestAddr")) {
            value.map(address);
          } else {
            value.skip();
          }
        });
    byte[] rest = Arrays.copyOfRange(in, 1 + reader.position(), in.length);
    return new SerfMessage.Relay(address.socketAddress(), new UserData(rest));
  }

  /**
   * Reads the state behind a push/pull.
   *
   * @param limits bound what is taken in: nodes, events, and the shared state, which is left out
   *     where it is larger
   */
  static SerfState decodeState(UserData state, Limits limits) throws MalformedMessageException {
    byte[] in = state.bytes();
    if (type(state) != SerfMessage.PUSH_PULL) {
      throw new MalformedMessageException("state of type " + type(state));
    }
    var fields = new StateFields(limits);
    try {
      new Msgpack.Reader(in, 1, in.length - 1).map(fields);
    } catch (IOException | MessagePackException e) {
      throw malformed(e);
    }
    return fields.state();
  }

  /** Go writes a slice that has nothing in it as nil. */
  private static void array(Msgpack.Reader in, int max, Msgpack.Element element)
      throws IOException, MalformedMessageException {
    if (!in.skipNil()) {
      in.array(max, element);
    }
  }

  private static long time(Msgpack.Reader value) throws IOException, MalformedMessageException {
    return value.number(LamportClock.MAX_TIME);
  }

  private static InetSocketAddress socketAddress(byte[] ip, int port)
      throws MalformedMessageException {
    if (port == 0) {
      throw new MalformedMessageException("port 0");
    }
    try {
      // Go writes an IPv4 address in 16 bytes as often as not; Java reads both as the same.
      return new InetSocketAddress(InetAddress.getByAddress(ip), port);
    } catch (UnknownHostException e) {
      throw new MalformedMessageException("address of " + ip.length + " bytes");
    }
  }

  /** Of one user event. Used by the thread that decodes. */
  private static final class EventFields implements Msgpack.Field {
    private long time;
    private byte[] name = NOTHING;
    private byte[] payload = NOTHING;
    private boolean coalesce;

    @Override
    public void read(String key, Msgpack.Reader value)
        throws IOException, MalformedMessageException {
      switch (key) {
        case "LTime" -> time = time(value);
        case "Name" -> name = value.bytes(MAX_EVENT_BYTES);
        case "Payload" -> payload = value.bytes(MAX_EVENT_BYTES);
        case "CC" -> coalesce = value.bool();
        default -> value.skip();
      }
    }

    UserEvent event() throws MalformedMessageException {
      try {
        return new UserEvent(Msgpack.Reader.text(name), payload, coalesce);
      } catch (IllegalArgumentException e) {
        throw malformed(e);
      }
    }

    /** Null for an event that is larger or named otherwise than is taken in here. */
    @Nullable UserEvent eventOrNull() {
      try {
        return event();
      } catch (MalformedMessageException e) {
        return null;
      }
    }
  }

  /** Of one query. Used by the thread that decodes. */
  private static final class QueryFields implements Msgpack.Field {
    private final List<byte[]> filters = new ArrayList<>();
    private long time;
    private long id;
    private byte[] ip = NOTHING;
    private int port;
    private long flags;
    private int relayFactor;
    private String name = "";
    private byte[] payload = NOTHING;

    @Override
    public void read(String key, Msgpack.Reader value)
        throws IOException, MalformedMessageException {
      switch (key) {
        case "LTime" -> time = time(value);
        case "ID" -> id = value.uint32();
        case "Addr" -> ip = value.bytes(MAX_ADDRESS_BYTES);
        case "Port" -> port = (int) value.number(0xffff);
        case "Filters" ->
            array(value, MAX_FILTERS, element -> filters.add(element.bytes(MAX_QUERY_BYTES)));
        case "Flags" -> flags = value.uint32();
        case "RelayFactor" -> relayFactor = (int) value.number(0xff);
        case "Name" -> name = value.string(MAX_QUERY_BYTES);
        case "Payload" -> payload = value.bytes(MAX_QUERY_BYTES);
        default -> value.skip();
      }
    }

    SerfMessage.Query query() throws MalformedMessageException {
      return new SerfMessage.Query(
          time, id, socketAddress(ip, port), filters, flags, relayFactor, name, payload);
    }
  }

  /** Of a Go {@code net.UDPAddr}. Used by the thread that decodes. */
  private static final class AddressFields implements Msgpack.Field {
    private byte[] ip = NOTHING;
    private int port;

    @Override
    public void read(String key, Msgpack.Reader value)
        throws IOException, MalformedMessageException {
      switch (key) {
        case "IP" -> ip = value.bytes(MAX_ADDRESS_BYTES);
        case "Port" -> port = (int) value.number(0xffff);
        default -> value.skip();
      }
    }

    InetSocketAddress socketAddress() throws MalformedMessageException {
      return SerfDecoder.socketAddress(ip, port);
    }
  }

  /** Of the state behind a push/pull. Used by the thread that decodes. */
  private static final class StateFields implements Msgpack.Field {
    private final Limits limits;
    private final Map<String, Long> statusTimes = new LinkedHashMap<>();
    private final List<String> left = new ArrayList<>();
    private final List<SerfState.EventsAt> events = new ArrayList<>();
    private long time;
    private long eventTime;
    private long queryTime;
    private byte[] shared = NOTHING;
    private int eventCount;

    StateFields(Limits limits) {
      this.limits = limits;
    }

    @Override
    public void read(String key, Msgpack.Reader value)
        throws IOException, MalformedMessageException {
      switch (key) {
        case "LTime" -> time = SerfDecoder.time(value);
        case "EventLTime" -> eventTime = SerfDecoder.time(value);
        case "QueryLTime" -> queryTime = SerfDecoder.time(value);
        case "StatusLTimes" -> readStatusTimes(value);
        case "LeftMembers" ->
            array(value, maxNodes(), node -> left.add(node.string(RingConfig.MAX_NAME_BYTES)));
        case "Events" -> array(value, LamportWindow.TIMES, this::readMoment);
        case SerfEncoder.SHARED_KEY -> shared = value.bytes(limits.stateBytes());
        default -> value.skip();
      }
    }

    private void readStatusTimes(Msgpack.Reader value)
        throws IOException, MalformedMessageException {
      if (!value.skipNil()) {
        value.map(
            maxNodes(),
            RingConfig.MAX_NAME_BYTES,
            (node, status) -> statusTimes.put(node, SerfDecoder.time(status)));
      }
    }

    /** An agent remembers who was here longer than we do. */
    private int maxNodes() {
      return 2 * limits.members();
    }

    /** Serf sends its whole ring buffer, with nothing in most places. */
    private void readMoment(Msgpack.Reader in) throws IOException, MalformedMessageException {
      if (in.skipNil()) {
        return;
      }
      var moment =
          new Object() {
            long time;
          };
      Set<UserEvent> told = new LinkedHashSet<>();
      in.map(
          (key, value) -> {
            switch (key) {
              case "LTime" -> moment.time = SerfDecoder.time(value);
              case "Events" ->
                  array(value, limits.serf().events(), element -> readEvent(element, told));
              default -> value.skip();
            }
          });
      events.add(new SerfState.EventsAt(moment.time, told));
    }

    private void readEvent(Msgpack.Reader in, Set<UserEvent> told)
        throws IOException, MalformedMessageException {
      if (++eventCount > limits.serf().events()) {
        throw new MalformedMessageException("more than " + limits.serf().events() + " events");
      }
      var fields = new EventFields();
      in.map(fields);
      UserEvent event = fields.eventOrNull();
      if (event != null) {
        told.add(event);
      }
    }

    SerfState state() {
      return new SerfState(time, statusTimes, left, eventTime, events, queryTime, shared);
    }
  }
}
