package io.gatehouse.health;

import static java.util.concurrent.TimeUnit.DAYS;
import static java.util.concurrent.TimeUnit.MILLISECONDS;

import io.gatehouse.health.EvidenceState.MalformedStateException;
import io.gatehouse.membership.Ring;
import io.gatehouse.membership.SerfLimits;
import io.gatehouse.membership.SharedState;
import io.gatehouse.membership.UserEvent;
import io.gatehouse.transport.LoopCounters;
import io.netty.channel.EventLoop;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says in the ring what this node sees, and hears what others say: changes as user events, the
 * whole table with every push/pull. What it hears it only keeps; what to make of it is decided
 * elsewhere.
 *
 * <p>Owned by the monitor's loop. The ring calls from its own thread: what it brings is handed
 * over, {@link #MAX_WAITING} pieces at most, and the table is read as it stands.
 */
final class HealthGossip {
  private static final Logger log = LoggerFactory.getLogger(HealthMonitor.class);

  /** Pieces of news that may wait for the loop; more are dropped, the push/pull brings them. */
  static final int MAX_WAITING = 1024;

  /** Events said at once, and how long the next ones wait. */
  static final int MAX_EVENTS = 8;

  static final long PAUSE_NANOS = MILLISECONDS.toNanos(100);

  /** A boot epoch further ahead of this node's clock than this is not believed. */
  private static final long MAX_AHEAD_MILLIS = DAYS.toMillis(1);

  /** Told of news, on the loop. */
  interface Listener {
    /** Evidence about these endpoints has changed. */
    void heard(Collection<EndpointKey> changed);

    /** Another node's data path has met a failure. */
    void hinted(Hint hint);
  }

  private final String node;
  private final Ring ring;
  private final EventLoop loop;
  private final InstantSource clock;
  private final LoopCounters.Shard<HealthCounter> counters;
  private final Listener listener;
  private final EvidenceTable table = new EvidenceTable(EvidenceTable.Limits.DEFAULT);
  private final EvidenceOutbox outbox = new EvidenceOutbox();
  private final HintGate hints = new HintGate();
  private final Map<EndpointKey, EndpointWatch.OwnView> said = new HashMap<>();
  private final AtomicInteger waiting = new AtomicInteger();
  private final AtomicInteger dropped = new AtomicInteger();
  private long epoch;
  private long sequence;
  private boolean flushIsDue;
  private boolean noRoom;
  private volatile boolean closed;

  HealthGossip(
      String node,
      Ring ring,
      EventLoop loop,
      InstantSource clock,
      LoopCounters.Shard<HealthCounter> counters,
      Listener listener) {
    this.node = node;
    this.ring = ring;
    this.loop = loop;
    this.clock = clock;
    this.counters = counters;
    this.listener = listener;
    this.epoch = clock.millis();
  }

  void start() {
    ring.onEvent(this::onEvent);
    ring.share(
        new SharedState() {
          @Override
          public byte[] local() {
            return EvidenceState.write(table.all(), SerfLimits.DEFAULT.sharedBytes());
          }

          @Override
          public void merge(byte[] remote) {
            handOver(() -> takeState(remote));
          }
        });
  }

  void close() {
    closed = true;
  }

  /** What everybody has said; to be read by any thread. */
  EvidenceTable table() {
    return table;
  }

  /** Says what this node's own probes come to. */
  void say(EndpointKey key, EndpointWatch.OwnView view) {
    assert loop.inEventLoop();
    if (view.verdict() == Verdict.UNKNOWN && !said.containsKey(key)) {
      return; // nothing to take back
    }
    said.put(key, view);
    var evidence =
        new Evidence(
            node,
            key,
            view.verdict(),
            view.weightPercent(),
            Evidence.plain(view.cause()),
            Math.max(0, view.since().toEpochMilli()),
            epoch,
            ++sequence);
    keep(evidence, new LinkedHashSet<>());
    outbox.add(evidence);
    flushSoon(0);
  }

  /** Tells the others what the data path met, if that is not too often. */
  void hint(EndpointKey key, String cause) {
    assert loop.inEventLoop();
    var event = new Hint(key, node, cause).event();
    if (event == null || !hints.admits(key, System.nanoTime())) {
      counters.increment(HealthCounter.HINTS_NOT_SENT);
      return;
    }
    counters.increment(HealthCounter.HINTS_SENT);
    ring.broadcast(event);
  }

  /** Forgets what a node has said that is gone. */
  void forget(String observer) {
    var changed = new LinkedHashSet<EndpointKey>();
    table.forget(observer, changed);
    if (!changed.isEmpty()) {
      listener.heard(changed);
    }
  }

  private void flushSoon(long waitNanos) {
    if (!flushIsDue && !closed) {
      flushIsDue = true;
      loop.schedule(this::flush, waitNanos, java.util.concurrent.TimeUnit.NANOSECONDS);
    }
  }

  private void flush() {
    flushIsDue = false;
    if (closed) {
      return;
    }
    for (var event : outbox.take(MAX_EVENTS)) {
      counters.increment(HealthCounter.EVIDENCE_EVENTS_SENT);
      ring.broadcast(event);
    }
    if (!outbox.isEmpty()) {
      flushSoon(PAUSE_NANOS);
    }
  }

  // --- what the ring brings

  private void onEvent(UserEvent event) {
    switch (event.name()) {
      case EvidenceOutbox.EVENT ->
          handOver(() -> take(EvidenceText.read(event.payload()), event.payload().length > 0));
      case Hint.EVENT -> handOver(() -> takeHint(event.payload()));
      default -> {}
    }
  }

  private void handOver(Runnable task) {
    if (closed) {
      return;
    }
    if (loop.inEventLoop()) {
      task.run();
      return;
    }
    if (waiting.incrementAndGet() > MAX_WAITING) {
      waiting.decrementAndGet();
      dropped.incrementAndGet();
      return;
    }
    try {
      loop.execute(
          () -> {
            waiting.decrementAndGet();
            counters.add(HealthCounter.EVIDENCE_DROPPED_QUEUE, dropped.getAndSet(0));
            if (!closed) {
              task.run();
            }
          });
    } catch (RejectedExecutionException e) {
      log.atDebug().log("news of the ring after the end of the health checks");
    }
  }

  private void takeHint(byte[] payload) {
    var hint = Hint.read(payload);
    if (hint == null) {
      counters.increment(HealthCounter.EVIDENCE_DROPPED_MALFORMED);
    } else if (!hint.observer().equals(node)) {
      listener.hinted(hint);
    }
  }

  private void takeState(byte[] remote) {
    try {
      take(EvidenceState.read(remote), false);
    } catch (MalformedStateException e) {
      counters.increment(HealthCounter.EVIDENCE_DROPPED_MALFORMED);
      log.atWarn()
          .addKeyValue("bytes", remote.length)
          .addKeyValue("cause", e.getMessage())
          .log("another node's health table cannot be read");
    }
  }

  private void take(List<Evidence> news, boolean expected) {
    if (news.isEmpty() && expected) {
      counters.increment(HealthCounter.EVIDENCE_DROPPED_MALFORMED);
    }
    var changed = new LinkedHashSet<EndpointKey>();
    for (var evidence : news) {
      if (evidence.epoch() > clock.millis() + MAX_AHEAD_MILLIS) {
        counters.increment(HealthCounter.EVIDENCE_DROPPED_MALFORMED);
      } else if (evidence.observer().equals(node)) {
        contradict(evidence);
      } else {
        keep(evidence, changed);
      }
    }
    if (!changed.isEmpty()) {
      listener.heard(changed);
    }
  }

  private void keep(Evidence evidence, Collection<EndpointKey> changed) {
    switch (table.add(evidence, changed)) {
      case NEWS -> counters.increment(HealthCounter.EVIDENCE_TAKEN);
      case STALE -> counters.increment(HealthCounter.EVIDENCE_DROPPED_STALE);
      case NO_ROOM -> {
        counters.increment(HealthCounter.EVIDENCE_DROPPED_NO_ROOM);
        if (!noRoom) {
          noRoom = true;
          log.atWarn()
              .addKeyValue("records", table.size())
              .addKeyValue("observer", evidence.observer())
              .log("no room for more evidence of health; what is left out does not count");
        }
      }
    }
  }

  /**
   * The ring knows something of this node that it has not said: an earlier life of it, whose clock
   * was ahead. Everything is said again, so that it counts.
   */
  private void contradict(Evidence evidence) {
    boolean ours =
        evidence.epoch() < epoch || (evidence.epoch() == epoch && evidence.sequence() <= sequence);
    if (ours) {
      return;
    }
    epoch = evidence.epoch() + 1;
    log.atWarn()
        .addKeyValue("epoch", evidence.epoch())
        .log("the ring holds evidence of a later start of this node; everything is said again");
    Map.copyOf(said).forEach(this::say);
  }
}
