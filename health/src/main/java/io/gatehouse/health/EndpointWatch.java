package io.gatehouse.health;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.time.InstantSource;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One endpoint under watch: its judge, and when it is probed next. At most one probe is under way.
 * Owned by the monitor's loop, but for {@link #hintPending}.
 */
final class EndpointWatch {

  /** Told when a verdict has changed ({@code change} is not null) or only its cause. */
  interface Listener {
    void judged(EndpointWatch watch, EndpointJudge.@Nullable Change change);
  }

  private final EventLoop loop;
  private final Prober prober;
  private final InstantSource clock;
  private final Listener listener;
  private final PoolHealth pool;
  private final @Nullable ProbePacing pacing;
  private final EndpointJudge judge;
  private EndpointHealth health;
  private @Nullable Future<?> timer;
  private boolean underWay;
  private boolean probeAgain;
  private boolean closed;

  /** Set by whatever thread reports a failure, cleared by the loop: one task waits at most. */
  final AtomicBoolean hintPending = new AtomicBoolean();

  EndpointWatch(
      PoolHealth pool,
      Endpoint endpoint,
      EventLoop loop,
      Prober prober,
      SplittableRandom random,
      InstantSource clock,
      Listener listener) {
    this.pool = pool;
    this.loop = loop;
    this.prober = prober;
    this.clock = clock;
    this.listener = listener;
    long now = System.nanoTime();
    this.pacing = pool.check() == null ? null : new ProbePacing(pool.check(), random, now);
    this.judge = new EndpointJudge(pool.check(), now);
    this.health = new EndpointHealth(endpoint, judge.verdict(), judge.cause(), clock.instant());
  }

  String pool() {
    return pool.pool();
  }

  boolean followsRing() {
    return pool.followsRing();
  }

  EndpointHealth health() {
    return health;
  }

  void start() {
    assert loop.inEventLoop();
    if (pacing != null) {
      schedule(pacing.firstWaitNanos());
    }
  }

  void close() {
    assert loop.inEventLoop();
    closed = true;
    cancelTimer();
  }

  /** Probes as soon as the pace allows. */
  void probeNow() {
    assert loop.inEventLoop();
    if (pacing == null || closed) {
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
    prober.probe(health.endpoint().address(), pool.check(), this::onResult);
  }

  private void onResult(ProbeResult result) {
    if (closed || pacing == null) {
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
    if (change == null && judge.cause().equals(health.cause())) {
      return;
    }
    health =
        new EndpointHealth(
            health.endpoint(),
            judge.verdict(),
            judge.cause(),
            change == null ? health.since() : clock.instant());
    listener.judged(this, change);
  }
}
