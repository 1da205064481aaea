package io.gatehouse.l4;

import io.gatehouse.health.HealthSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns health snapshots into {@link L4Snapshot}s, off the data path and off the health monitor's
 * thread, for a large table takes milliseconds to build. Changes that come while one is being built
 * are coalesced: only the latest is built next.
 *
 * <p>{@link #offer} may be called from any thread; {@link #current} is the one volatile read of the
 * data path; everything else belongs to the builder's own thread.
 */
final class SnapshotBuilder implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SnapshotBuilder.class);

  private final List<ServiceConfig> services;
  private final ExecutorService builder =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().daemon().name("gatehouse-l4-snapshots").factory());
  private final AtomicReference<@Nullable HealthSnapshot> offered = new AtomicReference<>();
  private volatile L4Snapshot current;
  private volatile Runnable published = () -> {};

  /**
   * Builds the first snapshot at once.
   *
   * @param loops number of event loops, each with its shard of what is known of endpoints
   * @param clock that slow start goes by
   * @throws IllegalArgumentException if a pool does not fit its service's table
   */
  SnapshotBuilder(
      List<ServiceConfig> services, HealthSnapshot first, int loops, LongSupplier clock) {
    this.services = services;
    var tables = new ArrayList<List<ServiceTable>>(services.size());
    for (ServiceConfig service : services) {
      var policy = TablePolicy.of(service);
      tables.add(
          service.pools().stream()
              .map(
                  pool ->
                      ServiceTable.build(
                          first.pool(pool),
                          policy,
                          new PoolStats(service.name(), pool, loops),
                          clock))
              .toList());
    }
    current = new L4Snapshot(first.generation(), tables);
  }

  L4Snapshot current() {
    return current;
  }

  /** Makes {@code health} count soon. Does not block. */
  void offer(HealthSnapshot health) {
    if (offered.getAndSet(health) == null) {
      try {
        builder.execute(this::buildOffered);
      } catch (RejectedExecutionException e) {
        log.atDebug().log("health changed after the tier was closed");
      }
    }
  }

  private void buildOffered() {
    var health = offered.getAndSet(null);
    var previous = current;
    if (health == null || health.generation() < previous.healthGeneration()) {
      return;
    }
    var tables = new ArrayList<List<ServiceTable>>(services.size());
    for (int i = 0; i < services.size(); i++) {
      tables.add(updated(services.get(i), previous.tables().get(i), health));
    }
    current = new L4Snapshot(health.generation(), tables);
    published.run();
  }

  /** Runs {@code listener} on the builder's thread after each new snapshot. */
  void onPublished(Runnable listener) {
    published = listener;
  }

  private static List<ServiceTable> updated(
      ServiceConfig service, List<ServiceTable> previous, HealthSnapshot health) {
    var tables = new ArrayList<ServiceTable>(previous.size());
    for (String pool : service.pools()) {
      tables.add(updated(service, pool, previous.get(tables.size()), health));
    }
    return tables;
  }

  /** A pool that does not fit its table leaves the table as it was: old is better than none. */
  private static ServiceTable updated(
      ServiceConfig service, String pool, ServiceTable previous, HealthSnapshot health) {
    try {
      var table = previous.updated(health.pool(pool));
      if (table.maglev() != previous.maglev()) {
        log.atInfo()
            .addKeyValue("service", service.name())
            .addKeyValue("pool", pool)
            .addKeyValue("endpoints", table.endpoints().size())
            .log("Maglev table rebuilt: membership or weights changed");
      }
      return table;
    } catch (IllegalArgumentException e) {
      log.atError()
          .addKeyValue("service", service.name())
          .addKeyValue("pool", pool)
          .setCause(e)
          .log("the pool does not fit the Maglev table: the last one stays");
      return previous;
    }
  }

  @Override
  public void close() {
    builder.shutdownNow();
  }
}
