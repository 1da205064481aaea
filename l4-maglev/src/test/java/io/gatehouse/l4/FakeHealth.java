package io.gatehouse.l4;

import io.gatehouse.health.Endpoint;
import io.gatehouse.health.EndpointHealth;
import io.gatehouse.health.HealthCounter;
import io.gatehouse.health.HealthMatrix;
import io.gatehouse.health.HealthMonitor;
import io.gatehouse.health.HealthSnapshot;
import io.gatehouse.health.Verdict;
import io.gatehouse.transport.LoopCounters;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** A health monitor whose verdicts the test gives. Any thread. */
final class FakeHealth implements HealthMonitor {
  static final String POOL = "l7";

  private final Map<String, Map<String, EndpointHealth>> pools = new LinkedHashMap<>();
  private final List<Consumer<HealthSnapshot>> listeners = new CopyOnWriteArrayList<>();
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private long generation;

  FakeHealth() {
    pools.put(POOL, new LinkedHashMap<>());
  }

  long set(Endpoint endpoint, Verdict verdict) {
    return set(POOL, endpoint, verdict);
  }

  synchronized long set(String pool, Endpoint endpoint, Verdict verdict) {
    pools
        .computeIfAbsent(pool, any -> new LinkedHashMap<>())
        .put(endpoint.name(), new EndpointHealth(endpoint, verdict, "by the test", Instant.EPOCH));
    return changed();
  }

  /** An endpoint leaves its pool. */
  synchronized long remove(String endpoint) {
    endpoints().remove(endpoint);
    return changed();
  }

  private synchronized long changed() {
    generation++;
    listeners.forEach(listener -> listener.accept(snapshot()));
    return generation;
  }

  long set(String endpoint, Verdict verdict) {
    EndpointHealth known;
    synchronized (this) {
      known = Objects.requireNonNull(endpoints().get(endpoint), endpoint);
    }
    return set(known.endpoint(), verdict);
  }

  private synchronized Map<String, EndpointHealth> endpoints() {
    return Objects.requireNonNull(pools.get(POOL));
  }

  /** What the data path reported: endpoint and cause. */
  Queue<String> failures() {
    return failures;
  }

  @Override
  public synchronized HealthSnapshot snapshot() {
    var endpoints = new LinkedHashMap<String, List<EndpointHealth>>();
    pools.forEach((pool, its) -> endpoints.put(pool, new ArrayList<>(its.values())));
    return new HealthSnapshot(generation, endpoints);
  }

  @Override
  public void onChange(Consumer<HealthSnapshot> listener) {
    listeners.add(listener);
    listener.accept(snapshot());
  }

  @Override
  public void reportFailure(String pool, String endpoint, String cause) {
    failures.add(endpoint + ": " + cause);
  }

  @Override
  public void reportServerErrors(String pool, String endpoint, int run) {
    throw new AssertionError("the L4 tier sees no answers");
  }

  @Override
  public HealthMatrix matrix() {
    return new HealthMatrix(List.of());
  }

  @Override
  public LoopCounters<HealthCounter> counters() {
    return new LoopCounters<>(HealthCounter.class, 1);
  }

  @Override
  public void close() {}
}
