package io.gatehouse.membership;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * The ring's state machine: {@code (state, event, now) → effects}, and nothing else. It opens no
 * socket, reads no clock, starts no thread and draws its randomness from what it is given, so that
 * the same machine runs on sockets and in a simulation that replays from a seed.
 *
 * <p>The protocol is SWIM [1] with memberlist's additions: suspicion that shortens as others
 * confirm [2], anti-entropy by push/pull, and acks over TCP where UDP is lost. Its parts: {@link
 * Rumours} judge what is said of nodes, {@link Prober} asks them, {@link Exchanges} compares full
 * states, {@link BroadcastQueue} says what is gossiped next, and {@link Serf} is the layer above.
 *
 * <p>All of it is owned by one thread: the driver's event loop, or the simulation.
 *
 * <p>[1] Das, Gupta, Motivala: SWIM, DSN 2002. [2] Dadgar, Phillips, Currey: Lifeguard, DSN-W 2018.
 */
final class Swim {
  /** Rounds of gossip that the intent to leave has before the goodbye follows it. */
  private static final int INTENT_ROUNDS = 2;

  private final Timing timing;
  private final MemberTable table;
  private final BroadcastQueue queue;
  private final Outbox outbox;
  private final Rumours rumours;
  private final LocalHealth health;
  private final Hearing hearing;
  private final Prober prober;
  private final Exchanges exchanges;
  private final Acquaintances acquaintances;
  private final Serf serf;
  private final Announcer announcer;
  private final RandomGenerator random;
  private final Consumer<RingCounter> counter;
  private boolean leaving;
  private boolean goodbyePending;
  private int publishedHealth;

  /**
   * @param address what others are told, and where the sockets are
   * @param counter told what happens; never asked, so the machine stays a function of its events
   * @param shared gives what this node shares with others; empty for nothing
   */
  Swim(
      RingConfig config,
      InetSocketAddress address,
      RandomGenerator random,
      Consumer<RingCounter> counter,
      Supplier<byte[]> shared,
      long nowNanos) {
    this(config, address, RingMemory.NONE, random, counter, shared, nowNanos);
  }

  /**
   * A node that has lived before.
   *
   * @param memory of its last life, by {@link #memory}
   */
  Swim(
      RingConfig config,
      InetSocketAddress address,
      RingMemory memory,
      RandomGenerator random,
      Consumer<RingCounter> counter,
      Supplier<byte[]> shared,
      long nowNanos) {
    this.timing = config.timing();
    this.random = random;
    this.counter = counter;
    var self = new Peer(config.node(), address, nowNanos);
    self.describe(address, new Meta(Tags.encode(config.tags())), Versions.OURS);
    long incarnation = Formulas.firstIncarnation(memory.incarnation());
    self.become(NodeState.ALIVE, incarnation, nowNanos);
    Limits limits = config.limits();
    table = new MemberTable(self, limits.members(), random);
    queue = new BroadcastQueue(limits.broadcasts());
    var serfQueues = new SerfQueues(limits.serf().queuedMessages());
    outbox = new Outbox(config, table, queue, serfQueues);
    announcer = new Announcer(timing, table, outbox, nowNanos);
    var serfGossip = new SerfGossip(serfQueues, outbox, counter);
    var intents = new Intents(limits, table, serfGossip, outbox, counter);
    serf = new Serf(limits, table, intents, serfGossip, outbox, counter, shared);
    health = new LocalHealth(timing.guard().maxLocalHealth());
    hearing = new Hearing(timing.guard(), nowNanos);
    rumours = new Rumours(timing, limits, table, intents, health, hearing, outbox, counter);
    prober = new Prober(config, table, rumours, health, hearing, outbox, counter, random);
    acquaintances = new Acquaintances(table, memory.members());
    exchanges = new Exchanges(config, table, acquaintances, rumours, serf, outbox, counter, random);
  }

  /** Takes one event and says what is to be done. */
  List<Effect> step(Event event, long nowNanos) {
    if (hearing.stoodStill(nowNanos)) {
      health.stoodStill();
      prober.stoodStill();
      resume(nowNanos);
    }
    dispatch(event, nowNanos);
    exchanges.appeared(rumours.takeAppeared(), nowNanos);
    InetSocketAddress stranger = prober.takeStranger();
    if (stranger != null && !rumours.left()) {
      exchanges.meet(stranger, nowNanos);
    }
    if (table.takeChanged()) {
      outbox.add(new Effect.Publish());
    }
    if (health.score() != publishedHealth) {
      publishedHealth = health.score();
      outbox.add(new Effect.HealthChanged(publishedHealth));
    }
    if (goodbyePending && goodbyeIsDone()) {
      goodbyePending = false;
      outbox.add(new Effect.GoodbyeGossiped());
    }
    return outbox.drain();
  }

  /** The ring as it is after the last step; a new one is worth asking for after a Publish. */
  ClusterView view() {
    return table.view();
  }

  /**
   * Holds these for alive members without having been told: for a simulation that begins when the
   * ring has formed. Before anything else happens.
   */
  void know(List<Message.Entry> members, long nowNanos) {
    for (Message.Entry entry : members) {
      if (!entry.node().equals(table.self().name())) {
        Peer peer = table.add(new Peer(entry.node(), entry.address(), nowNanos));
        peer.describe(entry.address(), entry.meta(), entry.versions());
        peer.become(entry.state(), entry.incarnation(), nowNanos);
      }
    }
  }

  private void heard(long nowNanos) {
    if (hearing.heard(nowNanos)) {
      resume(nowNanos);
    }
  }

  /** Suspects get their time anew, and are told, so that they can refute again. */
  private void resume(long nowNanos) {
    counter.accept(RingCounter.RESUMPTIONS);
    exchanges.upheaval(nowNanos);
    rumours.resume(nowNanos).stream().limit(Announcer.NODES).forEach(prober::remind);
  }

  /** What this node is to know in its next life. */
  RingMemory memory() {
    return new RingMemory(table.self().incarnation(), acquaintances.all());
  }

  private void dispatch(Event event, long nowNanos) {
    switch (event) {
      case Event.Started() -> start(nowNanos);
      case Event.PacketReceived(var messages, var from) -> {
        heard(nowNanos);
        messages.forEach(message -> receive(message, from, nowNanos));
      }
      case Event.StreamReceived(var stream, var message) -> {
        heard(nowNanos);
        receiveStream(stream, message, nowNanos);
      }
      case Event.ExchangeAnswered answer -> {
        heard(nowNanos);
        exchanges.answered(answer, nowNanos);
      }
      case Event.ExchangeFailed(var asked) -> exchanges.failed(asked);
      case Event.SeedResolved(var seed, var addresses) -> exchanges.resolved(seed, addresses);
      case Event.StreamAcked(var seq) -> prober.streamAcked(seq);
      case Event.TimerDue(var timer) -> timerDue(timer, nowNanos);
      case Event.MetaUpdated(var meta) -> {
        if (!rumours.left()) {
          announcer.tell(rumours.update(meta, nowNanos), nowNanos);
        }
      }
      case Event.Told(var told) -> announcer.tellSoon(serf.tell(told), nowNanos);
      case Event.KeysAnswered(var query, var answer) -> serf.keysAnswered(query, answer);
      case Event.Leaving() -> leave(nowNanos);
    }
  }

  private void start(long nowNanos) {
    rumours.announce();
    exchanges.start(nowNanos);
    // A random phase keeps nodes that were started together from working in step.
    outbox.schedule(new Timer.Probe(), nowNanos + random.nextLong(timing.probeIntervalNanos()));
    scheduleGossip(nowNanos + random.nextLong(timing.gossipIntervalNanos()));
  }

  private void scheduleGossip(long atNanos) {
    hearing.tickDue(atNanos);
    outbox.schedule(new Timer.Gossip(), atNanos);
  }

  private void receive(Message message, InetSocketAddress from, long nowNanos) {
    switch (message) {
      case Message.Ping m -> prober.ping(m, from);
      case Message.IndirectPing m -> prober.indirectPing(m, from, nowNanos);
      case Message.Ack m -> prober.ack(m, from, nowNanos);
      case Message.Nack m -> prober.nack(m);
      case Message.Suspect m -> rumours.suspect(m, nowNanos);
      case Message.Alive m -> rumours.alive(m, nowNanos);
      case Message.Dead m -> rumours.dead(m, nowNanos);
      case Message.User m -> serf.received(m.data(), nowNanos);
      case Message.PushPull m -> counter.accept(RingCounter.DROPPED_UNKNOWN_TYPE);
      case Message.Failure m -> counter.accept(RingCounter.DROPPED_UNKNOWN_TYPE);
    }
  }

  private void receiveStream(long stream, Message message, long nowNanos) {
    switch (message) {
      case Message.PushPull m when !rumours.left() -> exchanges.answer(stream, m, nowNanos);
      case Message.Ping m when !prober.misdirected(m) ->
          outbox.add(new Effect.Reply(stream, MessageEncoder.encode(new Message.Ack(m.seq()))));
      case Message.User m -> {
        serf.received(m.data(), nowNanos);
        outbox.add(new Effect.Reply(stream, new byte[0]));
      }
      default -> outbox.add(new Effect.Reply(stream, new byte[0]));
    }
  }

  private void timerDue(Timer timer, long nowNanos) {
    switch (timer) {
      case Timer.Gossip() -> {
        scheduleGossip(nowNanos + timing.gossipIntervalNanos());
        announcer.tellWaiting(nowNanos);
        gossip(nowNanos);
      }
      case Timer.Goodbye() -> sayGoodbye(nowNanos);
      case Timer.Suspicion(var node) -> {
        Peer accused = rumours.suspicionDue(node, nowNanos);
        if (accused != null) {
          prober.remind(accused);
        }
      }
      case Timer.IndirectProbe(var seq) -> prober.indirectProbeTimedOut(seq, nowNanos);
      // A node that has said goodbye only spreads it; it asks for nothing any more.
      case Timer.Probe() when !rumours.left() -> {
        table.reap(timing.gossipToTheDeadNanos(), nowNanos, acquaintances::reaped);
        prober.probeDue(nowNanos);
      }
      case Timer.ProbeTimeout() when !rumours.left() -> prober.probeTimedOut();
      case Timer.PushPull() when !rumours.left() -> exchanges.pushPullDue(nowNanos);
      case Timer.Rejoin(var seed) when !rumours.left() -> exchanges.rejoinDue(seed, nowNanos);
      case Timer.Recall() when !rumours.left() -> exchanges.recallDue(nowNanos);
      case Timer.Probe(),
          Timer.ProbeTimeout(),
          Timer.PushPull(),
          Timer.Rejoin(_),
          Timer.Recall() -> {}
    }
  }

  private void gossip(long nowNanos) {
    if (!outbox.hasGossip()) {
      return;
    }
    for (Peer peer : table.listeners(timing.gossipNodes(), timing, nowNanos)) {
      if (!outbox.hasGossip()) {
        return;
      }
      outbox.send(peer.address());
    }
  }

  /**
   * First the intent, then the goodbye: a Serf agent takes a goodbye that it did not expect for a
   * failure, and does not read what comes at once in the order in which it was sent.
   */
  private void leave(long nowNanos) {
    if (leaving) {
      goodbyePending |= rumours.left();
      return;
    }
    leaving = true;
    announcer.tell(new Message.User(serf.leave(nowNanos)), nowNanos);
    if (isAlone()) {
      sayGoodbye(nowNanos);
    } else {
      long rounds = INTENT_ROUNDS * timing.gossipIntervalNanos();
      outbox.schedule(new Timer.Goodbye(), nowNanos + rounds);
    }
  }

  private void sayGoodbye(long nowNanos) {
    announcer.tell(rumours.leave(nowNanos), nowNanos);
    goodbyePending = true;
  }

  /** Whether the goodbye has been sent often enough, or there is nobody to hear it. */
  private boolean goodbyeIsDone() {
    return !queue.contains(table.self().name()) || isAlone();
  }

  private boolean isAlone() {
    return table.pick(1, peer -> !peer.deadOrLeft()).isEmpty();
  }
}
