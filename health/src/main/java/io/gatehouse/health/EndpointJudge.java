package io.gatehouse.health;

import io.gatehouse.membership.NodeState;
import org.jspecify.annotations.Nullable;

/**
 * Decides about one endpoint from two kinds of evidence: this node's own probes, and the ring. A
 * pure state machine; time comes in, no socket or clock is touched. Owned by the thread that calls
 * it.
 *
 * <p>The rules, the first that applies decides:
 *
 * <ol>
 *   <li>The ring says LEFT: DOWN at once. A goodbye is the node's own word.
 *   <li>The own probes say down: DOWN, whatever the ring says. Gossip is older than a probe.
 *   <li>The endpoint is not probed and the ring takes it for dead: DOWN. An endpoint that is probed
 *       is only probed now.
 *   <li>The node announces a drain: DRAINING.
 *   <li>The endpoint is probed: what the probes say, UP or UNKNOWN.
 *   <li>It is not probed: UP if the ring has seen it, else UNKNOWN.
 * </ol>
 *
 * Probes have rise and fall: the first result decides at once; after it, {@code fall} failures in a
 * row turn UP into DOWN, and {@code rise} successes in a row turn DOWN into UP.
 */
final class EndpointJudge {
  static final String NOT_PROBED_YET = "not probed yet";
  static final String NOT_WATCHED = "no health check";
  static final String LEFT_THE_RING = "left the ring";
  static final String DEAD_IN_THE_RING = "dead in the ring";
  static final String ALIVE_IN_THE_RING = "alive in the ring";
  static final String ANNOUNCED_DRAIN = "announced a drain";

  private final @Nullable HealthCheck check;

  private Verdict probed = Verdict.UNKNOWN;
  private String probedCause;
  private int streakAgainst;
  private RingEvidence ring = RingEvidence.UNSEEN;

  private Verdict verdict = Verdict.UNKNOWN;
  private String cause;
  private long sinceNanos;

  /**
   * A verdict that has become another one.
   *
   * @param forNanos how long {@code from} had stood
   */
  record Change(Verdict from, Verdict to, String cause, long forNanos) {}

  /**
   * @param check null: the endpoint is not probed
   */
  EndpointJudge(@Nullable HealthCheck check, long nowNanos) {
    this.check = check;
    this.probedCause = check == null ? NOT_WATCHED : NOT_PROBED_YET;
    this.cause = probedCause;
    this.sinceNanos = nowNanos;
  }

  Verdict verdict() {
    return verdict;
  }

  /** Why, for the operator. May change while the verdict stands. */
  String cause() {
    return cause;
  }

  /** Whether the probes' verdict is open or about to turn, so that it pays to probe faster. */
  boolean unsettled() {
    return probed == Verdict.UNKNOWN || streakAgainst > 0;
  }

  /** Takes in the result of a probe; null if the verdict stands. */
  @Nullable Change probed(ProbeResult result, long nowNanos) {
    switch (result) {
      case ProbeResult.Passed passed -> count(Verdict.UP, passed.detail());
      case ProbeResult.Failed failed -> count(Verdict.DOWN, failed.cause());
      case ProbeResult.Inconclusive _ -> {}
    }
    return settle(nowNanos);
  }

  private void count(Verdict seen, String why) {
    if (check == null) {
      throw new IllegalStateException("a probe's result for an endpoint that has no check");
    }
    if (probed == seen) {
      streakAgainst = 0;
      probedCause = why;
      return;
    }
    streakAgainst++;
    int needed = seen == Verdict.UP ? check.rise() : check.fall();
    if (probed == Verdict.UNKNOWN || streakAgainst >= needed) {
      probed = seen;
      probedCause = why;
      streakAgainst = 0;
    }
  }

  /** Takes in what the ring says; null if the verdict stands. */
  @Nullable Change ring(RingEvidence evidence, long nowNanos) {
    ring = evidence;
    return settle(nowNanos);
  }

  /** Whether {@code evidence} is news that a probe should look into now. */
  boolean wantsProbe(RingEvidence evidence) {
    if (check == null
        || evidence.equals(ring)
        || !(evidence instanceof RingEvidence.Seen(NodeState now, boolean _))) {
      return false;
    }
    return switch (now) {
      case SUSPECT, DEAD -> true;
      case ALIVE -> probed != Verdict.UP;
      case LEFT -> false;
    };
  }

  private @Nullable Change settle(long nowNanos) {
    var judgement = judge();
    cause = judgement.cause();
    if (judgement.verdict() == verdict) {
      return null;
    }
    var change = new Change(verdict, judgement.verdict(), cause, nowNanos - sinceNanos);
    verdict = judgement.verdict();
    sinceNanos = nowNanos;
    return change;
  }

  private record Judgement(Verdict verdict, String cause) {}

  private Judgement judge() {
    if (ring instanceof RingEvidence.Seen seen && seen.state() == NodeState.LEFT) {
      return new Judgement(Verdict.DOWN, LEFT_THE_RING);
    }
    if (probed == Verdict.DOWN) {
      return new Judgement(Verdict.DOWN, probedCause);
    }
    if (check == null) {
      return judgeByRingAlone();
    }
    if (ring instanceof RingEvidence.Seen seen && seen.draining()) {
      return new Judgement(Verdict.DRAINING, ANNOUNCED_DRAIN);
    }
    return new Judgement(probed, probedCause);
  }

  private Judgement judgeByRingAlone() {
    return switch (ring) {
      case RingEvidence.Unseen _ -> new Judgement(Verdict.UNKNOWN, NOT_WATCHED);
      case RingEvidence.Seen(NodeState state, boolean draining) ->
          switch (state) {
            case LEFT -> new Judgement(Verdict.DOWN, LEFT_THE_RING);
            case DEAD -> new Judgement(Verdict.DOWN, DEAD_IN_THE_RING);
            case ALIVE, SUSPECT ->
                draining
                    ? new Judgement(Verdict.DRAINING, ANNOUNCED_DRAIN)
                    : new Judgement(Verdict.UP, ALIVE_IN_THE_RING);
          };
    };
  }
}
