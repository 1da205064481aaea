package io.gatehouse.l7;

import io.gatehouse.health.Endpoint;
import io.gatehouse.health.EndpointHealth;
import io.gatehouse.health.HealthCounter;
import io.gatehouse.health.HealthMatrix;
import io.gatehouse.health.HealthMonitor;
import io.gatehouse.health.HealthSnapshot;
import io.gatehouse.health.Verdict;
import io.gatehouse.transport.LoopCounters;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** A monitor whose verdicts the test decides. */
final class FakeHealth implements HealthMonitor {
  private final Map<String, List<EndpointHealth>> pools = new LinkedHashMap<>();
  private final List<Consumer<HealthSnapshot>> listeners = new ArrayList<>();
  private final List<String> reports = new CopyOnWriteArrayList<>();
  private HealthSnapshot snapshot = HealthSnapshot.EMPTY;

  /** Sets an endpoint's verdict; a new one is added. */
  synchronized void set(
      String pool, String endpoint, InetSocketAddress address, int weight, Verdict verdict) {
    var states = new ArrayList<>(pools.getOrDefault(pool, List.of()));
    states.removeIf(state -> state.endpoint().name().equals(endpoint));
    states.add(
        new EndpointHealth(
            new Endpoint(endpoint, address, weight), verdict, "said the test", Instant.EPOCH));
    pools.put(pool, states);
    snapshot = new HealthSnapshot(snapshot.generation() + 1, pools);
    listeners.forEach(listener -> listener.accept(snapshot));
  }

  /** What the data path reported: {@code pool/endpoint: cause}. */
  List<String> reports() {
    return reports;
  }

  @Override
  public synchronized HealthSnapshot snapshot() {
    return snapshot;
  }

  @Override
  public synchronized void onChange(Consumer<HealthSnapshot> listener) {
    listeners.add(listener);
    listener.accept(snapshot);
  }

  @Override
  public void reportFailure(String pool, String endpoint, String cause) {
    reports.add(pool + "/" + endpoint + ": " + cause);
  }

  @Override
  public void reportServerErrors(String pool, String endpoint, int run) {
    reports.add(pool + "/" + endpoint + ": 5xx " + run);
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
