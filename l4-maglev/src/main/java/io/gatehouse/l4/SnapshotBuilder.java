package io.gatehouse.l4;

import io.gatehouse.health.HealthSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
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

  /**
   * Builds the first snapshot at once.
   *
   * @throws IllegalArgumentException if a pool does not fit its service's table
   */
  SnapshotBuilder(List<ServiceConfig> services, HealthSnapshot first) {
    this.services = services;
    var tables = new ArrayList<ServiceTable>(services.size());
    for (ServiceConfig service : services) {
      tables.add(ServiceTable.build(first.pool(service.pool()), service.tableSize()));
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
    var tables = new ArrayList<ServiceTable>(services.size());
    for (int i = 0; i < services.size(); i++) {
      tables.add(updated(previous.tables().get(i), services.get(i), health));
    }
    current = new L4Snapshot(health.generation(), tables);
  }

  /** A pool that does not fit its table leaves the table as it was: old is better than none. */
  private static ServiceTable updated(
      ServiceTable previous, ServiceConfig service, HealthSnapshot health) {
    try {
      var table = previous.updated(health.pool(service.pool()), service.tableSize());
      if (table.maglev() != previous.maglev()) {
        log.atInfo()
            .addKeyValue("service", service.name())
            .addKeyValue("endpoints", table.endpoints().size())
            .log("Maglev table rebuilt: membership or weights changed");
      }
      return table;
    } catch (IllegalArgumentException e) {
      log.atError()
          .addKeyValue("service", service.name())
          .addKeyValue("pool", service.pool())
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
