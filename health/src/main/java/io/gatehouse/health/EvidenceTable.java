package io.gatehouse.health;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The latest evidence of every observer about every endpoint. The order in which evidence comes,
 * and how often, does not matter: of one observer only its latest boot epoch counts, and within it
 * the greatest sequence about an endpoint.
 *
 * <p>Written by the monitor's loop; may be read by any thread, which sees each record whole.
 */
final class EvidenceTable {

  /**
   * @param observers most nodes whose evidence is kept
   * @param perObserver most endpoints of one observer
   * @param records most records in all
   */
  record Limits(int observers, int perObserver, int records) {
    static final Limits DEFAULT = new Limits(1024, 16_384, 65_536);
  }

  /** What became of evidence that came in. */
  enum Outcome {
    NEWS,
    /** As old as what is known, or older. */
    STALE,
    /** There is no room for it. */
    NO_ROOM
  }

  private static final class Observer {
    private final Map<EndpointKey, Evidence> latest = new ConcurrentHashMap<>();
    private volatile long epoch;
  }

  private final Limits limits;
  private final Map<String, Observer> observers = new ConcurrentHashMap<>();
  private final Map<EndpointKey, Map<String, Evidence>> byEndpoint = new ConcurrentHashMap<>();
  private int records;

  EvidenceTable(Limits limits) {
    this.limits = limits;
  }

  /** Takes evidence in. The caller is told which endpoints an observer's new epoch has emptied. */
  Outcome add(Evidence evidence, Collection<EndpointKey> changed) {
    Observer observer = observers.get(evidence.observer());
    if (observer == null) {
      if (observers.size() >= limits.observers() || records >= limits.records()) {
        return Outcome.NO_ROOM;
      }
      observer = new Observer();
      observer.epoch = evidence.epoch();
      observers.put(evidence.observer(), observer);
    }
    if (evidence.epoch() < observer.epoch) {
      return Outcome.STALE;
    }
    if (evidence.epoch() > observer.epoch) {
      changed.addAll(observer.latest.keySet());
      clear(evidence.observer(), observer);
      observer.epoch = evidence.epoch();
    }
    Evidence known = observer.latest.get(evidence.key());
    if (known != null && !evidence.isNewerThan(known)) {
      return Outcome.STALE;
    }
    if (known == null) {
      if (observer.latest.size() >= limits.perObserver() || records >= limits.records()) {
        return Outcome.NO_ROOM;
      }
      records++;
    }
    observer.latest.put(evidence.key(), evidence);
    byEndpoint
        .computeIfAbsent(evidence.key(), _ -> new ConcurrentHashMap<>())
        .put(evidence.observer(), evidence);
    changed.add(evidence.key());
    return Outcome.NEWS;
  }

  /** Forgets what an observer has said. */
  void forget(String name, Collection<EndpointKey> changed) {
    Observer observer = observers.remove(name);
    if (observer != null) {
      changed.addAll(observer.latest.keySet());
      clear(name, observer);
    }
  }

  private void clear(String name, Observer observer) {
    for (var key : observer.latest.keySet()) {
      var sights = byEndpoint.get(key);
      if (sights != null) {
        sights.remove(name);
        if (sights.isEmpty()) {
          byEndpoint.remove(key);
        }
      }
      records--;
    }
    observer.latest.clear();
  }

  /** The observers that have said anything. */
  List<String> observers() {
    return List.copyOf(observers.keySet());
  }

  /** What is known of an endpoint, one record per observer. */
  Collection<Evidence> about(EndpointKey key) {
    return byEndpoint.getOrDefault(key, Map.of()).values();
  }

  /** The endpoints of which anything is known. */
  List<EndpointKey> endpoints() {
    return List.copyOf(byEndpoint.keySet());
  }

  /** Everything. */
  List<Evidence> all() {
    var all = new ArrayList<Evidence>();
    observers.values().forEach(observer -> all.addAll(observer.latest.values()));
    return all;
  }

  int size() {
    return records;
  }
}
