package io.gatehouse.membership;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A ring in virtual time. All that is drawn is drawn from one seed, and all that happens passes
 * through one queue, so a scenario and a seed replay exactly. Used by one thread.
 *
 * <p>What is real: the state machines, their packets, which the real encoder and decoder handle
 * (rumours that were decoded before come from {@link RumourCache}). What is not: TCP, of which only
 * the time is here that handshakes and lost segments take.
 */
final class SimulatedRing {
  private static final int PORT = 7946;
  private static final int NETWORK = 10 << 24;
  private static final byte FORGOTTEN = -1;
  private static final NodeState[] STATES = NodeState.values();
  private static final long MAX_ORIGIN_NANOS = 100 * Scenario.SECOND;

  private final Scenario scenario;
  private final SplittableRandom random;
  private final EventQueue queue = new EventQueue();
  private final RumourCache rumours = new RumourCache();
  private final boolean exactDecoding;
  private final Traffic traffic = new Traffic();
  private final History history;
  private final Weather weather;
  private final SimulatedNode[] nodes;
  private final Clock[] clocks;
  private final Map<String, Integer> names = new HashMap<>();
  private final List<Watcher> watchers = new ArrayList<>();
  private final byte[][] seen;
  private long now;

  SimulatedRing(Scenario scenario, long seed) {
    this(scenario, new SplittableRandom(seed), false, false);
  }

  SimulatedRing(Scenario scenario, SplittableRandom random) {
    this(scenario, random, false, false);
  }

  /**
   * @param exactDecoding whether each packet is decoded anew
   * @param inWords whether every event is kept in words
   */
  SimulatedRing(
      Scenario scenario, SplittableRandom random, boolean exactDecoding, boolean inWords) {
    this.scenario = scenario;
    this.random = random;
    this.exactDecoding = exactDecoding;
    this.history = new History(inWords);
    this.weather = new Weather(scenario, random.split());
    int n = scenario.nodes();
    nodes = new SimulatedNode[n];
    clocks = new Clock[n];
    seen = new byte[n][n];
    for (int i = 0; i < n; i++) {
      names.put(name(i), i);
      // Near the end of the range, so that instants which are compared wrongly show.
      long origin = Long.MAX_VALUE - random.nextLong(MAX_ORIGIN_NANOS);
      int drift = scenario.driftPpm();
      clocks[i] = new Clock(origin, drift == 0 ? 0 : random.nextInt(-drift, drift + 1));
      nodes[i] = newNode(i, RingMemory.NONE);
      Arrays.fill(seen[i], FORGOTTEN);
      seen[i][i] = (byte) NodeState.ALIVE.ordinal();
    }
    if (scenario.formed()) {
      introduce();
    }
    for (SimulatedNode node : nodes) {
      node.handle(new Event.Started());
    }
    new Director(this, random.split()).plan(scenario.incidents());
  }

  private void introduce() {
    var entries = new ArrayList<Message.Entry>(nodes.length);
    for (SimulatedNode node : nodes) {
      var meta = new Meta(Tags.encode(node.config().tags()));
      entries.add(
          new Message.Entry(node.name(), node.address(), meta, 1, NodeState.ALIVE, Versions.OURS));
    }
    for (SimulatedNode node : nodes) {
      node.machine().know(entries, clocks[node.number()].at(now));
      Arrays.fill(seen[node.number()], (byte) NodeState.ALIVE.ordinal());
    }
  }

  private RingConfig config(int number) {
    return new RingConfig(
        name(number),
        address(number),
        seeds(),
        Map.of(Member.TAG_ROLE, "l7"),
        scenario.timing(),
        Limits.DEFAULT);
  }

  private List<InetSocketAddress> seeds() {
    var seeds = new ArrayList<InetSocketAddress>();
    for (int i = 0; i < scenario.seeds(); i++) {
      seeds.add(address(i));
    }
    return seeds;
  }

  static String name(int number) {
    return "node-" + number;
  }

  /** Whose address it is; negative if nobody's. An IPv4 address is its own hash. */
  private int number(InetSocketAddress address) {
    int number = address.getAddress().hashCode() - NETWORK;
    return number >= 0 && number < nodes.length && address.getPort() == PORT ? number : -1;
  }

  static InetSocketAddress address(int number) {
    try {
      byte[] ip = {10, (byte) (number >> 16), (byte) (number >> 8), (byte) number};
      return new InetSocketAddress(InetAddress.getByAddress(ip), PORT);
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  Scenario scenario() {
    return scenario;
  }

  SimulatedNode node(int number) {
    return nodes[number];
  }

  Traffic traffic() {
    return traffic;
  }

  History history() {
    return history;
  }

  Weather weather() {
    return weather;
  }

  void watch(Watcher watcher) {
    watchers.add(watcher);
  }

  /** Nanoseconds since the start. */
  long nowNanos() {
    return now;
  }

  boolean coin() {
    return random.nextBoolean();
  }

  void at(long atNanos, Runnable action) {
    queue.add(atNanos, action);
  }

  private void after(long nanos, Runnable action) {
    queue.add(now + nanos, action);
  }

  void happened(String kind, SimulatedNode node, long detail) {
    history.event(kind, now, node.number(), detail);
  }

  void changed(SimulatedNode observer, String subject, NodeState state) {
    Integer number = names.get(subject);
    if (number == null) {
      return;
    }
    history.change(now, observer.name() + " sees " + subject + " " + state);
    seen[observer.number()][number] = (byte) state.ordinal();
    for (Watcher watcher : watchers) {
      watcher.changed(now, observer.number(), number, state);
    }
  }

  /** The last that {@code observer} has said of {@code subject}; null if it never knew it. */
  @Nullable NodeState seen(int observer, int subject) {
    byte state = seen[observer][subject];
    return state == FORGOTTEN ? null : STATES[state];
  }

  List<Message> decode(byte[] packet, PacketDecoder decoder) {
    return exactDecoding ? decoder.decode(packet) : rumours.decode(packet, decoder);
  }

  void send(SimulatedNode from, InetSocketAddress to, byte[] packet) {
    traffic.packet(packet.length);
    if (packet.length > from.config().limits().packetBytes()) {
      throw new AssertionError("packet of " + packet.length + " bytes");
    }
    int target = number(to);
    if (target < 0) {
      return;
    }
    InetSocketAddress source = from.address();
    for (int copies = weather.copies(from.number(), target); copies > 0; copies--) {
      after(
          weather.delayNanos(),
          () -> {
            SimulatedNode node = nodes[target];
            if (node.isUp()) {
              node.receive(packet, source);
            }
          });
    }
  }

  /** Opens a stream, whose outcome is an answer, or a failure by the deadline. */
  void open(SimulatedNode from, InetSocketAddress to, byte[] request, Runnable onFailure) {
    traffic.stream();
    traffic.streamBytes(request.length);
    var stream = new SimulatedNode.Stream(from, to, request, onFailure);
    after(scenario.timing().streamTimeoutNanos(), stream::fail);
    int number = number(to);
    if (number < 0) {
      return;
    }
    long nanos = weather.connectNanos(from.number(), number);
    if (nanos < 0) {
      return;
    }
    after(
        nanos,
        () -> {
          if (nodes[number].isUp()) {
            nodes[number].accept(stream);
          } else {
            stream.fail();
          }
        });
  }

  void answer(SimulatedNode.Stream stream, SimulatedNode from, byte[] answer) {
    traffic.streamBytes(answer.length);
    SimulatedNode opener = stream.opener();
    if (answer.length == 0) {
      after(weather.delayNanos(), stream::fail);
      return;
    }
    long nanos = weather.answerNanos(from.number(), opener.number());
    if (nanos >= 0) {
      after(nanos, () -> opener.answered(stream, answer));
    }
  }

  void crash(int number) {
    history.change(now, name(number) + " crashes");
    nodes[number].crash();
  }

  /**
   * Starts a node again.
   *
   * @param disk whether it remembers whom it knew, and its incarnation
   */
  void restart(int number, boolean disk) {
    history.change(now, name(number) + " starts again");
    RingMemory memory = disk ? nodes[number].machine().memory() : RingMemory.NONE;
    SimulatedNode fresh = newNode(number, memory);
    nodes[number] = fresh;
    Arrays.fill(seen[number], FORGOTTEN);
    seen[number][number] = (byte) NodeState.ALIVE.ordinal();
    fresh.handle(new Event.Started());
  }

  private SimulatedNode newNode(int number, RingMemory memory) {
    return new SimulatedNode(this, number, config(number), clocks[number], memory, random.split());
  }

  /** Whether all nodes that are up have the same view, and in it are alive, and nobody else. */
  boolean viewsAreEqual() {
    Map<String, Member> expected = null;
    for (SimulatedNode node : nodes) {
      if (node.isUp() && !seesAllAlive(node.number())) {
        return false;
      }
    }
    for (SimulatedNode node : nodes) {
      if (node.isUp()) {
        Map<String, Member> members = node.view().members();
        if (expected == null) {
          expected = members;
        } else if (!expected.equals(members)) {
          return false;
        }
      }
    }
    return true;
  }

  private boolean seesAllAlive(int observer) {
    for (SimulatedNode node : nodes) {
      boolean alive = seen[observer][node.number()] == (byte) NodeState.ALIVE.ordinal();
      if (node.isUp() && !alive) {
        return false;
      }
    }
    return true;
  }

  /** Lets time pass. */
  void run(long nanos) {
    long end = now + nanos;
    while (!queue.isEmpty() && queue.nextNanos() <= end) {
      now = queue.nextNanos();
      queue.take().run();
    }
    now = end;
  }

  /**
   * Lets time pass until {@code done}, which is asked every {@code stepNanos}.
   *
   * @return the time that it took
   * @throws AssertionError if it is not done within {@code limitNanos}; says what happened last
   */
  long await(String what, long stepNanos, long limitNanos, BooleanSupplier done) {
    long start = now;
    while (!done.getAsBoolean()) {
      if (now - start >= limitNanos) {
        throw new AssertionError(
            "%s: not within %d ms%n%s%nlast:%n%s"
                .formatted(what, limitNanos / Scenario.MILLI, scenario, history.lastChanges()));
      }
      run(stepNanos);
    }
    return now - start;
  }
}
