package io.gatehouse.health;

import static java.util.concurrent.TimeUnit.MINUTES;

import io.gatehouse.health.ProbeShare.Candidate;
import io.gatehouse.membership.ClusterView;
import io.gatehouse.membership.NodeState;
import io.gatehouse.transport.LoopCounters;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * Brings the watches what other nodes see, and settles with them, without a word, who probes what.
 * Both follow from the members that are alive: whoever leaves or dies counts no more, and the next
 * in order probes in its place.
 *
 * <p>Cut off from everybody, this node probes everything itself and takes nobody's word; what it
 * has no view of keeps its last verdict.
 *
 * <p>Owned by the monitor's loop, but for {@link #matrix}.
 */
final class SharedHealth implements HealthGossip.Listener {
  /** Evidence of a node that is dead or gone is kept so long, in case that it comes back. */
  private static final long KEEP_NANOS = MINUTES.toNanos(10);

  private final String node;
  private final HealthGossip gossip;
  private final LoopCounters.Shard<HealthCounter> counters;
  private final Map<EndpointKey, EndpointWatch> watches = new HashMap<>();

  /** Of endpoints whose probes are shared; read by {@link #matrix}, too. */
  private final Map<EndpointKey, Set<String>> probers = new ConcurrentHashMap<>();

  private final Map<String, Long> missingSinceNanos = new HashMap<>();
  private List<Candidate> living;
  private volatile Set<String> livingNames;
  private boolean cutOff;

  /**
   * @param gossip makes the gossip that reports here
   */
  SharedHealth(
      String node,
      Function<HealthGossip.Listener, HealthGossip> gossip,
      LoopCounters.Shard<HealthCounter> counters) {
    this.node = node;
    this.gossip = gossip.apply(this);
    this.counters = counters;
    this.living = List.of(new Candidate(node, false));
    this.livingNames = Set.of(node);
  }

  void start() {
    gossip.start();
  }

  void close() {
    gossip.close();
  }

  /** A watch begins. */
  void add(EndpointWatch watch) {
    watches.put(watch.key(), watch);
    assign(watch);
    weigh(watch);
  }

  /** A watch ends. */
  void remove(EndpointWatch watch) {
    watches.remove(watch.key());
    probers.remove(watch.key());
    gossip.say(
        watch.key(),
        new EndpointWatch.OwnView(
            Verdict.UNKNOWN, Report.FULL_WEIGHT, "not watched any more", Instant.now()));
  }

  /** This node's own view of an endpoint has changed. */
  void seen(EndpointWatch watch) {
    gossip.say(watch.key(), watch.own());
    weigh(watch);
  }

  /** The data path of this node met a failure. */
  void failed(EndpointWatch watch, String cause) {
    if (!watch.pool().agreement().watchers().isEmpty()) {
      gossip.hint(watch.key(), cause);
    }
  }

  /** The members have changed. */
  void ringChanged(ClusterView view, boolean looksCutOff) {
    cutOff = looksCutOff;
    var alive = new ArrayList<Candidate>();
    alive.add(new Candidate(node, false));
    for (var member : view.members().values()) {
      boolean lives = member.state() == NodeState.ALIVE || member.state() == NodeState.SUSPECT;
      if (lives && !member.name().equals(node)) {
        alive.add(new Candidate(member.name(), member.state() == NodeState.SUSPECT));
      }
    }
    living = List.copyOf(alive);
    livingNames = Set.copyOf(alive.stream().map(Candidate::name).toList());
    forgetTheGone(System.nanoTime());
    watches.values().forEach(this::assign);
    watches.values().forEach(this::weigh);
  }

  private void forgetTheGone(long nowNanos) {
    missingSinceNanos.keySet().removeAll(livingNames);
    for (String observer : gossip.table().observers()) {
      if (!livingNames.contains(observer)) {
        long since = missingSinceNanos.computeIfAbsent(observer, _ -> nowNanos);
        if (!cutOff && nowNanos - since > KEEP_NANOS) {
          missingSinceNanos.remove(observer);
          gossip.forget(observer);
        }
      }
    }
  }

  /** Finds out whether this node probes an endpoint. */
  private void assign(EndpointWatch watch) {
    var agreement = watch.pool().agreement();
    if (!agreement.shares()) {
      return;
    }
    var candidates = new ArrayList<Candidate>();
    for (var one : living) {
      if (one.name().equals(node) || agreement.watchers().contains(one.name())) {
        candidates.add(one);
      }
    }
    var chosen =
        cutOff
            ? Set.of(node)
            : ProbeShare.probers(watch.key(), candidates, agreement.sharedProbes());
    probers.put(watch.key(), chosen);
    if (watch.assign(chosen.contains(node))) {
      counters.increment(
          watch.isProbed() ? HealthCounter.PROBES_TAKEN_OVER : HealthCounter.PROBES_HANDED_OVER);
    }
  }

  private void weigh(EndpointWatch watch) {
    var agreement = watch.pool().agreement();
    if (cutOff || agreement.watchers().isEmpty()) {
      watch.remote(RemoteView.SILENT);
      return;
    }
    var assigned = probers.getOrDefault(watch.key(), Set.of());
    var fresh = RemoteView.fresh(gossip.table().about(watch.key()), livingNames, assigned);
    watch.remote(RemoteView.weigh(fresh, node, agreement.quorum(), assigned.size()));
  }

  @Override
  public void heard(Collection<EndpointKey> changed) {
    for (var key : changed) {
      var watch = watches.get(key);
      if (watch != null) {
        weigh(watch);
        probeIfOthersDiffer(watch);
      }
    }
  }

  /** Whoever sees it otherwise may know something new. */
  private void probeIfOthersDiffer(EndpointWatch watch) {
    boolean down = watch.own().verdict() == Verdict.DOWN;
    boolean differ =
        gossip.table().about(watch.key()).stream()
            .filter(e -> e.verdict() != Verdict.UNKNOWN && !e.observer().equals(node))
            .filter(e -> livingNames.contains(e.observer()))
            .anyMatch(e -> (e.verdict() == Verdict.DOWN) != down);
    if (differ && watch.isProbed()) {
      counters.increment(HealthCounter.HINTS_FROM_PEERS);
      watch.probeNow();
    }
  }

  @Override
  public void hinted(Hint hint) {
    var watch = watches.get(hint.key());
    if (watch != null && watch.isProbed()) {
      counters.increment(HealthCounter.HINTS_FROM_PEERS);
      watch.probeNow();
    }
  }

  /** Who sees what. May be called by any thread. */
  HealthMatrix matrix() {
    var alive = livingNames;
    Map<EndpointKey, List<HealthMatrix.Sight>> rows = new TreeMap<>();
    for (var key : gossip.table().endpoints()) {
      var assigned = probers.getOrDefault(key, Set.of());
      var sights = new ArrayList<HealthMatrix.Sight>();
      for (var evidence : gossip.table().about(key)) {
        if (evidence.verdict() != Verdict.UNKNOWN) {
          boolean fresh =
              alive.contains(evidence.observer())
                  && (assigned.isEmpty() || assigned.contains(evidence.observer()));
          sights.add(
              new HealthMatrix.Sight(
                  evidence.observer(),
                  evidence.verdict(),
                  evidence.cause(),
                  Instant.ofEpochMilli(evidence.sinceMillis()),
                  fresh));
        }
      }
      sights.sort(Comparator.comparing(HealthMatrix.Sight::observer));
      if (!sights.isEmpty()) {
        rows.put(key, sights);
      }
    }
    var matrix = new ArrayList<HealthMatrix.Row>(rows.size());
    rows.forEach(
        (key, sights) -> matrix.add(new HealthMatrix.Row(key.pool(), key.endpoint(), sights)));
    return new HealthMatrix(matrix);
  }
}
