package io.gatehouse.membership;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * Exchanges of full state: with the seeds to join, with a random member from time to time, and with
 * the seeds again whenever one of them is not an alive member, for ever. That last is what heals a
 * partition, which memberlist alone does not. Owned by the ring's loop.
 */
final class Exchanges {
  private static final double JITTER = 0.25;

  /** Header of a push/pull, at most. */
  private static final int OVERHEAD_BYTES = 256;

  /** An entry without its name and metadata, at most: keys, address, numbers. */
  private static final int ENTRY_BYTES = 96;

  private static final class Seed {
    private InetSocketAddress resolved;
    private long waitNanos;
    private boolean underWay;

    private Seed(InetSocketAddress address, long waitNanos) {
      this.resolved = address;
      this.waitNanos = waitNanos;
    }
  }

  private final Timing timing;
  private final int stateBytes;
  private final MemberTable table;
  private final Rumours rumours;
  private final Serf serf;
  private final Outbox outbox;
  private final Consumer<RingCounter> counter;
  private final RandomGenerator random;
  private final Map<InetSocketAddress, Seed> seeds = new HashMap<>();

  Exchanges(
      RingConfig config,
      MemberTable table,
      Rumours rumours,
      Serf serf,
      Outbox outbox,
      Consumer<RingCounter> counter,
      RandomGenerator random) {
    this.timing = config.timing();
    this.stateBytes = config.limits().stateBytes();
    this.table = table;
    this.rumours = rumours;
    this.serf = serf;
    this.outbox = outbox;
    this.counter = counter;
    this.random = random;
    for (InetSocketAddress seed : config.seeds()) {
      seeds.put(seed, new Seed(seed, timing.rejoinMinNanos()));
    }
    seeds.remove(table.self().address());
  }

  void start(long nowNanos) {
    seeds.keySet().forEach(seed -> rejoinDue(seed, nowNanos));
    long interval = timing.pushPullIntervalNanos();
    outbox.schedule(new Timer.PushPull(), nowNanos + random.nextLong(interval));
  }

  void pushPullDue(long nowNanos) {
    long interval = Formulas.pushPullNanos(timing.pushPullIntervalNanos(), table.size());
    outbox.schedule(new Timer.PushPull(), nowNanos + interval);
    for (Peer peer : table.pick(1, p -> p.state() == NodeState.ALIVE)) {
      open(peer.address(), false);
    }
  }

  void rejoinDue(InetSocketAddress address, long nowNanos) {
    Seed seed = seeds.get(address);
    if (seed == null || seed.resolved.equals(table.self().address())) {
      return;
    }
    if (table.aliveAt(seed.resolved)) {
      seed.waitNanos = timing.rejoinMinNanos();
    } else if (!seed.underWay) {
      seed.underWay = true;
      open(address, true);
    }
    outbox.schedule(new Timer.Rejoin(address), nowNanos + jittered(seed.waitNanos));
  }

  void answered(Event.ExchangeAnswered answer, long nowNanos) {
    Seed seed = seeds.get(answer.asked());
    if (seed != null) {
      seed.underWay = false;
      seed.resolved = answer.remote();
      seed.waitNanos = timing.rejoinMinNanos();
    }
    merge(answer.state(), nowNanos);
    if (seed != null) {
      serf.joined(nowNanos);
    }
  }

  private void merge(Message.PushPull state, long nowNanos) {
    rumours.merge(state, nowNanos);
    serf.merge(state.user(), nowNanos);
  }

  void failed(InetSocketAddress asked) {
    counter.accept(RingCounter.EXCHANGE_FAILURES);
    Seed seed = seeds.get(asked);
    if (seed != null) {
      seed.underWay = false;
      long max =
          Formulas.rejoinMaxNanos(
              timing.rejoinMinNanos(), timing.rejoinMaxNanos(), table.othersPresent() + 1);
      seed.waitNanos = Math.min(seed.waitNanos * 2, max);
    }
  }

  /** Another node opened an exchange: it gets our state as it was before its own is merged. */
  void answer(long stream, Message.PushPull state, long nowNanos) {
    counter.accept(RingCounter.EXCHANGES_ANSWERED);
    outbox.add(new Effect.Reply(stream, localState(state.join())));
    merge(state, nowNanos);
  }

  private void open(InetSocketAddress to, boolean join) {
    counter.accept(RingCounter.EXCHANGES_STARTED);
    outbox.add(new Effect.OpenExchange(to, localState(join)));
  }

  /** This node first, then as many others as the limit allows: peers refuse more. */
  private byte[] localState(boolean join) {
    var entries = new ArrayList<Message.Entry>(table.size());
    UserData user = serf.localState(stateBytes / 2);
    int room = stateBytes - OVERHEAD_BYTES - user.bytes().length;
    for (Peer peer : table.all()) {
      Message.Entry entry = peer.entry();
      room -= ENTRY_BYTES + 3 * entry.node().length() + entry.meta().bytes().length;
      if (room < 0) {
        counter.accept(RingCounter.LIMIT_STATE_BYTES);
        outbox.add(new Effect.LimitReached(RingCounter.LIMIT_STATE_BYTES, "own state"));
        break;
      }
      entries.add(entry);
    }
    return MessageEncoder.encode(new Message.PushPull(join, entries, user));
  }

  private long jittered(long nanos) {
    return (long) (nanos * random.nextDouble(1 - JITTER, 1 + JITTER));
  }
}
