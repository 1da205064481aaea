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
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
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
final class ProbingMonitor implements HealthMonitor {
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
  private final Seams seams;
  private final @Nullable NameLookup lookup;
  private final Map<String, WatchedPool> pools = new LinkedHashMap<>();
  private final List<Consumer<HealthSnapshot>> listeners = new ArrayList<>();
  private boolean changed;
  private boolean cutOff;

  private volatile HealthSnapshot snapshot;
  private volatile boolean closed;

  /** The view that the loop has still to look at; views that came in between are skipped. */
  private final AtomicReference<@Nullable ClusterView> pendingView = new AtomicReference<>();

  private ProbingMonitor(
      List<PoolHealth> configured, Transport transport, EventLoop loop, Seams seams) {
    this.loop = loop;
    this.prober =
        new Prober(transport, loop, counted, seams.localHeader(), seams.maxConcurrentProbes());
    this.seams = seams;
    boolean hasNames =
        configured.stream().flatMap(p -> p.endpoints().stream()).anyMatch(Endpoint::isNamed);
    this.lookup = hasNames ? new DnsLookup(transport, loop, seams.nameServers()) : null;
    for (var pool : configured) {
      if (pools.put(pool.pool(), new WatchedPool(pool)) != null) {
        throw new IllegalArgumentException(
            "pool: %s (expected: named once)".formatted(pool.pool()));
      }
    }
    this.snapshot = next(HealthSnapshot.EMPTY);
  }

  /** A pool with its watches in the order of the configuration, those of a name by address. */
  private final class WatchedPool {
    private final PoolHealth config;
    private final Map<String, NamedEndpoint> names = new LinkedHashMap<>();
    // Replaced by the loop, never changed: the data path looks up what it reports.
    private volatile Map<String, EndpointWatch> watches = Map.of();

    WatchedPool(PoolHealth config) {
      this.config = config;
      for (var endpoint : config.endpoints()) {
        if (endpoint.isNamed() && lookup != null) {
          names.put(
              endpoint.name(),
              new NamedEndpoint(endpoint, loop, lookup, counted, this::namesChanged));
        }
      }
      this.watches = watches();
    }

    private Map<String, EndpointWatch> watches() {
      var all = new LinkedHashMap<String, EndpointWatch>();
      for (var endpoint : config.endpoints()) {
        var named = names.get(endpoint.name());
        for (var one : named == null ? List.of(endpoint) : named.endpoints()) {
          if (all.put(one.name(), watch(one)) != null) {
            throw new IllegalArgumentException(
                "endpoint of pool %s: %s (expected: named once)"
                    .formatted(config.pool(), one.name()));
          }
        }
      }
      return all;
    }

    /** The present watch of an endpoint, or a new one. */
    private EndpointWatch watch(Endpoint endpoint) {
      var present = watches.get(endpoint.name());
      return present != null && present.health().endpoint().equals(endpoint)
          ? present
          : new EndpointWatch(
              config,
              endpoint,
              loop,
              prober,
              seams.random(),
              seams.clock(),
              ProbingMonitor.this::judged);
    }

    private void namesChanged() {
      var last = watches;
      watches = watches();
      last.values().stream().filter(w -> !watches.containsValue(w)).forEach(EndpointWatch::close);
      watches.values().stream().filter(w -> !last.containsValue(w)).forEach(EndpointWatch::start);
      publishSoon();
    }

    void start() {
      watches.values().forEach(EndpointWatch::start);
      names.values().forEach(NamedEndpoint::start);
    }

    void close() {
      names.values().forEach(NamedEndpoint::close);
      watches.values().forEach(EndpointWatch::close);
    }
  }

  static ProbingMonitor start(
      List<PoolHealth> pools,
      @Nullable Ring ring,
      Transport transport,
      EventLoop loop,
      Seams seams) {
    var monitor = new ProbingMonitor(pools, transport, loop, seams);
    monitor.onLoop(() -> monitor.pools.values().forEach(WatchedPool::start));
    if (ring != null && pools.stream().anyMatch(PoolHealth::followsRing)) {
      ring.onChange(monitor::onRing);
    }
    return monitor;
  }

  // --- any thread

  @Override
  public HealthSnapshot snapshot() {
    return snapshot;
  }

  @Override
  public void onChange(Consumer<HealthSnapshot> listener) {
    onLoop(
        () -> {
          listeners.add(listener);
          tell(listener, snapshot);
        });
  }

  @Override
  public void reportFailure(String pool, String endpoint, String cause) {
    var watched = pools.get(pool);
    var watch = watched == null ? null : watched.watches.get(endpoint);
    if (watch != null && watch.hintPending.compareAndSet(false, true)) {
      onLoop(() -> onReported(watch, cause));
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

  private void stop() {
    assert loop.inEventLoop();
    pools.values().forEach(WatchedPool::close);
    prober.close();
    if (lookup != null) {
      lookup.close();
    }
    listeners.clear();
  }

  private void onReported(EndpointWatch watch, String cause) {
    watch.hintPending.set(false);
    counted.increment(HealthCounter.HINTS_FROM_DATA_PATH);
    log.atDebug()
        .addKeyValue("pool", watch.pool())
        .addKeyValue("endpoint", watch.health().endpoint().name())
        .addKeyValue("cause", cause)
        .log("the data path reports a failure; probing now");
    watch.probeNow();
  }

  private void takeRingView() {
    assert loop.inEventLoop();
    var view = pendingView.getAndSet(null);
    if (view == null) {
      return;
    }
    noteWhetherCutOff(view);
    forEach(
        watch -> {
          var member = view.members().get(watch.health().endpoint().name());
          // a member that is no longer listed was forgotten by the ring: the last word stands
          if (member != null && watch.followsRing()) {
            takeEvidence(watch, member);
          }
        });
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

  private void judged(EndpointWatch watch, EndpointJudge.@Nullable Change change) {
    publishSoon();
    if (change == null) {
      return;
    }
    counted.increment(HealthCounter.became(change.to()));
    log.atLevel(change.to() == Verdict.DOWN ? Level.WARN : Level.INFO)
        .addKeyValue("pool", watch.pool())
        .addKeyValue("endpoint", watch.health().endpoint().name())
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
    snapshot = next(snapshot);
    listeners.forEach(listener -> tell(listener, snapshot));
  }

  private HealthSnapshot next(HealthSnapshot last) {
    var lists = new LinkedHashMap<String, List<EndpointHealth>>();
    pools.forEach(
        (name, pool) ->
            lists.put(name, pool.watches.values().stream().map(EndpointWatch::health).toList()));
    return new HealthSnapshot(last.generation() + 1, lists);
  }

  private static void tell(Consumer<HealthSnapshot> listener, HealthSnapshot news) {
    try {
      listener.accept(news);
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("a listener of the health snapshot failed");
    }
  }

  private void forEach(Consumer<EndpointWatch> action) {
    pools.values().forEach(pool -> pool.watches.values().forEach(action));
  }
}
