package io.gatehouse.health;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import io.gatehouse.membership.ClusterView;
import io.gatehouse.membership.Member;
import io.gatehouse.membership.NodeState;
import io.gatehouse.membership.Ring;
import io.gatehouse.transport.LoopCounters;
import io.gatehouse.transport.Transport;
import io.netty.channel.EventLoop;
import io.netty.resolver.dns.DnsServerAddressStreamProvider;
import io.netty.resolver.dns.DnsServerAddressStreamProviders;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Brings the judges their evidence and publishes what they decide. Everything happens on one event
 * loop, which owns all state; other threads only read the published snapshot or queue a task. What
 * they may queue is bounded: one task for the ring, which takes the latest view, and one per
 * endpoint for reported failures.
 */
final class ProbingMonitor implements HealthMonitor, WatchedPool.Listener, EndpointWatch.Listener {
  private static final Logger log = LoggerFactory.getLogger(HealthMonitor.class);

  /** Where time and chance come from, and what may be made smaller for a test. */
  record Seams(
      InstantSource clock,
      SplittableRandom random,
      Supplier<byte[]> localHeader,
      DnsServerAddressStreamProvider nameServers,
      int maxConcurrentProbes) {
    static Seams system(Supplier<byte[]> localHeader) {
      return new Seams(
          InstantSource.system(),
          new SplittableRandom(),
          localHeader,
          DnsServerAddressStreamProviders.platformDefault(),
          Prober.MAX_CONCURRENT);
    }
  }

  private final EventLoop loop;
  private final LoopCounters<HealthCounter> counters = new LoopCounters<>(HealthCounter.class, 1);
  private final LoopCounters.Shard<HealthCounter> counted = counters.shard(0);
  private final Prober prober;
  private final EndpointWatch.Sources sources;
  private final @Nullable NameLookup lookup;
  private final @Nullable SharedHealth shared;
  private final Map<String, WatchedPool> pools = new LinkedHashMap<>();
  private final SnapshotPublisher publisher = new SnapshotPublisher(pools.values(), counted);
  private boolean changed;
  private boolean cutOff;

  private volatile boolean closed;

  /** The view that the loop has still to look at; views that came in between are skipped. */
  private final AtomicReference<@Nullable ClusterView> pendingView = new AtomicReference<>();

  private ProbingMonitor(
      HealthConfig config, @Nullable Ring ring, Transport transport, EventLoop loop, Seams seams) {
    this.loop = loop;
    this.prober =
        new Prober(transport, loop, counted, seams.localHeader(), seams.maxConcurrentProbes());
    this.sources = new EndpointWatch.Sources(seams.random(), seams.clock());
    this.lookup = hasNames(config) ? new DnsLookup(transport, loop, seams.nameServers()) : null;
    this.shared =
        ring == null
            ? null
            : new SharedHealth(
                config.node(),
                hears -> new HealthGossip(config.node(), ring, loop, seams.clock(), counted, hears),
                counted);
    for (var pool : config.pools()) {
      if (pools.put(pool.pool(), new WatchedPool(pool, this::named, this::watch, this)) != null) {
        throw new IllegalArgumentException(
            "pool: %s (expected: named once)".formatted(pool.pool()));
      }
    }
    publisher.publish();
  }

  private static boolean hasNames(HealthConfig config) {
    return config.pools().stream().flatMap(p -> p.endpoints().stream()).anyMatch(Endpoint::isNamed);
  }

  private Function<Endpoint, NamedEndpoint> named(Runnable onChange) {
    return endpoint ->
        new NamedEndpoint(endpoint, loop, Objects.requireNonNull(lookup), counted, onChange);
  }

  private EndpointWatch watch(PoolHealth pool, Endpoint endpoint) {
    return new EndpointWatch(pool, endpoint, loop, prober, sources, this);
  }

  static ProbingMonitor start(
      HealthConfig config, @Nullable Ring ring, Transport transport, EventLoop loop, Seams seams) {
    var monitor = new ProbingMonitor(config, ring, transport, loop, seams);
    monitor.onLoop(monitor::begin);
    if (ring != null) {
      ring.onChange(monitor::onRing);
    }
    return monitor;
  }

  // --- any thread

  @Override
  public HealthSnapshot snapshot() {
    return publisher.snapshot();
  }

  @Override
  public HealthMatrix matrix() {
    return shared == null ? new HealthMatrix(List.of()) : shared.matrix();
  }

  @Override
  public void onChange(Consumer<HealthSnapshot> listener) {
    onLoop(() -> publisher.listen(listener));
  }

  @Override
  public void reportFailure(String pool, String endpoint, String cause) {
    var watched = pools.get(pool);
    var watch = watched == null ? null : watched.watch(endpoint);
    if (watch != null && watch.hintPending.compareAndSet(false, true)) {
      onLoop(() -> onReported(watch, cause));
    }
  }

  @Override
  public void reportServerErrors(String pool, String endpoint, int run) {
    var watched = pools.get(pool);
    int length = watched == null ? 0 : watched.config().serverErrorRun();
    if (length > 0 && run % length == 0) {
      reportFailure(pool, endpoint, run + " answers of 5xx in a row");
    }
  }

  @Override
  public LoopCounters<HealthCounter> counters() {
    return counters;
  }

  @Override
  public void close() {
    closed = true;
    try {
      loop.execute(this::stop);
    } catch (RejectedExecutionException _) {
      // the loop has ended, and with it every timer and channel
    }
  }

  private void onRing(ClusterView view) {
    if (pendingView.getAndSet(view) == null) {
      onLoop(this::takeRingView);
    }
  }

  private void onLoop(Runnable task) {
    if (closed) {
      return;
    }
    try {
      loop.execute(
          () -> {
            if (!closed) {
              task.run();
            }
          });
    } catch (RejectedExecutionException e) {
      log.atDebug().setCause(e).log("the loop of the health checks has ended");
    }
  }

  // --- the loop

  private void begin() {
    assert loop.inEventLoop();
    if (shared != null) {
      shared.start();
    }
    pools.values().forEach(WatchedPool::start);
  }

  private void stop() {
    assert loop.inEventLoop();
    pools.values().forEach(WatchedPool::close);
    prober.close();
    if (lookup != null) {
      lookup.close();
    }
    if (shared != null) {
      shared.close();
    }
    publisher.close();
  }

  private void onReported(EndpointWatch watch, String cause) {
    watch.hintPending.set(false);
    counted.increment(HealthCounter.HINTS_FROM_DATA_PATH);
    log.atDebug()
        .addKeyValue("pool", watch.key().pool())
        .addKeyValue("endpoint", watch.key().endpoint())
        .addKeyValue("cause", cause)
        .log("the data path reports a failure; probing now");
    watch.probeNow();
    if (shared != null) {
      shared.failed(watch, cause);
    }
  }

  private void takeRingView() {
    assert loop.inEventLoop();
    var view = pendingView.getAndSet(null);
    if (view == null) {
      return;
    }
    noteWhetherCutOff(view);
    for (var pool : pools.values()) {
      for (var watch : pool.watches()) {
        var member = view.members().get(watch.key().endpoint());
        // a member that is no longer listed was forgotten by the ring: the last word stands
        if (member != null && pool.config().followsRing()) {
          takeEvidence(watch, member);
        }
      }
    }
    if (shared != null) {
      shared.ringChanged(view, cutOff);
    }
  }

  private void takeEvidence(EndpointWatch watch, Member member) {
    boolean doubtful = member.state() == NodeState.SUSPECT || member.state() == NodeState.DEAD;
    if (cutOff && doubtful) {
      watch.probeNow();
      counted.increment(HealthCounter.HINTS_FROM_RING);
    } else if (watch.ring(RingEvidence.of(member))) {
      counted.increment(HealthCounter.HINTS_FROM_RING);
    }
  }

  private void noteWhetherCutOff(ClusterView view) {
    boolean looksCutOff = RingEvidence.looksCutOff(view);
    if (looksCutOff) {
      counted.increment(HealthCounter.RING_VIEWS_DOUBTED);
    }
    if (looksCutOff != cutOff) {
      cutOff = looksCutOff;
      log.atLevel(cutOff ? Level.WARN : Level.INFO)
          .addKeyValue("members", view.members().size())
          .log(
              cutOff
                  ? "every other ring member looks dead: this node looks cut off, verdicts stand"
                  : "the ring is back");
    }
  }

  @Override
  public void began(EndpointWatch watch) {
    if (shared != null) {
      shared.add(watch);
    }
  }

  @Override
  public void ended(EndpointWatch watch) {
    if (shared != null) {
      shared.remove(watch);
    }
  }

  @Override
  public void endpointsChanged() {
    publishSoon();
  }

  @Override
  public void seen(EndpointWatch watch) {
    if (shared != null) {
      shared.seen(watch);
    }
  }

  @Override
  public void judged(EndpointWatch watch, EndpointJudge.@Nullable Change change) {
    publishSoon();
    if (change == null) {
      return;
    }
    counted.increment(HealthCounter.became(change.to()));
    log.atLevel(change.to() == Verdict.DOWN ? Level.WARN : Level.INFO)
        .addKeyValue("pool", watch.key().pool())
        .addKeyValue("endpoint", watch.key().endpoint())
        .addKeyValue("from", change.from())
        .addKeyValue("to", change.to())
        .addKeyValue("cause", change.cause())
        .addKeyValue("for_ms", NANOSECONDS.toMillis(change.forNanos()))
        .log("endpoint is {}", change.to().name().toLowerCase(Locale.ROOT));
  }

  private void publishSoon() {
    if (!changed) {
      changed = true;
      onLoop(this::publish); // once, after all that changes in this turn
    }
  }

  private void publish() {
    assert loop.inEventLoop();
    changed = false;
    publisher.publish();
  }
}
