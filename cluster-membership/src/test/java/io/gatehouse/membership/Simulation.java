package io.gatehouse.membership;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A ring in virtual time: the state machines are the real ones, the network between them is this.
 * Packets are lost, delayed and so reordered as the {@link Network} says; streams are delayed only.
 * Everything is drawn from one seed, so a run replays exactly. Used by one test thread.
 */
final class Simulation {
  static final long MILLI = 1_000_000;
  static final long SECOND = 1000 * MILLI;

  /**
   * What the network does to packets.
   *
   * @param loss share that is lost
   * @param minDelayNanos shortest way of a packet or of one direction of a stream
   * @param maxDelayNanos longest
   */
  record Network(double loss, long minDelayNanos, long maxDelayNanos) {
    static final Network GOOD = new Network(0, MILLI / 10, 2 * MILLI);
    static final Network LOSSY = new Network(0.05, MILLI / 10, 20 * MILLI);
  }

  /** One change that one observer saw. */
  record Sighting(long atNanos, String observer, String node, NodeState state) {}

  private record Task(long atNanos, long order, Runnable action) {}

  private final SplittableRandom random;
  private final Network network;
  private final PriorityQueue<Task> tasks =
      new PriorityQueue<>(Comparator.comparingLong(Task::atNanos).thenComparingLong(Task::order));
  private final Map<InetSocketAddress, Node> byAddress = new HashMap<>();
  private final List<Sighting> sightings = new ArrayList<>();
  private Predicate<InetSocketAddress> farSide = address -> false;
  // Near the end of the clock's range, so that comparing instants instead of differences shows.
  private long now = Long.MAX_VALUE - SECOND;
  private long nextOrder;
  private long packets;

  Simulation(SplittableRandom random, Network network) {
    this.random = random;
    this.network = network;
  }

  /** One process: it lives until it is killed. */
  final class Node {
    final String name;
    final InetSocketAddress address;
    final Map<RingCounter, Long> counters = new HashMap<>();
    private final Swim swim;
    private final PacketDecoder decoder = new PacketDecoder(this::count);
    private final Limits limits;
    private final Map<Timer, Task> timers = new HashMap<>();
    private final Map<Long, Node> streams = new HashMap<>();
    private final Map<Long, InetSocketAddress> asked = new HashMap<>();
    private ClusterView view = ClusterView.EMPTY;
    final List<UserEvent> heard = new ArrayList<>();
    final List<byte[]> sharedByOthers = new ArrayList<>();
    byte[] shared = new byte[0];
    private long nextStream;
    private boolean up = true;
    private boolean goodbye;
    private int health;

    private Node(RingConfig config) {
      name = config.node();
      address = config.bind();
      limits = config.limits();
      swim = new Swim(config, address, random.split(), this::count, () -> shared, now);
    }

    private void count(RingCounter counter) {
      counters.merge(counter, 1L, Long::sum);
    }

    long count(RingCounter counter, long none) {
      return counters.getOrDefault(counter, none);
    }

    int health() {
      return health;
    }

    boolean saidGoodbye() {
      return goodbye;
    }

    ClusterView view() {
      return view;
    }

    @Nullable NodeState sees(String node) {
      Member member = view.members().get(node);
      return member == null ? null : member.state();
    }

    Member member(String node) {
      return Objects.requireNonNull(view.members().get(node), node);
    }

    void handle(Event event) {
      if (up) {
        swim.step(event, now).forEach(this::perform);
      }
    }

    void updateTags(Map<String, String> tags) {
      handle(new Event.MetaUpdated(new Meta(Tags.encode(tags))));
    }

    void kill() {
      up = false;
      byAddress.remove(address, this);
    }

    private void perform(Effect effect) {
      switch (effect) {
        case Effect.SendPacket(var to, var packet) -> send(this, to, packet);
        case Effect.Schedule(var timer, var at) -> schedule(timer, at);
        case Effect.Cancel(var timer) -> timers.remove(timer);
        case Effect.Publish() -> publish(swim.view());
        case Effect.StateChanged c -> {}
        case Effect.HealthChanged(var score) -> health = score;
        case Effect.OpenExchange(var to, var bytes) -> openExchange(to, bytes);
        case Effect.OpenPing(var to, var bytes) -> openPing(to, bytes);
        case Effect.Reply(var stream, var bytes) -> reply(stream, bytes);
        case Effect.ResolveSeed(var seed) -> handle(new Event.SeedResolved(seed, List.of()));
        case Effect.GoodbyeGossiped() -> goodbye = true;
        case Effect.NameConflict c -> {}
        case Effect.Refuted r -> {}
        case Effect.LimitReached l -> {}
        case Effect.EventHeard(var event) -> heard.add(event);
        case Effect.SharedReceived(var state) -> sharedByOthers.add(state);
        case Effect.RoundTrip r -> {}
        case Effect.AskKeys(var query, var request) ->
            handle(new Event.KeysAnswered(query, KeyRequest.Answer.ok(List.of())));
      }
    }

    private void schedule(Timer timer, long at) {
      var task = new Task[1];
      task[0] =
          at(
              Math.max(0, at - now),
              () -> {
                if (timers.remove(timer, task[0])) {
                  handle(new Event.TimerDue(timer));
                }
              });
      timers.put(timer, task[0]);
    }

    private void publish(ClusterView next) {
      for (Member member : next.members().values()) {
        if (sees(member.name()) != member.state()) {
          sightings.add(new Sighting(now, name, member.name(), member.state()));
        }
      }
      view = next;
    }

    private void openExchange(InetSocketAddress to, byte[] bytes) {
      open(to, bytes, () -> handle(new Event.ExchangeFailed(to)));
    }

    private void openPing(InetSocketAddress to, byte[] bytes) {
      open(to, bytes, () -> {});
    }

    private void open(InetSocketAddress to, byte[] bytes, Runnable onFailure) {
      at(
          delay(),
          () -> {
            Node peer = byAddress.get(to);
            if (peer == null || cut(address, to)) {
              onFailure.run();
              return;
            }
            long stream = peer.nextStream++;
            peer.streams.put(stream, this);
            peer.asked.put(stream, to);
            peer.handle(new Event.StreamReceived(stream, decodeStream(bytes)));
          });
    }

    private void reply(long stream, byte[] bytes) {
      Node opener = Objects.requireNonNull(streams.remove(stream));
      InetSocketAddress to = Objects.requireNonNull(asked.remove(stream));
      at(
          delay(),
          () -> {
            if (cut(address, opener.address) || bytes.length == 0) {
              opener.handle(new Event.ExchangeFailed(to));
              return;
            }
            switch (decodeStream(bytes)) {
              case Message.PushPull state ->
                  opener.handle(new Event.ExchangeAnswered(to, to, state));
              case Message.Ack ack -> opener.handle(new Event.StreamAcked(ack.seq()));
              default -> throw new AssertionError("an answer nobody asked for");
            }
          });
    }

    private Message decodeStream(byte[] bytes) {
      try {
        return Objects.requireNonNull(new StreamDecoder(limits, this::count).feed(bytes));
      } catch (MalformedMessageException e) {
        throw new AssertionError(e);
      }
    }
  }

  Node start(RingConfig config) {
    var node = new Node(config);
    byAddress.put(node.address, node);
    node.handle(new Event.Started());
    return node;
  }

  /** Starts {@code count} nodes that all have the first as their seed. */
  Map<String, Node> startRing(int count, Timing timing) {
    var nodes = new LinkedHashMap<String, Node>();
    for (int i = 0; i < count; i++) {
      Node node = start(config("n" + i, address(i), List.of(address(0)), timing));
      nodes.put(node.name, node);
    }
    return nodes;
  }

  static RingConfig config(
      String name, InetSocketAddress address, List<InetSocketAddress> seeds, Timing timing) {
    return new RingConfig(
        name, address, seeds, Map.of(Member.TAG_ROLE, "l7"), timing, Limits.DEFAULT);
  }

  static InetSocketAddress address(int host) {
    try {
      byte[] ip = {10, 0, (byte) (host >> 8), (byte) host};
      return new InetSocketAddress(InetAddress.getByAddress(ip), 7946);
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  /** Cuts the nodes for which it holds off from those for which it does not. */
  void partition(Predicate<InetSocketAddress> farSide) {
    this.farSide = farSide;
  }

  void heal() {
    this.farSide = address -> false;
  }

  private boolean cut(InetSocketAddress from, InetSocketAddress to) {
    return farSide.test(from) != farSide.test(to);
  }

  private void send(Node from, InetSocketAddress to, byte[] packet) {
    packets++;
    if (packet.length > from.limits.packetBytes()) {
      throw new AssertionError("packet of " + packet.length + " bytes");
    }
    if (random.nextDouble() >= network.loss()) {
      at(delay(), () -> deliver(from, to, packet));
    }
  }

  private void deliver(Node from, InetSocketAddress to, byte[] packet) {
    Node node = byAddress.get(to);
    if (node != null && !cut(from.address, to)) {
      node.handle(new Event.PacketReceived(node.decoder.decode(packet), from.address));
    }
  }

  /** Gives a node a packet that nobody sent. */
  void inject(Node to, Message message) {
    to.handle(new Event.PacketReceived(List.of(message), address(9999)));
  }

  private long delay() {
    return random.nextLong(network.minDelayNanos(), network.maxDelayNanos() + 1);
  }

  private Task at(long delayNanos, Runnable action) {
    var task = new Task(elapsed() + delayNanos, nextOrder++, action);
    tasks.add(task);
    return task;
  }

  private long elapsed() {
    return now - (Long.MAX_VALUE - SECOND);
  }

  /** Lets time pass. */
  void run(long nanos) {
    runUntil(nanos, () -> false);
  }

  /**
   * Lets time pass until {@code done}.
   *
   * @return the time that it took
   * @throws AssertionError if it is not done within {@code limitNanos}
   */
  long await(String what, long limitNanos, BooleanSupplier done) {
    long start = now;
    if (!runUntil(limitNanos, done)) {
      throw new AssertionError(what + ": not within " + limitNanos / MILLI + " ms");
    }
    return now - start;
  }

  private boolean runUntil(long nanos, BooleanSupplier done) {
    long end = elapsed() + nanos;
    while (!done.getAsBoolean()) {
      Task next = tasks.peek();
      if (next == null || next.atNanos() > end) {
        now += end - elapsed();
        return done.getAsBoolean();
      }
      tasks.remove();
      now += next.atNanos() - elapsed();
      next.action().run();
    }
    return true;
  }

  List<Sighting> sightings() {
    return sightings;
  }

  long packets() {
    return packets;
  }

  long nowNanos() {
    return now;
  }
}
