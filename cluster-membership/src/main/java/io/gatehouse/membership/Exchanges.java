package io.gatehouse.membership;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
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

  /** So many members that appear between two push/pulls are an upheaval: a partition has healed. */
  private static final int UPHEAVAL_MEMBERS = 4;

  /**
   * After an upheaval push/pulls come so many times sooner, since gossip does not reach everyone.
   */
  private static final int UPHEAVAL_HASTE = 30;

  /** Push/pulls in a row that bring nobody new end an upheaval. */
  private static final int UPHEAVAL_QUIET = 2;

  /** Header of a push/pull, at most. */
  private static final int OVERHEAD_BYTES = 256;

  /** An entry without its name and metadata, at most: keys, address, numbers. */
  private static final int ENTRY_BYTES = 96;

  /** Addresses of one name that are tried; more are left out. */
  static final int MAX_ADDRESSES = 64;

  /** Old acquaintances that are asked at once when nobody else is left. */
  private static final int RECALL_NODES = 3;

  private final Timing timing;
  private final int stateBytes;
  private final MemberTable table;
  private final Rumours rumours;
  private final Serf serf;
  private final Outbox outbox;
  private final Consumer<RingCounter> counter;
  private final RandomGenerator random;
  private final Acquaintances acquaintances;
  private final Map<InetSocketAddress, Seed> seeds = new LinkedHashMap<>();

  /** The seed on whose behalf an address is being tried. */
  private final Map<InetSocketAddress, Seed> attempts = new HashMap<>();

  private long recallWaitNanos;

  private int appeared;
  private int quiet;
  private boolean upheaval;
  private long nextMeetingNanos;

  Exchanges(
      RingConfig config,
      MemberTable table,
      Acquaintances acquaintances,
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
    this.acquaintances = acquaintances;
    this.recallWaitNanos = timing.rejoinMinNanos();
    for (InetSocketAddress seed : config.seeds()) {
      seeds.put(seed, new Seed(seed, timing));
    }
    seeds.remove(table.self().address());
  }

  void start(long nowNanos) {
    seeds.keySet().forEach(seed -> rejoinDue(seed, nowNanos));
    recallDue(nowNanos);
    nextMeetingNanos = nowNanos;
    long interval = timing.pushPullIntervalNanos();
    outbox.schedule(new Timer.PushPull(), nowNanos + random.nextLong(interval));
  }

  /** So many members have appeared, or have come back. */
  void appeared(int count, long nowNanos) {
    appeared += count;
    if (appeared >= UPHEAVAL_MEMBERS) {
      upheaval(nowNanos);
    }
  }

  /** Much may have changed, more than gossip tells: push/pulls come sooner until nothing is new. */
  void upheaval(long nowNanos) {
    if (!upheaval) {
      upheaval = true;
      quiet = 0;
      schedulePushPull(nowNanos);
    }
  }

  /** Somebody at this address counts on this node, which does not know it: they compare notes. */
  void meet(InetSocketAddress stranger, long nowNanos) {
    if (nowNanos - nextMeetingNanos >= 0) {
      nextMeetingNanos = nowNanos + timing.probeIntervalNanos();
      open(stranger, false);
    }
  }

  private void schedulePushPull(long nowNanos) {
    long interval = Formulas.pushPullNanos(timing.pushPullIntervalNanos(), table.size());
    long wait = upheaval ? jittered(interval / UPHEAVAL_HASTE) : interval;
    outbox.schedule(new Timer.PushPull(), nowNanos + wait);
  }

  void pushPullDue(long nowNanos) {
    quiet = appeared == 0 ? quiet + 1 : 0;
    appeared = 0;
    upheaval &= quiet < UPHEAVAL_QUIET;
    schedulePushPull(nowNanos);
    for (Peer peer : table.pick(1, p -> p.state() == NodeState.ALIVE)) {
      open(peer.address(), false);
    }
  }

  void rejoinDue(InetSocketAddress address, long nowNanos) {
    Seed seed = seeds.get(address);
    if (seed == null) {
      return;
    }
    if (!seed.isBusy()) {
      if (seed.isName()) {
        seed.resolving();
        outbox.add(new Effect.ResolveSeed(address));
      } else {
        tryAll(seed, List.of(address));
      }
    }
    outbox.schedule(new Timer.Rejoin(address), nowNanos + jittered(seed.waitNanos()));
  }

  /** The addresses of a seed's name; none if it leads nowhere. */
  void resolved(InetSocketAddress name, List<InetSocketAddress> addresses) {
    Seed seed = seeds.get(name);
    if (seed == null) {
      return;
    }
    if (addresses.isEmpty()) {
      counter.accept(RingCounter.SEEDS_UNRESOLVED);
      seed.unresolved(timing.rejoinMaxNanos());
    } else {
      tryAll(seed, addresses.stream().limit(MAX_ADDRESSES).toList());
    }
  }

  private void tryAll(Seed seed, List<InetSocketAddress> addresses) {
    List<InetSocketAddress> strangers =
        addresses.stream()
            .filter(address -> !address.equals(table.self().address()))
            .filter(address -> !table.aliveAt(address) && !attempts.containsKey(address))
            .toList();
    seed.trying(strangers.size());
    if (strangers.isEmpty()) {
      seed.satisfied();
    }
    for (InetSocketAddress stranger : strangers) {
      attempts.put(stranger, seed);
      open(stranger, true);
    }
  }

  /** Whether anybody is left; if not, those are asked that were there before. */
  void recallDue(long nowNanos) {
    if (acquaintances.alone()) {
      for (InetSocketAddress address : acquaintances.pick(RECALL_NODES, random)) {
        open(address, true);
      }
      recallWaitNanos = Math.min(recallWaitNanos * 2, timing.rejoinMaxNanos());
      outbox.schedule(new Timer.Recall(), nowNanos + jittered(recallWaitNanos));
    } else {
      recallWaitNanos = timing.rejoinMinNanos();
      outbox.schedule(new Timer.Recall(), nowNanos + timing.rejoinMaxNanos());
    }
  }

  void answered(Event.ExchangeAnswered answer, long nowNanos) {
    boolean joining = attempts.containsKey(answer.asked()) || acquaintances.alone();
    tried(answer.asked(), true);
    merge(answer.state(), nowNanos);
    if (joining) {
      serf.joined(nowNanos);
    }
  }

  private void merge(Message.PushPull state, long nowNanos) {
    rumours.merge(state, nowNanos);
    serf.merge(state.user(), nowNanos);
  }

  void failed(InetSocketAddress asked) {
    counter.accept(RingCounter.EXCHANGE_FAILURES);
    tried(asked, false);
  }

  private void tried(InetSocketAddress address, boolean success) {
    Seed seed = attempts.remove(address);
    if (seed != null) {
      seed.tried(success, maxWaitNanos());
    }
  }

  private long maxWaitNanos() {
    return Formulas.rejoinMaxNanos(
        timing.rejoinMinNanos(), timing.rejoinMaxNanos(), table.othersPresent() + 1);
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
