package io.gatehouse.health;

import io.gatehouse.transport.LoopCounters;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes snapshots of the pools and hands them to whoever listens. Owned by the monitor's loop, but
 * for {@link #snapshot}.
 */
final class SnapshotPublisher {
  private static final Logger log = LoggerFactory.getLogger(HealthMonitor.class);

  private final Collection<WatchedPool> pools;
  private final LoopCounters.Shard<HealthCounter> counters;
  private final List<Consumer<HealthSnapshot>> listeners = new ArrayList<>();
  private volatile HealthSnapshot snapshot = HealthSnapshot.EMPTY;

  /**
   * @param pools borrowed; may be filled later, before {@link #publish}
   */
  SnapshotPublisher(Collection<WatchedPool> pools, LoopCounters.Shard<HealthCounter> counters) {
    this.pools = pools;
    this.counters = counters;
  }

  /** The latest one. Any thread may ask. */
  HealthSnapshot snapshot() {
    return snapshot;
  }

  void listen(Consumer<HealthSnapshot> listener) {
    listeners.add(listener);
    tell(listener, snapshot);
  }

  void close() {
    listeners.clear();
  }

  void publish() {
    var lists = new LinkedHashMap<String, List<EndpointHealth>>();
    var panicking = new HashSet<String>();
    for (var pool : pools) {
      var choice = pool.choose();
      lists.put(pool.config().pool(), choice.endpoints());
      if (choice.panicking()) {
        panicking.add(pool.config().pool());
      }
      if (pool.notePanic(choice.panicking())) {
        panicTurned(pool.config(), choice);
      }
    }
    snapshot = new HealthSnapshot(snapshot.generation() + 1, lists, panicking);
    listeners.forEach(listener -> tell(listener, snapshot));
  }

  private void panicTurned(PoolHealth pool, PoolChoice choice) {
    counters.add(HealthCounter.POOLS_PANICKING, choice.panicking() ? 1 : -1);
    if (!choice.panicking()) {
      log.atInfo().addKeyValue("pool", pool.pool()).log("the views of a pool are believed again");
      return;
    }
    counters.increment(HealthCounter.PANICS);
    log.atWarn()
        .addKeyValue("pool", pool.pool())
        .addKeyValue("endpoints", choice.endpoints().size())
        .addKeyValue(
            "healthy", choice.endpoints().stream().filter(e -> e.verdict().takesNewWork()).count())
        .addKeyValue("threshold", pool.panic().threshold())
        .log(
            switch (pool.panic().action()) {
              case USE_ALL -> "too few endpoints look healthy to be believed: all are used";
              case FAIL -> "too few endpoints look healthy: the pool takes no work";
            });
  }

  private static void tell(Consumer<HealthSnapshot> listener, HealthSnapshot news) {
    try {
      listener.accept(news);
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("a listener of the health snapshot failed");
    }
  }
}
