package io.gatehouse.membership;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import io.gatehouse.transport.LoopCounters;
import io.gatehouse.transport.Transport;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the state machine on real sockets, timers and time: turns what comes in into events and does
 * what the effects say. Owned by the ring's event loop; every method is called on it.
 */
final class RingDriver {
  private static final Logger log = LoggerFactory.getLogger(RingDriver.class);

  private final EventLoop loop;
  private final Sockets sockets;
  private final Streams streams;
  private final LoopCounters.Shard<RingCounter> counters;
  private final Wire wire;
  private final KeyChanges keyChanges;
  private final PacketDecoder decoder;
  private final SeedResolver resolver;
  private final MemoryKeeper memory;
  private final Swim swim;
  private final RingLog ringLog;
  private final Audience audience;
  private final Runnable onGoodbye;
  private final Map<Timer, Future<?>> timers = new HashMap<>();
  private int localHealth;
  private boolean closed;

  /**
   * @param audience told of all that happens, on the loop
   * @param onGoodbye told when the goodbye has been gossiped, on the loop
   */
  RingDriver(
      RingConfig config,
      Transport transport,
      EventLoop loop,
      Sockets sockets,
      KeyRing keys,
      RingMemory remembered,
      LoopCounters.Shard<RingCounter> counters,
      Audience audience,
      Runnable onGoodbye) {
    this.loop = loop;
    this.sockets = sockets;
    this.counters = counters;
    this.audience = audience;
    this.onGoodbye = onGoodbye;
    this.wire = new Wire(keys, Label.of(config.security().label()));
    this.keyChanges = new KeyChanges(keys, loop);
    this.decoder = new PacketDecoder(counters::increment);
    this.ringLog = new RingLog(config.node());
    this.streams =
        new Streams(
            config,
            wire,
            transport,
            loop,
            counters::increment,
            this::handle,
            this::limitReached,
            this::streamRefused);
    this.resolver = new SeedResolver(loop, this::seedResolved);
    this.swim =
        new Swim(
            config,
            sockets.address(),
            remembered,
            RandomGenerator.of("L64X128MixRandom"),
            counters::increment,
            audience::sharedState,
            System.nanoTime());
    this.memory = new MemoryKeeper(MemoryFile.of(config), loop, swim::memory, counters::increment);
  }

  void start() {
    assert loop.inEventLoop();
    handle(new Event.Started());
    sockets.open(this);
  }

  void accept(Channel stream) {
    assert loop.inEventLoop();
    streams.accept(stream);
  }

  void packetReceived(byte[] packet, InetSocketAddress from) {
    counters.increment(RingCounter.PACKETS_RECEIVED);
    counters.add(RingCounter.BYTES_RECEIVED, packet.length);
    switch (wire.openPacket(packet)) {
      case Wire.Opened.Refused(var reason) -> {
        counters.increment(reason);
        ringLog.packetRefused(reason, from, System.nanoTime());
      }
      case Wire.Opened.Plain(var plain) -> {
        var messages = decoder.decode(plain);
        if (!messages.isEmpty()) {
          handle(new Event.PacketReceived(messages, from));
        }
      }
    }
  }

  private void streamRefused(SocketAddress peer, String why) {
    ringLog.streamRefused(peer, why, System.nanoTime());
  }

  private void seedResolved(InetSocketAddress seed, List<InetSocketAddress> addresses) {
    if (addresses.isEmpty()) {
      ringLog.seedUnresolved(seed, System.nanoTime());
    }
    handle(new Event.SeedResolved(seed, addresses));
  }

  /** Gives the state machine an event and does what it says. */
  void handle(Event event) {
    assert loop.inEventLoop();
    if (closed) {
      return;
    }
    try {
      swim.step(event, System.nanoTime()).forEach(this::perform);
    } catch (RuntimeException e) {
      // The ring must outlive a defect: the tiers go on with the last view either way.
      counters.increment(RingCounter.INTERNAL_ERRORS);
      log.atError().setCause(e).addKeyValue("event", event).log("membership event failed");
    }
  }

  private void perform(Effect effect) {
    switch (effect) {
      case Effect.SendPacket(var to, var packet) -> send(to, packet);
      case Effect.Reply(var stream, var bytes) -> streams.reply(stream, bytes);
      case Effect.OpenExchange(var to, var bytes) -> streams.exchange(to, bytes);
      case Effect.ResolveSeed(var seed) -> resolver.resolve(seed);
      case Effect.OpenPing(var to, var bytes) -> streams.ping(to, bytes);
      case Effect.Schedule(var timer, var atNanos) -> schedule(timer, atNanos);
      case Effect.Cancel(var timer) -> cancel(timer);
      case Effect.Publish() -> {
        ClusterView view = swim.view();
        ringLog.viewChanged(view);
        memory.changed();
        audience.viewChanged(view);
      }
      case Effect.StateChanged(var node, var address, var state) ->
          ringLog.stateChanged(node, address, state);
      case Effect.HealthChanged(var score) -> healthChanged(score);
      case Effect.GoodbyeGossiped() -> onGoodbye.run();
      case Effect.NameConflict conflict -> ringLog.nameConflict(conflict, System.nanoTime());
      case Effect.Refuted refuted -> ringLog.refuted(refuted);
      case Effect.EventHeard(var event) -> audience.eventHeard(event);
      case Effect.SharedReceived(var state) -> audience.sharedReceived(state);
      case Effect.RoundTrip(var node, var nanos) -> audience.roundTrip(node, nanos);
      case Effect.AskKeys(var query, var request) ->
          keyChanges.request(request, answer -> handle(new Event.KeysAnswered(query, answer)));
      case Effect.LimitReached(var limit, var detail) -> limitReached(limit, detail);
    }
  }

  private void healthChanged(int score) {
    counters.add(RingCounter.LOCAL_HEALTH, (long) score - localHealth);
    ringLog.healthChanged(localHealth, score);
    localHealth = score;
  }

  private void limitReached(RingCounter limit, String detail) {
    ringLog.limitReached(limit, detail, System.nanoTime());
  }

  private void send(InetSocketAddress to, byte[] message) {
    Channel datagrams = sockets.datagrams();
    if (!datagrams.isWritable()) {
      counters.increment(RingCounter.SEND_FAILURES);
      return;
    }
    byte[] packet = wire.sealPacket(message);
    counters.increment(RingCounter.PACKETS_SENT);
    counters.add(RingCounter.BYTES_SENT, packet.length);
    datagrams
        .writeAndFlush(new DatagramPacket(Unpooled.wrappedBuffer(packet), to))
        .addListener(
            sent -> {
              if (!sent.isSuccess()) {
                counters.increment(RingCounter.SEND_FAILURES);
              }
            });
  }

  private void schedule(Timer timer, long atNanos) {
    long delayNanos = Math.max(0, atNanos - System.nanoTime());
    Future<?> due =
        loop.schedule(
            () -> {
              timers.remove(timer);
              handle(new Event.TimerDue(timer));
            },
            delayNanos,
            NANOSECONDS);
    Future<?> old = timers.put(timer, due);
    if (old != null) {
      old.cancel(false);
    }
  }

  private void cancel(Timer timer) {
    Future<?> due = timers.remove(timer);
    if (due != null) {
      due.cancel(false);
    }
  }

  /** Closes everything, without a goodbye. */
  void close() {
    assert loop.inEventLoop();
    if (closed) {
      return;
    }
    closed = true;
    timers.values().forEach(due -> due.cancel(false));
    timers.clear();
    memory.close();
    streams.close();
    sockets.close();
  }
}
