package io.gatehouse.health;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.time.Instant;
import java.time.InstantSource;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One endpoint under watch: its judge, and when it is probed next, if this node is one that probes
 * it. At most one probe is under way. Owned by the monitor's loop, but for {@link #hintPending}.
 */
final class EndpointWatch {

  /** Told of what has come of the evidence. */
  interface Listener {
    /** A verdict has changed ({@code change} is not null), or only its cause or weight. */
    void judged(EndpointWatch watch, EndpointJudge.@Nullable Change change);

    /** This node's own view has changed, or only its cause or weight. */
    void seen(EndpointWatch watch);
  }

  /** Where time and chance come from. */
  record Sources(SplittableRandom random, InstantSource clock) {}

  private final EventLoop loop;
  private final Prober prober;
  private final InstantSource clock;
  private final Listener listener;
  private final PoolHealth pool;
  private final EndpointKey key;
  private final @Nullable ProbePacing pacing;
  private final EndpointJudge judge;
  private EndpointHealth health;
  private OwnView own;
  private boolean assigned = true;
  private int lastWeight = Report.FULL_WEIGHT;
  private @Nullable Future<?> timer;
  private long probeNumber;
  private boolean underWay;
  private boolean probeAgain;
  private boolean closed;

  /** Set by whatever thread reports a failure, cleared by the loop: one task waits at most. */
  final AtomicBoolean hintPending = new AtomicBoolean();

  /** What this node's own probes come to. */
  record OwnView(Verdict verdict, int weightPercent, String cause, Instant since) {}

  EndpointWatch(
      PoolHealth pool,
      Endpoint endpoint,
      EventLoop loop,
      Prober prober,
      Sources sources,
      Listener listener) {
    this.pool = pool;
    this.key = new EndpointKey(pool.pool(), endpoint.name());
    this.loop = loop;
    this.prober = prober;
    this.clock = sources.clock();
    this.listener = listener;
    long now = System.nanoTime();
    this.pacing =
        pool.check() == null ? null : new ProbePacing(pool.check(), sources.random(), now);
    this.judge = new EndpointJudge(pool.check(), now);
    this.health = new EndpointHealth(endpoint, judge.verdict(), judge.cause(), clock.instant());
    this.own = new OwnView(Verdict.UNKNOWN, Report.FULL_WEIGHT, judge.ownCause(), health.since());
  }

  PoolHealth pool() {
    return pool;
  }

  EndpointKey key() {
    return key;
  }

  /** With its configured weight. */
  EndpointHealth health() {
    return health;
  }

  OwnView own() {
    return own;
  }

  int weightPercent() {
    return judge.weightPercent();
  }

  boolean isDoubtful() {
    return judge.isDoubtful();
  }

  /** Whether this node probes the endpoint. */
  boolean isProbed() {
    return pacing != null && assigned;
  }

  void start() {
    assert loop.inEventLoop();
    if (pacing != null && assigned) {
      schedule(pacing.firstWaitNanos());
    }
  }

  void close() {
    assert loop.inEventLoop();
    closed = true;
    cancelTimer();
  }

  /**
   * Begins to probe, at once, or leaves it to others.
   *
   * @return whether this is news
   */
  boolean assign(boolean now) {
    assert loop.inEventLoop();
    if (assigned == now || pacing == null || closed) {
      return false;
    }
    assigned = now;
    if (now) {
      probeNow();
    } else {
      cancelTimer();
      probeNumber++; // the result of one that is under way counts no more
      underWay = false;
      probeAgain = false;
      settled(judge.unassigned(System.nanoTime()));
    }
    return true;
  }

  /** Probes as soon as the pace allows. */
  void probeNow() {
    assert loop.inEventLoop();
    if (pacing == null || closed || !assigned) {
      return;
    }
    if (underWay) {
      probeAgain = true; // what is under way may have begun before the trouble
    } else {
      schedule(pacing.hintedWaitNanos(System.nanoTime()));
    }
  }

  /**
   * Takes in what the ring says.
   *
   * @return whether it made a probe due now
   */
  boolean ring(RingEvidence evidence) {
    assert loop.inEventLoop();
    boolean doubt = judge.wantsProbe(evidence);
    settled(judge.ring(evidence, System.nanoTime()));
    if (doubt) {
      probeNow();
    }
    return doubt;
  }

  /** Takes in what other observers see. */
  void remote(RemoteView view) {
    assert loop.inEventLoop();
    settled(judge.remote(view, System.nanoTime()));
  }

  private void schedule(long waitNanos) {
    cancelTimer();
    timer = loop.schedule(this::probe, waitNanos, NANOSECONDS);
  }

  private void cancelTimer() {
    if (timer != null) {
      timer.cancel(false);
    }
  }

  private void probe() {
    if (closed || pacing == null || pool.check() == null) {
      return;
    }
    underWay = true;
    pacing.started(System.nanoTime());
    long number = ++probeNumber;
    prober.probe(health.endpoint().address(), pool.check(), result -> onResult(number, result));
  }

  private void onResult(long number, ProbeResult result) {
    if (closed || pacing == null || number != probeNumber) {
      return;
    }
    long now = System.nanoTime();
    underWay = false;
    settled(judge.probed(result, now));
    schedule(
        probeAgain ? pacing.hintedWaitNanos(now) : pacing.nextWaitNanos(judge.unsettled(), now));
    probeAgain = false;
  }

  private void settled(EndpointJudge.@Nullable Change change) {
    noteOwnView();
    int weightPercent = judge.weightPercent();
    if (change == null && judge.cause().equals(health.cause()) && weightPercent == lastWeight) {
      return;
    }
    lastWeight = weightPercent;
    health =
        new EndpointHealth(
            health.endpoint(),
            judge.verdict(),
            judge.cause(),
            change == null ? health.since() : clock.instant());
    listener.judged(this, change);
  }

  private void noteOwnView() {
    var verdict = judge.ownVerdict();
    boolean changed = verdict != own.verdict();
    if (changed
        || judge.ownWeightPercent() != own.weightPercent()
        || !judge.ownCause().equals(own.cause())) {
      own =
          new OwnView(
              verdict,
              judge.ownWeightPercent(),
              judge.ownCause(),
              changed ? clock.instant() : own.since());
      listener.seen(this);
    }
  }
}
