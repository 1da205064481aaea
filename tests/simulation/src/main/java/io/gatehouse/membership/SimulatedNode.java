package io.gatehouse.membership;

import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * One process of a simulated ring: the real state machine, its timers by its own clock, and what
 * stands between it and the network. Used by the ring's thread.
 */
final class SimulatedNode {
  /** Packets that a socket's buffer of 208 KiB holds, each accounted with what the kernel adds. */
  private static final int SOCKET_PACKETS = 256;

  private static final byte[] NOTHING_SHARED = {};

  private final SimulatedRing ring;
  private final int number;
  private final RingConfig config;
  private final Clock clock;
  private final PacketDecoder decoder;
  private final Swim swim;
  private final Alarms alarms = new Alarms();
  private final ArrayDeque<Runnable> inbox = new ArrayDeque<>();
  private final ArrayDeque<Runnable> outgoing = new ArrayDeque<>();
  private final Map<Long, Stream> streams = new HashMap<>();
  private final long[] counters = new long[RingCounter.values().length];
  private long nextStream;
  private boolean up = true;
  private boolean blocked;
  private boolean stopped;
  private int health;
  private long dropped;

  /**
   * @param memory what is on its disk
   */
  SimulatedNode(
      SimulatedRing ring,
      int number,
      RingConfig config,
      Clock clock,
      RingMemory memory,
      SplittableRandom random) {
    this.ring = ring;
    this.number = number;
    this.config = config;
    this.clock = clock;
    this.decoder = new PacketDecoder(this::increment);
    this.swim =
        new Swim(
            config,
            config.bind(),
            memory,
            random,
            this::increment,
            () -> NOTHING_SHARED,
            clock.at(ring.nowNanos()));
  }

  int number() {
    return number;
  }

  String name() {
    return config.node();
  }

  InetSocketAddress address() {
    return config.bind();
  }

  RingConfig config() {
    return config;
  }

  boolean isUp() {
    return up;
  }

  /** Whether it neither sends nor hears at present. */
  boolean isBlocked() {
    return blocked || stopped;
  }

  int health() {
    return health;
  }

  ClusterView view() {
    return swim.view();
  }

  Swim machine() {
    return swim;
  }

  long count(RingCounter counter) {
    return counters[counter.ordinal()];
  }

  private void increment(RingCounter counter) {
    counters[counter.ordinal()]++;
  }

  /** Packets that did not fit the socket's buffer. */
  long dropped() {
    return dropped;
  }

  void handle(Event event) {
    if (up) {
      for (Effect effect : swim.step(event, clock.at(ring.nowNanos()))) {
        perform(effect);
      }
    }
  }

  /** The process is gone, and what it had not sent with it. */
  void crash() {
    up = false;
    alarms.clear();
    inbox.clear();
    outgoing.clear();
    streams.clear();
  }

  /** Sending and receiving stands still; timers run. */
  void block() {
    blocked = true;
  }

  void unblock() {
    blocked = false;
    letGo();
  }

  /** Everything stands still. */
  void stop() {
    stopped = true;
  }

  void goOn() {
    stopped = false;
    letGo();
  }

  private void letGo() {
    while (!isBlocked() && !outgoing.isEmpty()) {
      outgoing.remove().run();
    }
    while (!isBlocked() && !inbox.isEmpty()) {
      inbox.remove().run();
    }
  }

  private void perform(Effect effect) {
    switch (effect) {
      case Effect.SendPacket(var to, var packet) -> whenSending(() -> ring.send(this, to, packet));
      case Effect.Schedule(var timer, var at) -> schedule(timer, at);
      case Effect.Cancel(var timer) -> alarms.unset(timer);
      case Effect.StateChanged(var node, var address, var state) -> ring.changed(this, node, state);
      case Effect.HealthChanged(var score) -> health = score;
      case Effect.OpenExchange(var to, var bytes) ->
          whenSending(() -> ring.open(this, to, bytes, () -> handle(new Event.ExchangeFailed(to))));
      case Effect.OpenPing(var to, var bytes) ->
          whenSending(() -> ring.open(this, to, bytes, () -> {}));
      case Effect.Reply(var stream, var bytes) -> reply(stream, bytes);
      default -> {} // what is only for the log, or for who uses the view
    }
  }

  private void whenSending(Runnable send) {
    if (isBlocked()) {
      outgoing.add(send);
    } else {
      send.run();
    }
  }

  private void schedule(Timer timer, long atNanos) {
    Alarms.Alarm alarm = alarms.set(timer);
    ring.at(clock.when(atNanos, ring.nowNanos()), () -> due(timer, alarm));
  }

  private void due(Timer timer, Alarms.Alarm alarm) {
    if (!up || !alarm.isSet()) {
      return;
    }
    if (stopped) {
      // A loop that goes on finds timers and packets at once, and may take either first.
      Runnable late = () -> due(timer, alarm);
      if (ring.coin()) {
        inbox.addFirst(late);
      } else {
        inbox.addLast(late);
      }
      return;
    }
    alarms.unset(timer);
    ring.happened("timer", this, timer.hashCode());
    handle(new Event.TimerDue(timer));
  }

  void receive(byte[] packet, InetSocketAddress from) {
    if (isBlocked()) {
      if (inbox.size() < SOCKET_PACKETS) {
        inbox.add(() -> receive(packet, from));
      } else {
        dropped++;
      }
      return;
    }
    ring.happened("packet", this, packet.length);
    handle(new Event.PacketReceived(ring.decode(packet, decoder), from));
  }

  void accept(Stream stream) {
    if (isBlocked()) {
      inbox.add(() -> accept(stream));
      return;
    }
    long id = nextStream++;
    streams.put(id, stream);
    ring.happened("stream", this, id);
    handle(new Event.StreamReceived(id, decodeStream(stream.request())));
  }

  private void reply(long id, byte[] bytes) {
    Stream stream = streams.remove(id);
    if (stream != null) {
      whenSending(() -> ring.answer(stream, this, bytes));
    }
  }

  /** The answer to a stream that this node opened. */
  void answered(Stream stream, byte[] bytes) {
    if (isBlocked()) {
      inbox.add(() -> answered(stream, bytes));
      return;
    }
    if (!stream.finish()) {
      return;
    }
    ring.happened("answer", this, bytes.length);
    switch (decodeStream(bytes)) {
      case Message.PushPull state ->
          handle(new Event.ExchangeAnswered(stream.to(), stream.to(), state));
      case Message.Ack ack -> handle(new Event.StreamAcked(ack.seq()));
      default -> throw new AssertionError("an answer nobody asked for");
    }
  }

  private Message decodeStream(byte[] bytes) {
    try {
      Message message = new StreamDecoder(config.limits(), this::increment).feed(bytes);
      if (message == null) {
        throw new AssertionError("a stream ends too early");
      }
      return message;
    } catch (MalformedMessageException e) {
      throw new AssertionError(e);
    }
  }

  @Nullable NodeState sees(int subject) {
    return ring.seen(number, subject);
  }

  /** A connection that a node has opened. Used by the ring's thread. */
  static final class Stream {
    private final SimulatedNode opener;
    private final InetSocketAddress to;
    private final byte[] request;
    private final Runnable onFailure;
    private boolean finished;

    Stream(SimulatedNode opener, InetSocketAddress to, byte[] request, Runnable onFailure) {
      this.opener = opener;
      this.to = to;
      this.request = request;
      this.onFailure = onFailure;
    }

    SimulatedNode opener() {
      return opener;
    }

    InetSocketAddress to() {
      return to;
    }

    byte[] request() {
      return request;
    }

    /** Whether there was no outcome yet; there is one now. */
    boolean finish() {
      boolean first = !finished;
      finished = true;
      return first;
    }

    void fail() {
      if (finish()) {
        onFailure.run();
      }
    }
  }
}
