package io.gatehouse.health;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A pool with its watches in the order of the configuration, those of a name by address. Owned by
 * the monitor's loop, but for {@link #watch}.
 */
final class WatchedPool {
  /** Told of watches that come and go. */
  interface Listener {
    void began(EndpointWatch watch);

    void ended(EndpointWatch watch);

    /** The endpoints are others than before. */
    void endpointsChanged();
  }

  private final PoolHealth config;
  private final BiFunction<PoolHealth, Endpoint, EndpointWatch> newWatch;
  private final Listener listener;
  private final Map<String, NamedEndpoint> names = new LinkedHashMap<>();
  private boolean panicking;
  // Replaced by the loop, never changed: the data path looks up what it reports.
  private volatile Map<String, EndpointWatch> watches = Map.of();

  /**
   * @param named asks for the addresses of an endpoint that is a name, and runs what it is given
   *     when they have changed
   */
  WatchedPool(
      PoolHealth config,
      Function<Runnable, Function<Endpoint, NamedEndpoint>> named,
      BiFunction<PoolHealth, Endpoint, EndpointWatch> newWatch,
      Listener listener) {
    this.config = config;
    this.newWatch = newWatch;
    this.listener = listener;
    for (var endpoint : config.endpoints()) {
      if (endpoint.isNamed()) {
        names.put(endpoint.name(), named.apply(this::namesChanged).apply(endpoint));
      }
    }
    this.watches = present();
  }

  PoolHealth config() {
    return config;
  }

  /** The watch of an endpoint; null if there is none. Any thread may ask. */
  @Nullable EndpointWatch watch(String endpoint) {
    return watches.get(endpoint);
  }

  Iterable<EndpointWatch> watches() {
    return watches.values();
  }

  private Map<String, EndpointWatch> present() {
    var all = new LinkedHashMap<String, EndpointWatch>();
    for (var endpoint : config.endpoints()) {
      var named = names.get(endpoint.name());
      for (var one : named == null ? List.of(endpoint) : named.endpoints()) {
        if (all.put(one.name(), watchOf(one)) != null) {
          throw new IllegalArgumentException(
              "endpoint of pool %s: %s (expected: named once)"
                  .formatted(config.pool(), one.name()));
        }
      }
    }
    return all;
  }

  /** The present watch of an endpoint, or a new one. */
  private EndpointWatch watchOf(Endpoint endpoint) {
    var present = watches.get(endpoint.name());
    return present != null && present.health().endpoint().equals(endpoint)
        ? present
        : newWatch.apply(config, endpoint);
  }

  private void namesChanged() {
    var last = watches;
    watches = present();
    last.values().stream()
        .filter(w -> !watches.containsValue(w))
        .forEach(
            gone -> {
              gone.close();
              listener.ended(gone);
            });
    watches.values().stream().filter(w -> !last.containsValue(w)).forEach(this::begin);
    listener.endpointsChanged();
  }

  private void begin(EndpointWatch watch) {
    listener.began(watch);
    watch.start();
  }

  void start() {
    watches.values().forEach(this::begin);
    names.values().forEach(NamedEndpoint::start);
  }

  void close() {
    names.values().forEach(NamedEndpoint::close);
    watches.values().forEach(EndpointWatch::close);
  }

  /** Who takes work now, at the weights that the endpoints want. */
  PoolChoice choose() {
    var all = List.copyOf(watches.values());
    var weights =
        EffectiveWeights.of(
            all.stream().map(w -> w.health().endpoint().weight()).toList(),
            all.stream().map(EndpointWatch::weightPercent).toList());
    var judged = new ArrayList<PoolChoice.Judged>(all.size());
    for (int i = 0; i < all.size(); i++) {
      var watch = all.get(i);
      judged.add(
          new PoolChoice.Judged(weighted(watch.health(), weights.get(i)), watch.isDoubtful()));
    }
    return PoolChoice.of(judged, config.panic());
  }

  private static EndpointHealth weighted(EndpointHealth health, int weight) {
    var endpoint = health.endpoint();
    return weight == endpoint.weight()
        ? health
        : new EndpointHealth(
            new Endpoint(endpoint.name(), endpoint.address(), weight),
            health.verdict(),
            health.cause(),
            health.since());
  }

  /** Notes whether the views are doubted; true if that is news. */
  boolean notePanic(boolean now) {
    boolean news = panicking != now;
    panicking = now;
    return news;
  }
}
